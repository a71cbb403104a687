//! Tables, Markdown's and HTML's.

use super::inlines::breakable;
use super::{Converter, has_block};
use crate::emit::literal;
use crate::tree::{Element, Node};

/// About how many characters of a table's type a line holds.
const MEASURE: usize = 62;
/// What a column may need without being made to wrap.
const NARROW: usize = 16;
/// What a column may need without being made to wrap, where its share would be too narrow for its longest word.
const WORDY: usize = 30;

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
            "\n\n#grid-table({}, {}, {}, heads: {heads}, key: {key}",
            widths(&rows, columns),
            alignments(&rows, columns),
            rows.len()
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
        self.formula = None;
        let strong = cell.name == "th" && !is_head;
        self.source.raw(if strong { "s[" } else { "[" });
        self.within(
            |it| (it.cell, it.title) = (true, is_head),
            |this| {
                if cell.elements().any(has_block) {
                    this.source.raw("#filled");
                    this.bracketed(|this| this.flow(&cell.children));
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

/// What a column's cells need, in characters.
#[derive(Debug, Clone, Copy, Default)]
struct Need {
    /// In one line.
    whole: usize,
    /// For the longest word that no line can be broken in.
    word: usize,
}

impl Need {
    fn of(cell: &Element) -> Self {
        let mut word = 0;
        let mut words = |text: &str| {
            for piece in text.split_whitespace().flat_map(breakable) {
                word = word.max(piece.chars().count());
            }
        };
        words(&cell.text());
        Self { whole: cell.text().trim().chars().count(), word }
    }

    fn most(self, other: Self) -> Self {
        Self { whole: self.whole.max(other.whole), word: self.word.max(other.word) }
    }
}

/// The columns' widths: as wide as they are where all fits, else those that need more share what is left by what they need.
fn widths(rows: &[Row<'_>], columns: usize) -> String {
    let mut needs = vec![Need::default(); columns];
    for row in rows {
        let mut column = 0;
        for cell in &row.cells {
            let width = span(cell, "colspan");
            if width == 1 && column < columns {
                needs[column] = needs[column].most(Need::of(cell));
            }
            column += width;
        }
    }
    let room = MEASURE.saturating_sub(2 * columns);
    let all_fit = needs.iter().map(|need| need.whole).sum::<usize>() <= room;
    let mut is_whole: Vec<bool> = needs.iter().map(|need| all_fit || need.whole <= NARROW).collect();
    // One that its share is too narrow for is taken out of those that share; less is left for the others then.
    while let Some(column) = first_too_narrow(&needs, &is_whole, room) {
        is_whole[column] = true;
    }
    let width = |(need, is_whole): (&Need, &bool)| match (is_whole, need.whole) {
        (true, 0..=WORDY) => "auto".to_owned(),
        (true, _) if all_fit => "auto".to_owned(),
        (true, _) => format!("{}em", need.word.div_ceil(2) + 1),
        (false, whole) => format!("{}fr", whole.min(MEASURE)),
    };
    format!("({},)", needs.iter().zip(&is_whole).map(width).collect::<Vec<_>>().join(", "))
}

/// The first of the columns that share what is left whose longest word has no room in its share.
fn first_too_narrow(needs: &[Need], is_whole: &[bool], room: usize) -> Option<usize> {
    let (mut taken, mut asked) = (0, 0);
    for (need, is_whole) in needs.iter().zip(is_whole) {
        if *is_whole {
            taken += if need.whole <= WORDY { need.whole } else { need.word };
        } else {
            asked += need.whole.min(MEASURE);
        }
    }
    let left = room.saturating_sub(taken);
    needs.iter().zip(is_whole).position(|(need, is_whole)| {
        !is_whole && left * need.whole.min(MEASURE) < need.word.min(MEASURE / 2) * asked
    })
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
        let code = format!("| a | b |\n|---|---|\n| `str.removeprefix(prefix)` | {} |\n", "word ".repeat(30));
        assert_eq!(laid_out(&code).0, "(auto, 62fr,)", "a share of 17 characters can't hold the name");
        let address = format!("| a | b |\n|---|---|\n| {} | {} |\n", "x".repeat(40), "word ".repeat(30));
        assert_eq!(laid_out(&address).0, "(21em, 62fr,)");
        let html = "<table><tr><th>a<td>b</table>";
        assert_eq!(laid_out(html).2, 0);
    }
}
