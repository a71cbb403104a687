//! Finds `<!-- exemplar: … -->`: attributes of the fence below it where an info string must stay clean, those of the page, a fresh
//! session, or code that readers don't see.

use std::ops::Range;

const OURS: &str = "exemplar:";

/// A comment that is meant for us.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Comment {
    /// From `<!--` to `-->`, or to its last line's end.
    pub(super) range: Range<usize>,
    /// What stands behind `exemplar:`, in pieces where a block quote cuts it.
    pub(super) bodies: Vec<Range<usize>>,
    /// Whether there is a `-->`.
    pub(super) closed: bool,
}

/// What a comment is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The fence below it.
    Fence,
    /// All fences of the page.
    Page,
    /// Those below begin with a fresh session.
    Reset,
    /// It is a fence itself, and not shown.
    Run,
}

impl Comment {
    /// What it is about, by its first word, and where what follows that word begins.
    pub(super) fn form(&self, text: &str) -> (Form, Vec<Range<usize>>) {
        let blank = |range: &Range<usize>| text[range.clone()].trim().is_empty();
        let Some(index) = self.bodies.iter().position(|range| !blank(range)) else {
            return (Form::Fence, self.bodies.clone());
        };
        let body = self.bodies[index].clone();
        let lead = body.len() - text[body.clone()].trim_start().len();
        let rest = &text[body.start + lead..body.end];
        let word = rest.split(char::is_whitespace).next().unwrap_or_default();
        let form = match word {
            "page" => Form::Page,
            "reset" => Form::Reset,
            // With nothing below it, it is the attribute `run` of a console fence.
            "run" if self.has_code(text, body.start + lead) => Form::Run,
            _ => return (Form::Fence, self.bodies.clone()),
        };
        let mut bodies = self.bodies[index..].to_vec();
        bodies[0].start = body.start + lead + word.len();
        (form, bodies)
    }

    /// Whether anything stands on the lines below a place.
    fn has_code(&self, text: &str, at: usize) -> bool {
        let below = |range: &Range<usize>| text[range.start.max(at).min(range.end)..range.end].to_owned();
        let rest: String = self.bodies.iter().map(below).collect();
        rest.split_once('\n').is_some_and(|(_, code)| !code.trim().is_empty())
    }
}

/// What stands in a block of HTML.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Html {
    /// The comments that are meant for us.
    pub(super) comments: Vec<Comment>,
    /// Whether there is nothing in it but comments.
    pub(super) only_comments: bool,
}

enum State {
    Outside,
    /// Behind a `<!--` that stands here.
    Opened(usize),
    Foreign,
    Ours,
}

/// Reads a block of HTML, given in pieces of the expanded text.
pub(super) fn read(text: &str, pieces: &[Range<usize>]) -> Html {
    let mut html = Html { comments: Vec::new(), only_comments: true };
    let mut state = State::Outside;
    for piece in pieces {
        let mut at = piece.start;
        while at < piece.end {
            let rest = &text[at..piece.end];
            match state {
                State::Outside => {
                    let open = rest.find("<!--");
                    html.only_comments &= rest[..open.unwrap_or(rest.len())].trim().is_empty();
                    if let Some(open) = open {
                        state = State::Opened(at + open);
                    }
                    at += open.map_or(rest.len(), |open| open + "<!--".len());
                }
                State::Opened(start) => {
                    let body = rest.trim_start();
                    at += rest.len() - body.len();
                    if body.starts_with(OURS) {
                        at += OURS.len();
                        html.comments.push(Comment { range: start..at, bodies: Vec::new(), closed: false });
                        state = State::Ours;
                    } else if !body.is_empty() {
                        state = State::Foreign;
                    }
                }
                State::Foreign | State::Ours => {
                    let close = rest.find("-->");
                    let end = at + close.unwrap_or(rest.len());
                    let stop = close.map_or(end, |_| end + "-->".len());
                    if let (State::Ours, Some(comment)) = (&state, html.comments.last_mut()) {
                        comment.bodies.push(at..end);
                        comment.range.end = stop;
                        comment.closed = close.is_some();
                    }
                    if close.is_some() {
                        state = State::Outside;
                    }
                    at = stop;
                }
            }
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn comments_for_us_are_told_from_others() {
        for (text, bodies, only_comments) in [
            ("<!-- exemplar: hidden session=a -->\n", vec![" hidden session=a "], true),
            ("<!--exemplar:hidden--><!-- exemplar: x -->", vec!["hidden", " x "], true),
            ("<!-- note --> <!--\n exemplar: a\n b\n-->\n", vec![" a\n b\n"], true),
            ("<div><!-- exemplar: a --></div>", vec![" a "], false),
            ("<!-- an exemplar: no -->", vec![], true),
            ("<!-- exemplar: open", vec![" open"], true),
            ("<!--", vec![], true),
        ] {
            let html = read(text, std::slice::from_ref(&(0..text.len())));
            let found: Vec<&str> =
                html.comments.iter().flat_map(|it| &it.bodies).map(|it| &text[it.clone()]).collect();
            assert_eq!((found, html.only_comments), (bodies, only_comments), "{text}");
            for comment in html.comments {
                assert!(text[comment.range].starts_with("<!--"), "{text}");
            }
        }
    }
}
