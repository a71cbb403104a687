//! Memory addresses in printed objects, `<__main__.Cart object at 0x7f3c5a2b1d90>`: the one part of a repr that no two runs share.
//!
//! Only the digits are let off, and only between a `<` and its `>`: a page about `hex()` is checked digit by digit. This is Exemplar's
//! own rule (DESIGN.md, section 2.3); doctest needs an ellipsis there.

use std::borrow::Cow;
use std::ops::Range;

/// What stands between an object's description and its address.
const MARKER: &str = " at 0x";

/// The text with the digits of each object's address replaced by a single one; borrowed where there is none.
pub(super) fn without_addresses(text: &str) -> Cow<'_, str> {
    // Only ASCII bytes are told apart below, so no cut can fall inside a scalar.
    if !text.contains(MARKER) {
        return Cow::Borrowed(text);
    }
    let addresses = addresses(text);
    if addresses.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut end = 0;
    for address in addresses {
        plain.push_str(&text[end..address.start]);
        plain.push('0');
        end = address.end;
    }
    plain.push_str(&text[end..]);
    Cow::Owned(plain)
}

/// The digits of each address that stands between a `<` and its `>`, in order. The brackets nest: `<function <lambda> at 0x7f>`.
fn addresses(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    // Those that wait for a `>`, and those behind which one stands: a `<` that stays open was no object's.
    let (mut waiting, mut closed): (Vec<Range<usize>>, Vec<Range<usize>>) = (Vec::new(), Vec::new());
    // How many addresses were waiting when each open bracket was met.
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            // A `<` before a space is a comparison.
            b'<' if bytes.get(at + 1).is_some_and(|next| !next.is_ascii_whitespace()) => {
                open.push(waiting.len());
            }
            // An arrow closes nothing.
            b'>' if at.checked_sub(1).is_some_and(|before| !matches!(bytes[before], b'-' | b'=')) => {
                if let Some(held) = open.pop() {
                    closed.extend(waiting.drain(held..));
                }
            }
            b' ' if !open.is_empty() && bytes[at..].starts_with(MARKER.as_bytes()) => {
                let start = at + MARKER.len();
                let digits = bytes[start..].iter().take_while(|digit| digit.is_ascii_hexdigit()).count();
                if digits > 0 {
                    waiting.push(start..start + digits);
                }
                at = start + digits;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    closed.sort_by_key(|digits| digits.start);
    closed
}

#[cfg(test)]
mod tests {
    use super::without_addresses;

    #[test]
    fn digits_go_between_angle_brackets_and_nowhere_else() {
        for (text, expected) in [
            ("<A object at 0x7fAB>", "<A object at 0x0>"),
            ("<function <lambda> at 0x12>", "<function <lambda> at 0x0>"),
            ("<bound method A.f of <A object at 0x12>>", "<bound method A.f of <A object at 0x0>>"),
            ("<cell at 0x1: int object at 0x22>", "<cell at 0x0: int object at 0x0>"),
            ("<Handle f(<A at 0x12>) at 0x34>", "<Handle f(<A at 0x0>) at 0x0>"),
            ("<f -> int at 0x12>", "<f -> int at 0x0>"),
            ("é <A at 0x12> 日 <B at 0x34>", "é <A at 0x0> 日 <B at 0x0>"),
            ("1 < 2 at 0x12 > 0", "1 < 2 at 0x12 > 0"),
            ("jump at 0x12", "jump at 0x12"),
            ("<A object at 0x12", "<A object at 0x12"),
            ("<A at 0x12> <b at 0x34", "<A at 0x0> <b at 0x34"),
            ("a <b, <A at 0x12>", "a <b, <A at 0x0>"),
            ("<A object at 0x>", "<A object at 0x>"),
            ("<A 0x12>", "<A 0x12>"),
        ] {
            assert_eq!(without_addresses(text), expected);
        }
    }
}
