//! What `explain` prints: an entry of `docs/codes.md`, as it stands there.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::human::standard_output;
use crate::codes::{Code, all};

const TITLE: Style = Style::new().bold();
const EXAMPLE: Style = AnsiColor::Cyan.on_default();

/// Prints what a code means.
pub(crate) fn code(code: &Code) -> io::Result<()> {
    let mut out = standard_output();
    writeln!(out, "{TITLE}{}{TITLE:#}\n", code.name)?;
    // A fence closes with as many backticks as it was opened with.
    let mut open: Option<&str> = None;
    for line in code.text.lines() {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match open {
            Some(fence) if line == fence => open = None,
            Some(_) => writeln!(out, "    {EXAMPLE}{line}{EXAMPLE:#}")?,
            None if ticks.len() >= 3 => open = Some(ticks),
            None => match line.strip_prefix("**To do.** ") {
                Some(line) => writeln!(out, "{TITLE}To do:{TITLE:#} {line}")?,
                None => writeln!(out, "{line}")?,
            },
        }
    }
    Ok(())
}

/// Prints all codes, each with the sentence that says what it means.
pub(crate) fn list() -> io::Result<()> {
    let mut out = standard_output();
    let width = all().iter().map(|code| code.name.len()).max().unwrap_or_default();
    for code in all() {
        writeln!(out, "{TITLE}{:width$}{TITLE:#}  {}", code.name, code.meaning())?;
    }
    Ok(())
}
