//! Actions that a confined session is refused, as the exceptions tell of them (DESIGN.md, section 3).
//!
//! Whether the session was confined is not known here: each hint says what a session is refused, which is so either way. What an
//! exception says is the system's own text, so it is read and not guessed: an error number, and where a path belongs to it, the path.

use exemplar_model::outcome::Raised;
use exemplar_model::plan::Example;

use super::exception::message;

/// The session's own directory, as reports show it.
const DIRECTORY: &str = "/tmp/exemplar";

const FILES: &str = "a session can write only in its own directory, and not read the home: use a relative path, or set \
                     `isolation = \"off\"` in the settings";

const NETWORK: &str = "the network is off in sessions: `network=loopback` on the fence, where `caps.network` in the settings allows \
                       it, gives a loopback interface";

const SIGNALS: &str = "a session can't signal processes outside it";

/// Which refusal an exception tells of, and what to do about it.
pub(super) fn hint(example: &Example, raised: &Raised) -> Option<&'static str> {
    let says = message(raised);
    let is_refused = says.contains("[Errno 13] ") || says.contains("[Errno 1] ");
    if let Some(path) = path(says) {
        return (is_refused && raised.kind == "PermissionError" && is_outside(path)).then_some(FILES);
    }
    let has_no_names = raised.kind == "socket.gaierror"
        || says.contains("Temporary failure in name resolution")
        || says.contains("Name or service not known");
    // Clients wrap what a socket raised: `<urlopen error [Errno 13] Permission denied>`.
    let is_of_socket =
        || raised.traceback.contains("socket.py\", line ") || example.source.contains("socket");
    if has_no_names
        || says.contains("[Errno 101] ")
        || (says.contains("[Errno 13] Permission denied") && is_of_socket())
    {
        return Some(NETWORK);
    }
    let signals = || {
        let names = ["kill(", "killpg(", "send_signal(", "terminate("];
        names.iter().any(|name| example.source.contains(name) || raised.traceback.contains(name))
    };
    (says.contains("[Errno 1] ") && raised.kind == "PermissionError" && signals()).then_some(SIGNALS)
}

/// The path of `[Errno 13] Permission denied: '/a/b'`; of two, the one that an action was to make.
fn path(says: &str) -> Option<&str> {
    let last = says.lines().next()?;
    let (_, quoted) = last.split_once(": ")?;
    let path = quoted.rsplit(" -> ").next()?;
    let quote = path.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    path.strip_prefix(quote)?.strip_suffix(quote)
}

/// Whether a path leads out of the session's directory, where the session starts.
fn is_outside(path: &str) -> bool {
    match path.strip_prefix(DIRECTORY) {
        Some(below) => !below.is_empty() && !below.starts_with('/'),
        None => path.starts_with('/') || path.split('/').any(|part| part == ".."),
    }
}

#[cfg(test)]
mod tests {
    use exemplar_model::outcome::Raised;
    use exemplar_model::plan::{ExampleKind, Expectation};

    use super::{FILES, NETWORK, SIGNALS, hint};
    use crate::check::tests::example;

    const SOCKET: &str = "  File \"/usr/lib/python3.12/socket.py\", line 233, in __init__\n";

    #[test]
    fn a_refusal_is_told_by_what_the_exception_says() {
        for (source, kind, says, traceback, expected) in [
            // Files.
            ("open(p, 'w')", "PermissionError", "[Errno 13] Permission denied: '/etc/x'", "", Some(FILES)),
            (
                "open(p)",
                "PermissionError",
                "[Errno 13] Permission denied: '/home/me/.netrc'",
                "",
                Some(FILES),
            ),
            ("open(p)", "PermissionError", "[Errno 13] Permission denied: \"../it's\"", "", Some(FILES)),
            ("os.chown(p)", "PermissionError", "[Errno 1] Operation not permitted: '/x'", "", Some(FILES)),
            ("f()", "PermissionError", "[Errno 13] Permission denied: 'a' -> '/b'", "", Some(FILES)),
            ("open(p)", "PermissionError", "[Errno 13] Permission denied: 'locked'", "", None),
            ("open(p)", "PermissionError", "[Errno 13] Permission denied: '/tmp/exemplar/locked'", "", None),
            ("open(p)", "PermissionError", "[Errno 13] Permission denied: '/tmp/exemplary'", "", Some(FILES)),
            ("open(p)", "FileNotFoundError", "[Errno 2] No such file or directory: '/x'", "", None),
            ("open(p)", "MyError", "[Errno 13] Permission denied: '/x'", "", None),
            // The network.
            ("f()", "PermissionError", "[Errno 13] Permission denied", SOCKET, Some(NETWORK)),
            ("socket.socket()", "PermissionError", "[Errno 13] Permission denied", "", Some(NETWORK)),
            (
                "f()",
                "urllib.error.URLError",
                "<urlopen error [Errno 13] Permission denied>",
                SOCKET,
                Some(NETWORK),
            ),
            (
                "f()",
                "urllib.error.URLError",
                "<urlopen error [Errno -3] Temporary failure in name resolution>",
                "",
                Some(NETWORK),
            ),
            ("f()", "socket.gaierror", "[Errno -2] Name or service not known", SOCKET, Some(NETWORK)),
            ("f()", "OSError", "[Errno 101] Network is unreachable", SOCKET, Some(NETWORK)),
            ("f()", "ConnectionRefusedError", "[Errno 111] Connection refused", SOCKET, None),
            // Signals.
            ("os.kill(1, 9)", "PermissionError", "[Errno 1] Operation not permitted", "", Some(SIGNALS)),
            (
                "f()",
                "PermissionError",
                "[Errno 1] Operation not permitted",
                "    os.killpg(1, 9)\n",
                Some(SIGNALS),
            ),
            // Anything else.
            ("f()", "PermissionError", "[Errno 13] Permission denied", "", None),
            ("f()", "PermissionError", "[Errno 1] Operation not permitted", "", None),
            ("raise PermissionError", "PermissionError", "", "", None),
            ("f()", "ValueError", "kill(: '/x'", "", None),
        ] {
            let raised = Raised {
                kind: kind.into(),
                lineage: vec![kind.into()],
                summary: format!("{kind}: {says}\n"),
                traceback: format!("Traceback (most recent call last):\n{traceback}{kind}: {says}\n"),
                at_compile: false,
                exit_status: None,
            };
            assert_eq!(
                hint(&example(ExampleKind::Script, source, Expectation::Unstated), &raised),
                expected,
                "{source}: {kind}: {says}"
            );
        }
    }
}
