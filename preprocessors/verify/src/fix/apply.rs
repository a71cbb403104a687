//! Edits of a file's text: by byte range, bottom up.

use exemplar_model::diagnostic::Edit;

/// The text after the edits. Of two that [`overlap`] the first in the file holds, and the other is left out, as is one that does not lie in
/// the text. The edits that were left out are given back.
pub fn apply(text: &str, edits: &[Edit]) -> (String, Vec<Edit>) {
    let mut ordered: Vec<&Edit> = edits.iter().collect();
    ordered.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut kept: Vec<&Edit> = Vec::with_capacity(ordered.len());
    let mut left_out = Vec::new();
    for edit in ordered {
        let is_taken = kept.last().is_some_and(|last| overlap(last, edit));
        if is_taken || text.get(edit.span.range()).is_none() {
            left_out.push(edit.clone());
        } else {
            kept.push(edit);
        }
    }
    let mut edited = text.to_owned();
    for edit in kept.into_iter().rev() {
        edited.replace_range(edit.span.range(), &edit.text);
    }
    (edited, left_out)
}

/// Whether two edits want the same bytes, or insert at the same place, so that their order would matter. What is inserted where another
/// one removes something stands before it.
pub(super) fn overlap(one: &Edit, other: &Edit) -> bool {
    let (one, other) = (one.span, other.span);
    one == other || (one.start < other.end && other.start < one.end)
}

#[cfg(test)]
mod tests {
    use super::apply;
    use exemplar_model::diagnostic::Edit;
    use exemplar_model::source::{SourceMap, Span};

    #[test]
    fn edits_touch_no_other_byte() {
        let file = SourceMap::default().add("page.md", "");
        let edit = |start, end, text: &str| Edit { span: Span { file, start, end }, text: text.into() };
        for (edits, edited, left_out) in [
            (vec![edit(0, 1, "x"), edit(2, 2, "yy")], "xbyyc", 0),
            (vec![edit(2, 3, ""), edit(0, 0, "-")], "-ab", 0),
            (vec![edit(0, 2, "1"), edit(1, 3, "2")], "1c", 1),
            (vec![edit(1, 1, "1"), edit(1, 1, "1")], "a1bc", 1),
            (vec![edit(1, 9, "1")], "abc", 1),
        ] {
            let (text, left) = apply("abc", &edits);
            assert_eq!((text.as_str(), left.len()), (edited, left_out), "{edits:?}");
        }
    }
}
