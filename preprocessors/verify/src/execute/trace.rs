//! The place of a hang or a crash, from what faulthandler wrote.
//!
//! Its form is part of CPython's documentation of `faulthandler`: the most recent call first, `  File "name", line 12 in function`.

/// The innermost place of the dump that lies in one of the session's own files.
pub(super) fn place<T>(dump: &str, mut own: impl FnMut(&str, usize) -> Option<T>) -> Option<T> {
    // A later dump of the same session is the one that matters: the earlier ones were asked for by user code.
    let last = dump.rfind("(most recent call first)").unwrap_or(0);
    dump[last..].lines().find_map(|line| {
        let (name, rest) = line.trim_start().strip_prefix("File \"")?.rsplit_once("\", line ")?;
        let number = rest.split_once(' ').map_or(rest, |(number, _)| number);
        own(name, number.parse().ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn the_innermost_own_frame_is_found() {
        let dump = "Current thread 0x00007f (most recent call first):\n  File \"/usr/lib/re.py\", line 3 in match\n  \
                    File \"script_1.py\", line 12 in inner\n  File \"script_1.py\", line 20 in <module>\n";
        let own = |name: &str, line: usize| (name == "script_1.py").then_some(line);
        assert_eq!(place(dump, own), Some(12));
        assert_eq!(place("", own), None);
    }
}
