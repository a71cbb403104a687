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

const LINK: &str = "through a link, too, a session can write only in its own directory, and not read the home: if one leads there, \
                    use a file of the session, or set `isolation = \"off\"` in the settings";

const NETWORK: &str = "the network is off in sessions: `network=loopback` on the fence, where `caps.network` in the settings allows \
                       it, gives a loopback interface";

const COMMAND: &str = "a command in a session may do what the session may: write in the session's directory, not read the home, and use \
                       no network; `isolation = \"off\"` in the settings, or `network=loopback` on the fence, gives it more";

const SIGNALS: &str =
    "a session can't signal processes outside it, unless `isolation = \"off\"` is set in the settings";

/// Which refusal an exception tells of, and what to do about it.
pub(super) fn hint(example: &Example, raised: &Raised, stderr: &str) -> Option<&'static str> {
    let says = message(raised);
    if raised.kind == "subprocess.CalledProcessError" && is_told(stderr) {
        return Some(COMMAND);
    }
    // Across the border nothing is linked or moved: that looks like another device.
    if says.starts_with("[Errno 18] ") && paths(says).into_iter().flatten().any(is_outside) {
        return Some(FILES);
    }
    let is_refused = says.contains("[Errno 13] ") || says.contains("[Errno 1] ");
    if let Some(path) = path(says) {
        let where_to = if is_outside(path) { FILES } else { LINK };
        return (is_refused && raised.kind == "PermissionError").then_some(where_to);
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

/// Whether a command has said that it was refused something.
fn is_told(stderr: &str) -> bool {
    [
        "Permission denied",
        "Operation not permitted",
        "Network is unreachable",
        "Temporary failure in name resolution",
    ]
    .iter()
    .any(|reason| stderr.contains(reason))
}

/// The path of `[Errno 13] Permission denied: '/a/b'`; of two, the one that an action was to make.
fn path(says: &str) -> Option<&str> {
    paths(says)?.last()
}

/// The paths of `[Errno 18] Invalid cross-device link: '/a' -> 'b'`.
fn paths(says: &str) -> Option<impl Iterator<Item = &str>> {
    let (_, quoted) = says.lines().next()?.split_once(": ")?;
    Some(quoted.split(" -> ").filter_map(|path| {
        let quote = path.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
        path.strip_prefix(quote)?.strip_suffix(quote)
    }))
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

    use super::{COMMAND, FILES, LINK, NETWORK, SIGNALS, hint};
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
            ("open(p)", "PermissionError", "[Errno 13] Permission denied: 'link/x'", "", Some(LINK)),
            ("os.link(p)", "OSError", "[Errno 18] Invalid cross-device link: '/x' -> 'y'", "", Some(FILES)),
            ("os.link(p)", "OSError", "[Errno 18] Invalid cross-device link: 'x' -> 'y'", "", None),
            ("open(p)", "PermissionError", "[Errno 13] Permission denied: '/tmp/exemplar/x'", "", Some(LINK)),
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
                hint(&example(ExampleKind::Script, source, Expectation::Unstated), &raised, ""),
                expected,
                "{source}: {kind}: {says}"
            );
        }
    }
    #[test]
    fn a_command_is_hinted_at_where_it_says_that_it_was_refused() {
        let raised = Raised {
            kind: "subprocess.CalledProcessError".into(),
            lineage: Vec::new(),
            summary: "subprocess.CalledProcessError: Command 'x' returned non-zero exit status 1.\n".into(),
            traceback: String::new(),
            at_compile: false,
            exit_status: None,
        };
        let example = example(ExampleKind::Script, "run()", Expectation::Unstated);
        for (stderr, expected) in
            [("sh: 1: cannot create /x: Permission denied\n", Some(COMMAND)), ("grep: no match\n", None)]
        {
            assert_eq!(hint(&example, &raised, stderr), expected, "{stderr}");
        }
    }
}
