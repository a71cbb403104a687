//! What `exemplar lab` prints without a name: the labs of a book, in its order.

use std::io::{self, Write};

use anstyle::Style;
use exemplar_appendix::Kit;

use super::human::standard_output;
use super::text::escaped;

const TITLE: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The list for people: each lab with its title and the page that it stands on.
pub(crate) fn people(labs: &[(Kit, String)]) -> io::Result<()> {
    let mut out = standard_output();
    if labs.is_empty() {
        writeln!(out, "this book has no labs")?;
    }
    let width = labs.iter().map(|(kit, _)| kit.name.len()).max().unwrap_or_default();
    for (kit, page) in labs {
        let title = if kit.title == kit.name { "" } else { &kit.title };
        writeln!(
            out,
            "{TITLE}{:width$}{TITLE:#}  {}{}{DIM}{}{DIM:#}",
            kit.name,
            escaped(title),
            if title.is_empty() { "" } else { "  " },
            escaped(page)
        )?;
    }
    out.flush()
}
