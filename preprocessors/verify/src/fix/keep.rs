//! Which lines of a stale output stay: those that still match.
//!
//! An author who wrote `...` meant that what it stands for does not matter, and a line that a flag makes equal is equal. So the old lines
//! are laid beside the new ones, and a new line is written only where no old one matches it.
//!
//! The best alignment is found by dynamic programming. A kept line is worth most; a line put in the place of another one is worth more
//! than one that comes or goes by itself, so that `...` goes on standing for what it stood for, and does not swallow what is new.

/// The most cells of the table. Longer outputs are written anew.
const MOST_CELLS: usize = 4 << 20;

const KEPT: i32 = 6;
const REPLACED: i32 = 2;
const COVERED: i32 = 0;
const ALONE: i32 = -1;

/// What becomes of the lines, in the new order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// The old line with this index stays.
    Kept(usize),
    /// The new line `new` comes in the place of the old line `old`.
    Replaced {
        /// Which old line.
        old: usize,
        /// Which new line.
        new: usize,
    },
    /// The old line with this index goes.
    Dropped(usize),
    /// The new line with this index comes.
    Added(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Move {
    Keep,
    Cover,
    Replace,
    Drop,
    Add,
}

/// Lays old lines beside new ones. `matches` compares one old line with one new line; `is_wildcard` says that an old line stands for any
/// lines, one at least.
pub(super) fn align(
    old: &[&str],
    new: &[&str],
    matches: impl Fn(&str, &str) -> bool,
    is_wildcard: impl Fn(&str) -> bool,
) -> Vec<Line> {
    let width = new.len() + 1;
    if (old.len() + 1).saturating_mul(width) > MOST_CELLS {
        return rewritten(old.len(), new.len());
    }
    // `best[i][j]`: what the first `i` old and `j` new lines are worth, and the last move to that. `open[i][j]`: the same, where the
    // last old line is a wildcard that covers the last new line.
    let mut best = vec![(0, Move::Keep); (old.len() + 1) * width];
    let mut open = vec![(i32::MIN / 2, Move::Keep); (old.len() + 1) * width];
    for i in 0..=old.len() {
        for j in 0..=new.len() {
            if i == 0 && j == 0 {
                continue;
            }
            let at = i * width + j;
            let mut choice = (i32::MIN / 2, Move::Drop);
            let mut consider = |value: i32, step: Move| {
                if value > choice.0 {
                    choice = (value, step);
                }
            };
            if i > 0 && j > 0 {
                let diagonal = best[at - width - 1].0;
                if is_wildcard(old[i - 1]) {
                    let begins = (diagonal + KEPT, Move::Keep);
                    let goes_on = (open[at - 1].0 + COVERED, Move::Cover);
                    open[at] = if goes_on.0 >= begins.0 { goes_on } else { begins };
                    consider(open[at].0, open[at].1);
                } else {
                    if matches(old[i - 1], new[j - 1]) {
                        consider(diagonal + KEPT, Move::Keep);
                    }
                    consider(diagonal + REPLACED, Move::Replace);
                }
            }
            if i > 0 {
                consider(best[at - width].0 + ALONE, Move::Drop);
            }
            if j > 0 {
                consider(best[at - 1].0 + ALONE, Move::Add);
            }
            best[at] = choice;
        }
    }
    backwards(old.len(), new.len(), width, &best, &open)
}

/// Reads the moves from the end of the table.
fn backwards(
    mut i: usize,
    mut j: usize,
    width: usize,
    best: &[(i32, Move)],
    open: &[(i32, Move)],
) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut covering = false;
    while i > 0 || j > 0 {
        let at = i * width + j;
        let step = if covering { open[at].1 } else { best[at].1 };
        covering = step == Move::Cover;
        match step {
            Move::Keep => {
                lines.push(Line::Kept(i - 1));
                (i, j) = (i - 1, j - 1);
            }
            Move::Cover => j -= 1,
            Move::Replace => {
                lines.push(Line::Replaced { old: i - 1, new: j - 1 });
                (i, j) = (i - 1, j - 1);
            }
            Move::Drop => {
                lines.push(Line::Dropped(i - 1));
                i -= 1;
            }
            Move::Add => {
                lines.push(Line::Added(j - 1));
                j -= 1;
            }
        }
    }
    lines.reverse();
    lines
}

/// Every old line replaced, and what is left over added or dropped: nothing is kept.
pub(super) fn rewritten(old: usize, new: usize) -> Vec<Line> {
    let both = old.min(new);
    (0..both)
        .map(|line| Line::Replaced { old: line, new: line })
        .chain((both..old).map(Line::Dropped))
        .chain((both..new).map(Line::Added))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Line, align};

    fn aligned(old: &str, new: &str) -> String {
        let (old, new): (Vec<&str>, Vec<&str>) = (old.split(' ').collect(), new.split(' ').collect());
        let wild = |line: &str| line == "...";
        let matches = |old: &str, new: &str| match old.split_once("..") {
            Some((start, end)) => new.starts_with(start) && new.ends_with(end),
            None => old == new,
        };
        let lines = align(&old, &new, matches, wild);
        let written: Vec<&str> = lines
            .iter()
            .filter_map(|line| match *line {
                Line::Kept(line) => Some(old[line]),
                Line::Replaced { new: line, .. } | Line::Added(line) => Some(new[line]),
                Line::Dropped(_) => None,
            })
            .collect();
        written.join(" ")
    }

    #[test]
    fn lines_that_match_stay() {
        for (old, new, written) in [
            ("a b c", "a x c", "a x c"),
            ("a ... z", "a b c z2", "a ... z2"),
            ("1 ...", "5 6 7", "5 ..."),
            ("... z", "a b y", "... y"),
            ("a1..x b", "a17x c", "a1..x c"),
            ("a b", "a", "a"),
            ("a", "a b", "a b"),
            ("a ... b ... c", "a 1 2 b 3 c d", "a ... b ... c d"),
            ("x", "y", "y"),
        ] {
            assert_eq!(aligned(old, new), written, "{old} → {new}");
        }
    }
}
