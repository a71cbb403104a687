//! The columns of a cheat sheet: Typst fills one after the other, which would leave the last ones of a short sheet empty.

use crate::layout::SheetLayout;
use crate::tree::Element;

/// About how many characters a line of a column has.
const MEASURE: usize = 50;

/// About how many lines something takes.
pub(super) fn height(element: &Element) -> usize {
    let lines = |text: &str| text.trim().chars().count().div_ceil(MEASURE).max(1);
    match element.name.as_str() {
        "pre" => element.text().lines().map(lines).sum::<usize>() + 2,
        "tr" | "p" | "dt" | "h2" => lines(&element.text()),
        "li" | "dd" if element.elements().all(|inner| inner.name != "pre") => lines(&element.text()),
        _ => element.elements().map(height).sum::<usize>() + 1,
    }
}

/// How a cheat sheet is set, and the numbers of the boxes that its columns begin with, but for the first one: in the largest type in which
/// all goes on one page. What fits on none is set in the smallest, one column after the other.
pub(super) fn plan(heights: &[usize], layouts: &[SheetLayout]) -> Option<(SheetLayout, Vec<usize>)> {
    let fitting = |layout: &SheetLayout| Some((*layout, breaks(heights, layout.columns, layout.lines)?));
    layouts.iter().find_map(fitting).or_else(|| Some((*layouts.last()?, Vec::new())))
}

fn breaks(heights: &[usize], columns: usize, page: usize) -> Option<Vec<usize>> {
    let highest = heights.iter().copied().max().unwrap_or(0);
    (highest..=page).map(|limit| filled(heights, limit)).find(|breaks| breaks.len() < columns)
}

/// Where columns begin that are filled up to a limit.
fn filled(heights: &[usize], limit: usize) -> Vec<usize> {
    let mut used = 0;
    let mut breaks = Vec::new();
    for (number, height) in heights.iter().enumerate() {
        if used > 0 && used + height > limit {
            breaks.push(number);
            used = 0;
        }
        used += height;
    }
    breaks
}

#[cfg(test)]
mod tests {
    use exemplar_model::pdf::Paper;

    use super::{breaks, height, plan};
    use crate::layout::sheet_layouts;
    use crate::tree::{Node, read};

    #[test]
    fn columns_are_as_even_as_their_order_allows() {
        assert_eq!(breaks(&[10, 10, 10], 3, 40), Some(vec![1, 2]));
        assert_eq!(breaks(&[10, 10, 10, 10], 2, 40), Some(vec![2]));
        assert_eq!(breaks(&[4, 4, 12, 6, 5], 3, 40), Some(vec![2, 3]));
        assert_eq!(breaks(&[30, 30, 30], 2, 40), None);
        assert_eq!(breaks(&[], 2, 40), Some(vec![]));
    }

    #[test]
    fn a_short_sheet_has_larger_type() {
        let columns = |heights: &[usize]| {
            plan(heights, sheet_layouts(Paper::A4)).map(|(layout, breaks)| (layout.columns, breaks))
        };
        assert_eq!(columns(&[10, 10]), Some((2, vec![1])));
        assert_eq!(columns(&[30, 30, 30]), Some((3, vec![1, 2])));
        assert_eq!(columns(&[90]), Some((3, vec![])));
    }

    #[test]
    fn heights_are_about_those_of_the_page() {
        let tree = read("| a | b |\n|---|---|\n| c | d |\n\n```\n1\n2\n```\n\n- x\n- y\n", true);
        let heights: Vec<usize> = tree.iter().filter_map(Node::element).map(height).collect();
        assert_eq!(heights, [4, 4, 3]);
    }
}
