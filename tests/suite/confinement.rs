//! What a session can't reach, tried from inside one.
//!
//! These need a kernel with Landlock (6.12 or newer for all of it) and seccomp, as CI has.

use std::path::Path;

use crate::run::{examples, exemplar, guarded};
use crate::second_host::other_python;

/// The report on a page in a project whose user has a home with a secret.
fn report(folder: &Path, settings: &str, page: &str) -> serde_json::Value {
    report_of(folder, settings, page, None)
}

/// The same, in the host that an interpreter asks for.
fn report_of(folder: &Path, settings: &str, page: &str, python: Option<&Path>) -> serde_json::Value {
    let home = folder.join("home");
    let project = home.join("project");
    fs_err::create_dir_all(&project).unwrap();
    fs_err::create_dir_all(home.join(".ssh")).unwrap();
    fs_err::write(home.join(".ssh/id_ed25519"), "the key").unwrap();
    fs_err::write(home.join("secret"), "the secret").unwrap();
    fs_err::write(project.join("exemplar.toml"), settings).unwrap();
    fs_err::write(project.join("data.txt"), "of the book").unwrap();
    fs_err::write(project.join("page.md"), page.replace("HOME", &home.to_string_lossy())).unwrap();
    let mut command = guarded(&exemplar(), &project);
    command.args(["check", "page.md", "--format", "json"]).env("HOME", &home);
    if let Some(python) = python {
        command.arg("--python").arg(python);
    }
    let output = command.output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// The page's preamble: `attempt` says what an action was refused with.
const ATTEMPT: &str = "import os, socket, subprocess\n\ndef attempt(action, *arguments):\n    try:\n        \
                       result = action(*arguments)\n    except OSError as error:\n        return type(error).__name__\n    \
                       return result if result in (0, 1) else 'done'\n";

fn attempts(folder: &Path, settings: &str, attempts: &[(&str, &str)]) {
    let mut page = format!("```python\n{ATTEMPT}```\n\n```python\n");
    for (action, outcome) in attempts {
        page.push_str(&format!(">>> attempt({action})\n{outcome}\n"));
    }
    page.push_str("```\n");
    for python in [None, other_python()] {
        let report = report_of(folder, settings, &page, python.as_deref());
        let failed: Vec<String> = examples(&report, "failed")
            .iter()
            .map(|example| format!("{}: {}", example["source"], example["actual"]))
            .collect();
        assert_eq!(failed, Vec::<String>::new(), "{python:?}");
        assert_eq!(examples(&report, "passed").len(), attempts.len());
        assert!(
            report["isolation"]["filesystem"].as_str().unwrap().starts_with("landlock"),
            "{}",
            report["isolation"]
        );
    }
}

#[test]
fn files_outside_are_out_of_reach() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let victim = outside.path().join("victim");
    fs_err::write(&victim, "old").unwrap();
    let outside = outside.path().to_string_lossy();
    let refused = "'PermissionError'";
    let actions = [
        // Writing.
        (format!("open, '{outside}/new', 'w'"), refused),
        (format!("open, '{outside}/victim', 'r+'"), refused),
        (format!("os.truncate, '{outside}/victim', 0"), refused),
        (format!("os.unlink, '{outside}/victim'"), refused),
        (format!("os.mkdir, '{outside}/folder'"), refused),
        (format!("os.rename, '{outside}/victim', '{outside}/moved'"), refused),
        ("open, 'inside', 'w'".to_owned(), "'done'"),
        (format!("os.rename, 'inside', '{outside}/moved'"), refused),
        (format!("os.link, 'inside', '{outside}/hard'"), refused),
        (format!("os.symlink, '/etc', '{outside}/soft'"), refused),
        // Across the border nothing is linked: that looks like another device.
        (format!("os.link, '{outside}/victim', 'hard'"), "'OSError'"),
        (format!("os.symlink, '{outside}', 'outside'"), "'done'"),
        ("open, 'outside/new', 'w'".to_owned(), refused),
        ("subprocess.call, ['sh', '-c', 'echo x > outside/new 2> /dev/null || exit 1']".to_owned(), "1"),
        // Reading in the home, but not the book.
        ("open, 'HOME/secret'".to_owned(), refused),
        ("os.listdir, 'HOME'".to_owned(), refused),
        ("open, 'HOME/.ssh/id_ed25519'".to_owned(), refused),
        ("os.listdir, 'HOME/.ssh'".to_owned(), refused),
        ("os.symlink, 'HOME/secret', 'secret'".to_owned(), "'done'"),
        ("open, 'secret'".to_owned(), refused),
        ("subprocess.call, ['sh', '-c', 'cat HOME/secret 2> /dev/null']".to_owned(), "1"),
        ("open, 'HOME/project/data.txt'".to_owned(), "'done'"),
        ("open, 'HOME/project/data.txt', 'a'".to_owned(), refused),
        // Its own directory, and what everybody needs.
        ("open, 'mine', 'w'".to_owned(), "'done'"),
        ("open, '/dev/null', 'w'".to_owned(), "'done'"),
        ("open, '/etc/passwd'".to_owned(), "'done'"),
        // A device is a way to the disk, and root may make one.
        ("os.mknod, 'disk', 0o60600, os.makedev(7, 0)".to_owned(), refused),
        ("os.mknod, 'memory', 0o20600, os.makedev(1, 1)".to_owned(), refused),
        // Processes outside.
        ("os.kill, os.getppid(), 9".to_owned(), refused),
        ("os.kill, 1, 0".to_owned(), refused),
    ];
    let actions: Vec<(&str, &str)> =
        actions.iter().map(|(action, outcome)| (action.as_str(), *outcome)).collect();
    attempts(folder.path(), "", &actions);
    assert_eq!(fs_err::read_to_string(victim).unwrap(), "old");
}

