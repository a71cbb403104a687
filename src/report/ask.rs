//! Asks about changes, one by one, on a terminal.

use std::collections::HashSet;
use std::io::{self, BufRead, IsTerminal, Write};

use anstyle::Style;
use exemplar_model::source::Span;
use exemplar_verify::fix::{FixedPlace, apply};
use exemplar_verify::load::files::Files;

use super::human::standard_output;
use super::patch;
use super::text::escaped;

const BOLD: Style = Style::new().bold();

/// Whether there is somebody who could answer.
pub(crate) fn is_possible() -> bool {
    io::stdin().is_terminal()
}

/// The places whose changes are wanted.
pub(crate) fn choose(files: &Files, places: &[FixedPlace]) -> io::Result<HashSet<Span>> {
    choose_by(files, places, &mut io::stdin().lock(), &mut standard_output())
}

fn choose_by(
    files: &Files,
    places: &[FixedPlace],
    answers: &mut impl BufRead,
    out: &mut impl Write,
) -> io::Result<HashSet<Span>> {
    let mut chosen = HashSet::new();
    let mut all = false;
    for (index, place) in places.iter().enumerate() {
        if all {
            chosen.insert(place.span);
            continue;
        }
        let file = files.sources.file(place.span.file);
        writeln!(out, "{BOLD}{}:{}{BOLD:#}", escaped(file.path()), files.sources.start(place.span).line)?;
        let edited = place.edits.first().map_or(file, |edit| files.sources.file(edit.span.file));
        patch::coloured(out, edited.text(), &apply(edited.text(), &place.edits).0)?;
        loop {
            write!(
                out,
                "{BOLD}({}/{}) fix this? [y]es, [n]o, [a]ll that follow, [q]uit: {BOLD:#}",
                index + 1,
                places.len()
            )?;
            out.flush()?;
            let mut answer = String::new();
            if answers.read_line(&mut answer)? == 0 {
                // Nobody is there any more.
                writeln!(out)?;
                return Ok(chosen);
            }
            match answer.trim().to_ascii_lowercase().as_str() {
                "y" | "yes" => {
                    chosen.insert(place.span);
                }
                "n" | "no" => {}
                "a" | "all" => {
                    chosen.insert(place.span);
                    all = true;
                }
                "q" | "quit" => return Ok(chosen),
                _ => {
                    writeln!(
                        out,
                        "answer y, n, a or q; q leaves this and what follows, and writes what was chosen"
                    )?;
                    continue;
                }
            }
            break;
        }
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use exemplar_model::diagnostic::Edit;
    use exemplar_model::source::Span;
    use exemplar_verify::fix::FixedPlace;
    use exemplar_verify::load::files::Files;

    use super::choose_by;

    #[test]
    fn answers_choose() {
        let mut files = Files::new("/");
        let file = files.add_text("page.md", "page.md", "1\n2\n3\n");
        let places: Vec<FixedPlace> = (0..3)
            .map(|line| {
                let span = Span::new(file, 2 * line..2 * line + 1);
                FixedPlace { example: None, span, edits: vec![Edit { span, text: "x".into() }] }
            })
            .collect();
        for (answers, expected) in [
            ("y\nn\ny\n", vec![0, 2]),
            ("n\na\n", vec![1, 2]),
            ("Y\nq\n", vec![0]),
            ("what\ny\n", vec![0]),
            ("", vec![]),
        ] {
            let mut out = Vec::new();
            let chosen = choose_by(&files, &places, &mut answers.as_bytes(), &mut out).unwrap();
            let numbers: Vec<usize> = (0..3).filter(|&place| chosen.contains(&places[place].span)).collect();
            assert_eq!(numbers, expected, "{answers:?}");
            assert!(String::from_utf8(out).unwrap().contains("page.md:1"));
        }
    }
}
