//! Tables, Markdown's and HTML's.

use super::{Converter, has_block};
use crate::emit::literal;
use crate::tree::{Element, Node};

/// About how many characters of a table's type a line holds.
const MEASURE: usize = 62;
/// What a column may need without being made to wrap.
const NARROW: usize = 16;

struct Row<'a> {
    cells: Vec<&'a Element>,
    is_head: bool,
}

impl<'a> Converter<'a> {
    /// Sets a `table`.
    pub(super) fn table(&mut self, element: &'a Element) {
        let mut rows = Vec::new();
        collect(&element.children, false, &mut rows);
        let is_blank = |row: &Row<'_>| row.cells.iter().all(|cell| cell.text().trim().is_empty());
        rows.retain(|row| !(row.is_head && is_blank(row)));
        let count = rows.iter().map(|row| row.cells.iter().map(|cell| span(cell, "colspan")).sum()).max();
        let columns: usize = count.unwrap_or(0);
        if columns == 0 {
            self.flow(&element.children);
            return;
        }
        let heads: usize = rows.iter().take_while(|row| row.is_head).map(|row| row.cells.len()).sum();
        let key = self.claimed(element).map_or("none".to_owned(), |key| literal(&key));
        self.source.raw(&format!(
            "\n\n#grid-table({}, {}, heads: {heads}, key: {key}",
            widths(&rows, columns),
            alignments(&rows, columns)
        ));
        if let Some(caption) = element.elements().find(|inner| inner.name == "caption") {
            self.numbers.tables += 1;
            let number = self.numbered(self.numbers.tables);
            self.source.raw(&format!(", number: {}, caption: ", literal(&number)));
            self.bracketed(|this| this.inline(caption.children.iter()));
        }
        for row in &rows {
            let missing =
                columns - row.cells.iter().map(|cell| span(cell, "colspan")).sum::<usize>().min(columns);
            for cell in &row.cells {
                self.source.raw(", ");
                self.cell(cell, row.is_head);
            }
            // A row that a cell of an earlier one reaches into is as long as it should be.
            if missing > 0 && rows.iter().all(|row| row.cells.iter().all(|cell| span(cell, "rowspan") == 1)) {
                self.source.raw(&", []".repeat(missing));
            }
        }
        self.source.raw(")\n\n");
    }

    fn cell(&mut self, cell: &'a Element, is_head: bool) {
        let spans: String = ["colspan", "rowspan"]
            .into_iter()
            .filter(|name| span(cell, name) > 1)
            .map(|name| format!("{name}: {}, ", span(cell, name)))
            .collect();
        let is_wrapped = !spans.is_empty() && !is_head;
        if is_wrapped {
            self.source.raw(&format!("cell({spans}"));
        }
        let strong = cell.name == "th" && !is_head;
        self.source.raw(if strong { "s[" } else { "[" });
        self.within(
            |it| (it.cell, it.title) = (true, is_head),
            |this| {
                if cell.elements().any(has_block) {
                    this.flow(&cell.children);
                } else {
                    this.inline(cell.children.iter());
                }
            },
        );
        self.source.raw("]");
        if is_wrapped {
            self.source.raw(")");
        }
    }
}

fn collect<'a>(nodes: &'a [Node], in_head: bool, rows: &mut Vec<Row<'a>>) {
    for element in nodes.iter().filter_map(Node::element) {
        match element.name.as_str() {
            "thead" => collect(&element.children, true, rows),
            "tr" => {
                let cells: Vec<&Element> =
                    element.elements().filter(|cell| matches!(cell.name.as_str(), "td" | "th")).collect();
                // Only rows at the top are a header that can be repeated.
                let is_head = in_head && rows.iter().all(|row| row.is_head);
                if !cells.is_empty() {
                    rows.push(Row { cells, is_head });
                }
            }
            "caption" => {}
            _ => collect(&element.children, in_head, rows),
        }
    }
}

fn span(cell: &Element, name: &str) -> usize {
    cell.attribute(name).and_then(|count| count.parse().ok()).unwrap_or(1).clamp(1, 64)
}

/// The columns' widths: as wide as they are where all fits, else those that need more share what is left by what they need.
fn widths(rows: &[Row<'_>], columns: usize) -> String {
    let mut needs = vec![0; columns];
    for row in rows {
        let mut column = 0;
        for cell in &row.cells {
            let width = span(cell, "colspan");
            if width == 1 && column < columns {
                needs[column] = needs[column].max(cell.text().trim().chars().count());
            }
            column += width;
        }
    }
    let all_fit = needs.iter().sum::<usize>() + 2 * columns <= MEASURE;
    let width = |need: &usize| {
        if all_fit || *need <= NARROW { "auto".to_owned() } else { format!("{}fr", (*need).min(MEASURE)) }
    };
    format!("({},)", needs.iter().map(width).collect::<Vec<_>>().join(", "))
}

fn alignments(rows: &[Row<'_>], columns: usize) -> String {
    let mut found = vec!["left"; columns];
    for row in rows {
        let plain = row.cells.iter().all(|cell| span(cell, "colspan") == 1);
        for (column, cell) in row.cells.iter().enumerate().filter(|_| plain) {
            let style = cell.attribute("style").unwrap_or_default();
            let word = cell.attribute("align").unwrap_or_else(|| {
                if style.contains("right") {
                    "right"
                } else if style.contains("center") {
                    "center"
                } else {
                    ""
                }
            });
            match (word, found.get_mut(column)) {
                ("right", Some(alignment)) => *alignment = "right",
                ("center", Some(alignment)) => *alignment = "center",
                _ => {}
            }
        }
    }
    format!("({},)", found.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{Row, alignments, collect, widths};
    use crate::tree::read;

    fn laid_out(markdown: &str) -> (String, String, usize) {
        let tree = read(markdown, true);
        let mut rows: Vec<Row<'_>> = Vec::new();
        collect(&tree, false, &mut rows);
        let heads = rows.iter().filter(|row| row.is_head).count();
        (widths(&rows, 2), alignments(&rows, 2), heads)
    }

    #[test]
    fn columns_take_what_they_need() {
        let narrow = "| a | b |\n|---|--:|\n| `x | y` | 2 |\n";
        assert_eq!(laid_out(narrow), ("(auto, auto,)".into(), "(left, right,)".into(), 1));
        let long = format!("| a | b |\n|:-:|---|\n| c | {} |\n", "word ".repeat(30));
        assert_eq!(laid_out(&long), ("(auto, 62fr,)".into(), "(center, left,)".into(), 1));
        let html = "<table><tr><th>a<td>b</table>";
        assert_eq!(laid_out(html).2, 0);
    }
}