#[test]
fn the_network_is_out_of_reach() {
    let folder = tempfile::tempdir().unwrap();
    let refused = "'PermissionError'";
    let actions = [
        ("socket.socket", refused),
        ("socket.socket, socket.AF_INET, socket.SOCK_DGRAM", refused),
        ("socket.socket, socket.AF_INET6", refused),
        ("socket.socket, socket.AF_NETLINK, socket.SOCK_RAW", refused),
        ("socket.create_connection, ('127.0.0.1', 9)", refused),
        ("socket.create_connection, ('192.0.2.1', 80)", refused),
        ("socket.getaddrinfo, 'example.org', 80", "'gaierror'"),
        ("socket.create_connection, ('2001:db8::1', 80)", refused),
        ("socket.gethostbyname, 'example.org'", "'gaierror'"),
        ("subprocess.call, ['bash', '-c', 'echo x 2> /dev/null > /dev/udp/192.0.2.1/53 || exit 1']", "1"),
        ("subprocess.call, ['bash', '-c', 'echo x 2> /dev/null > /dev/tcp/192.0.2.1/80 || exit 1']", "1"),
        ("socket.socketpair", "'done'"),
        ("socket.socket, socket.AF_UNIX", "'done'"),
    ];
    attempts(folder.path(), "", &actions);
}

/// Actions that end in an exception, with the setting that its hint names.
const REFUSED: [(&str, &str); 12] = [
    ("open('/usr/new', 'w')", "isolation = \"off\""),
    ("import os; os.symlink('/usr', 'usr'); open('usr/new', 'w')", "isolation = \"off\""),
    ("import os; open('file', 'w').close(); os.rename('file', '/usr/file')", "isolation = \"off\""),
    ("import os; os.link('/etc/passwd', 'passwd')", "isolation = \"off\""),
    ("import subprocess; subprocess.run(['touch', '/usr/new'], check=True)", "isolation = \"off\""),
    ("open('HOME/.ssh/id_ed25519')", "isolation = \"off\""),
    ("import os; os.symlink('HOME/.ssh', 'keys'); open('keys/id_ed25519')", "isolation = \"off\""),
    ("import os; os.kill(os.getppid(), 9)", "isolation = \"off\""),
    ("import socket; socket.create_connection(('192.0.2.1', 80))", "network=loopback"),
    (
        "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        "network=loopback",
    ),
    ("import socket; socket.getaddrinfo('example.org', 80)", "network=loopback"),
    ("import urllib.request as r; r.urlopen('http://192.0.2.1')", "network=loopback"),
];

#[test]
fn a_refusal_names_the_setting_that_would_allow_it() {
    let page: String =
        REFUSED.iter().map(|(action, _)| format!("```python {{isolated}}\n>>> {action}\n```\n\n")).collect();
    for python in [None, other_python()] {
        let folder = tempfile::tempdir().unwrap();
        let report = report_of(folder.path(), "", &page, python.as_deref());
        let failed = examples(&report, "failed");
        let hints: Vec<String> = failed.iter().map(|example| example["hint"].to_string()).collect();
        assert_eq!(failed.len(), REFUSED.len(), "{python:?}: {failed:#?}");
        for ((action, setting), hint) in REFUSED.iter().zip(hints) {
            assert!(hint.replace('\\', "").contains(setting), "{python:?}: {action}: {hint}");
        }
    }
}

#[test]
fn loopback_is_had_when_it_is_asked_for_and_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let page = "```python {network=loopback}\nimport socket\nserver = socket.create_server((\"127.0.0.1\", 0))\n\
                client = socket.create_connection(server.getsockname())\nclient.send(b\"x\")\n\
                print(server.accept()[0].recv(1))\n#> b'x'\n```\n\n\
                ```python {network=loopback}\ntry:\n    socket.create_connection((\"192.0.2.1\", 80))\n\
                except OSError as error:\n    print(error.errno == 101)\n    #> True\n```\n";
    let allowed = report(folder.path(), "caps.network = 'loopback'\n", page);
    assert_eq!(examples(&allowed, "passed").len(), 2, "{:#?}", examples(&allowed, "failed"));
    assert_eq!(allowed["isolation"]["network"], "namespace with loopback");

    let refused = report(folder.path(), "", page);
    assert_eq!(refused["diagnostics"][0]["code"], "over-cap");
    assert_eq!(
        (&refused["diagnostics"][0]["line"], &refused["diagnostics"][0]["column"]),
        (&1.into(), &12.into())
    );
    assert_eq!(examples(&refused, "passed").len(), 0);
}

#[test]
fn limits_are_those_of_the_settings_and_the_fence() {
    let folder = tempfile::tempdir().unwrap();
    let page = "```python {memory=64MiB}\n>>> len(bytearray(100_000_000))\n100000000\n```\n\n\
                ```python {isolated memory=300MiB}\n>>> len(bytearray(100_000_000))\n100000000\n```\n\n\
                ```python {isolated timeout=200ms}\n>>> import time; time.sleep(5)\n```\n\n\
                ```python {isolated}\n>>> print('x' * 3000)\n```\n";
    let settings = "memory = '64MiB'\noutput = '2KiB'\ncaps.memory = '300MiB'\n";
    let report = report(folder.path(), settings, page);
    let codes: Vec<&str> = report["examples"]
        .as_array()
        .unwrap()
        .iter()
        .map(|example| example["code"].as_str().unwrap_or("-"))
        .collect();
    assert_eq!(codes, ["memory-limit", "-", "timeout", "output-limit"]);
}
