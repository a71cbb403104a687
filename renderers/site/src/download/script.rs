//! The code of a chapter as a Python file.

use crate::chapter::VerifiedChapter;

/// All sessions of a chapter, one below the other; none where it runs nothing.
pub(super) fn text(chapter: &VerifiedChapter<'_>) -> Option<String> {
    if chapter.sessions.is_empty() {
        return None;
    }
    let mut text = format!("# {}\n", chapter.title);
    for session in &chapter.sessions {
        if chapter.sessions.len() > 1 {
            text.push_str(&format!("\n# --- session {} ---\n", session.name));
        }
        text.push('\n');
        text.push_str(&session.text);
    }
    Some(text)
}
