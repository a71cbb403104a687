//! `shows=`: a part of a file on the page, against the file as it is now.
//!
//! Lines are compared one by one. A line that is only `...`, or `...` behind the sign of a comment, stands for any lines, none included.
//! Blank lines at the end of either don't count, and neither does white space at the end of a line: an editor takes both away.

use super::verdict::{Failure, code};

/// Signs that begin a comment, in the languages that books show files of.
const COMMENTS: [&str; 6] = ["#", "//", "--", ";", "%", "<!--"];

/// What is wrong with what a page shows of a file.
pub(super) fn difference(want: &str, got: &str) -> Option<Failure> {
    let (want, got) = (lines(want), lines(got));
    let mut runs = Vec::new();
    let mut from = 0;
    for (at, _) in want.iter().enumerate().filter(|(_, line)| is_elision(line)) {
        runs.push(&want[from..at]);
        from = at + 1;
    }
    runs.push(&want[from..]);
    mismatch(&runs, &got).map(|message| Failure::new(code::STALE_OUTPUT, message))
}

/// Says where the runs of lines between elisions are not those of the file. The first and the last begin and end it, and each other one
/// is looked for below the one before it: if the highest places don't fit, none do.
fn mismatch(runs: &[&[&str]], got: &[&str]) -> Option<String> {
    let [first, others @ ..] = runs else { return None };
    let is_whole = others.is_empty();
    if let Some(said) = first_difference(first, got, 0) {
        return Some(said);
    }
    let mut at = first.len();
    if is_whole {
        return got.get(at).map(|line| format!("line {} of the file, `{line}`, is not on the page", at + 1));
    }
    let (last, middle) = others.split_last()?;
    for run in middle.iter().filter(|run| !run.is_empty()) {
        match (at..got.len()).find(|&at| got[at..].starts_with(run)) {
            Some(found) => at = found + run.len(),
            None => return Some(missing(run, got, at)),
        }
    }
    match got.len().checked_sub(last.len()).filter(|&end| end >= at) {
        Some(end) if got[end..] == **last => None,
        Some(end) if last.len() == 1 => first_difference(last, got, end),
        _ => Some(missing(last, got, at)),
    }
}

/// The first line of a run that is not the file's at this place.
fn first_difference(run: &[&str], got: &[&str], at: usize) -> Option<String> {
    let (offset, want) = run.iter().enumerate().find(|&(offset, want)| got.get(at + offset) != Some(want))?;
    Some(match got.get(at + offset) {
        Some(line) => {
            format!("line {} of the file is `{line}`, and the page shows `{want}`", at + offset + 1)
        }
        None => format!("the file ends before the line `{want}` that the page shows"),
    })
}

/// Says what of a run is not in the file below a line: where most of it is, the first line that is not there.
fn missing(run: &[&str], got: &[&str], from: usize) -> String {
    let common = |at: usize| run.iter().zip(&got[at..]).take_while(|(want, got)| want == got).count();
    let best = (from..got.len()).rev().max_by_key(|&at| common(at)).filter(|&at| common(at) > 0);
    best.and_then(|at| first_difference(run, got, at)).unwrap_or_else(|| {
        format!("the file has no line `{}` there", run.first().copied().unwrap_or_default())
    })
}

/// The lines without what does not count.
fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

fn is_elision(line: &str) -> bool {
    let line = line.trim();
    let bare = COMMENTS.iter().find_map(|sign| line.strip_prefix(sign)).unwrap_or(line);
    matches!(bare.trim_end_matches("-->").trim(), "..." | "…")
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn what_is_shown_is_in_the_file_in_that_order() {
        let file = "import os\n\ndef f():\n    return 1\n\ndef g():  \n    return 2\n\n";
        for (want, expected) in [
            (file, None),
            ("import os\n\ndef f():\n    return 1\n\ndef g():\n    return 2\n", None),
            ("...\n", None),
            ("import os\n...\n", None),
            ("...\ndef f():\n    ...\n    return 2\n", None),
            ("...\ndef f():\n    # ...\ndef g():\n...\n", None),
            ("// ...\ndef g():\n<!-- ... -->\n", None),
            ("import os\n", Some("line 2 of the file, ``, is not on the page")),
            ("import sys\n...\n", Some("line 1 of the file is `import os`, and the page shows `import sys`")),
            (
                "...\ndef f():\n    return 3\n...\n",
                Some("line 4 of the file is `    return 1`, and the page shows `    return 3`"),
            ),
            ("...\ndef h():\n...\n", Some("the file has no line `def h():` there")),
            ("...\ndef g():\n...\ndef f():\n...\n", Some("the file has no line `def f():` there")),
            (
                "...\ndef g():\n    return 3\n",
                Some("line 7 of the file is `    return 2`, and the page shows `    return 3`"),
            ),
            (
                "...\n    return 4\n",
                Some("line 7 of the file is `    return 2`, and the page shows `    return 4`"),
            ),
            (
                "...\ndef g():\n    return 2\n\ng()\n...\n",
                Some("the file ends before the line `` that the page shows"),
            ),
            ("", Some("line 1 of the file, `import os`, is not on the page")),
        ] {
            assert_eq!(
                difference(want, file).map(|failure| failure.message).as_deref(),
                expected,
                "{want:?}"
            );
        }
    }
}
