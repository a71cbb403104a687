//! What is the same in every run on this machine, and another thing on the next one: its paths, its name, what lies in its folders.
//!
//! `exemplar fix` writes none of it. Paths are told from what is printed, and only where the code does not name them itself: who writes
//! `Path("/root/x")` means that path. The rest is told from the code, as [`chance`](super::chance) tells random numbers.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

/// How a session's directory is shown, whatever it is called in truth.
const DIRECTORY: &str = "/tmp/exemplar";

/// Where a system keeps its own Python, among other things: too much to be called this machine's.
const OF_SYSTEMS: [&str; 3] = ["/", "/usr", "/usr/local"];

static FACTS: LazyLock<Regex> = LazyLock::new(|| {
    let facts = [
        r"\b(?:gethostname|getfqdn|cpu_count|getuser|getlogin|uname|getloadavg|disk_usage)\s*\(",
        r"\bplatform\.(?:architecture|libc_ver|machine|node|platform|processor|release|uname|version)\s*\(",
        r"\bsys\.version\b",
        // A folder that the session did not make.
        r#"\b(?:glob|iglob|listdir|scandir|walk)\s*\(\s*f?["'][/~]"#,
        r#"\bPath\s*\(\s*["'][/~][^)]*\)\s*\.(?:glob|iterdir|rglob|walk)\b"#,
        r"\bPath\.home\(\)\s*\.(?:glob|iterdir|rglob|walk)\b",
    ];
    Regex::new(&facts.join("|")).expect("the pattern is a constant")
});

/// What asks for the session's directory, of which a part may be shown.
static DIRECTORY_ASKED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(?:getcwd|cwd)\s*\(\s*\)").expect("the pattern is a constant"));

/// The places of this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Machine {
    /// Folders, without a slash at the end.
    places: Vec<String>,
}

impl Machine {
    /// The machine with these folders, such as the user's home and the checkout. `pythons` are the names of the program that ran the
    /// examples: in a virtual environment, it is a link.
    #[must_use]
    pub fn of<'a>(
        folders: impl IntoIterator<Item = &'a Path>,
        pythons: impl IntoIterator<Item = &'a Path>,
    ) -> Self {
        let prefixes = pythons.into_iter().filter_map(|program| program.parent()?.parent());
        let folders = folders.into_iter().chain(prefixes);
        let mut places: Vec<String> = folders
            .map(|folder| folder.to_string_lossy().trim_end_matches('/').to_owned())
            .map(|place| if place.is_empty() { "/".to_owned() } else { place })
            .flat_map(|place| match OF_SYSTEMS.contains(&place.as_str()) {
                true => ["lib/python", "bin/python"]
                    .map(|part| format!("{}/{part}", place.trim_end_matches('/')))
                    .to_vec(),
                false => vec![place],
            })
            .chain([DIRECTORY.to_owned()])
            .collect();
        places.sort();
        places.dedup();
        Self { places }
    }

    /// Whether a text holds what only this machine has, and its code did not say so. `code` is that of the example and of what it comes of.
    #[must_use]
    pub(crate) fn shows_in(&self, text: &str, code: &str) -> bool {
        let is_shown = |place: &String| !code.contains(place.as_str()) && holds(text, place);
        let shows_directory = || DIRECTORY_ASKED.is_match(code) && text.contains("/tmp");
        FACTS.is_match(code) || self.places.iter().any(is_shown) || shows_directory()
    }
}

/// Whether a text holds a path at or below a place.
fn holds(text: &str, place: &str) -> bool {
    let is_of_name = |scalar: char| scalar.is_alphanumeric() || matches!(scalar, '_' | '-' | '.');
    let is_version = place.ends_with("/python");
    text.match_indices(place).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let behind = text[at + place.len()..].chars().next();
        !before.is_some_and(|scalar| is_of_name(scalar) || scalar == '/')
            && (is_version || !behind.is_some_and(is_of_name))
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Machine;

    #[track_caller]
    fn check(code: &str, printed: &str, expected: bool) {
        let folders = ["/home/ann", "/work/book/"].map(Path::new);
        let own = Machine::of(folders, [Path::new("/work/book/.venv/bin/python")]);
        let systems = Machine::of(folders, [Path::new("/usr/bin/python3.11")]);
        for machine in [own, systems] {
            assert_eq!(machine.shows_in(printed, code), expected, "{code}: {printed}");
        }
    }

    #[test]
    fn paths_of_this_machine_are_known() {
        check("os.getcwd()", "'/tmp/exemplar'\n", true);
        check("Path('x').resolve()", "PosixPath('/tmp/exemplar/x')\n", true);
        check("Path.cwd().parent", "PosixPath('/tmp')\n", true);
        check("Path.home()", "PosixPath('/home/ann')\n", true);
        check("f.__file__", "/home/ann/.cache/x.py\n", true);
        check("pkg", "<module 'pkg' from '/work/book/pkg.py'>\n", true);
    }

    #[test]
    fn the_interpreter_lies_somewhere_else_on_other_machines() {
        let systems = Machine::of([], [Path::new("/usr/bin/python3.11")]);
        assert!(systems.shows_in("['', '/usr/lib/python311.zip']", "sys.path"));
        assert!(systems.shows_in("'/usr/bin/python3'", "sys.executable"));
        assert!(!systems.shows_in("'/usr/bin/env'", "shutil.which('env')"));
        let own = Machine::of([], [Path::new("/opt/py/bin/python")]);
        assert!(own.shows_in("'/opt/py/lib/python3.12'", "os.__file__"));
    }

    #[test]
    fn what_the_code_says_itself_is_of_no_machine() {
        check("Path('/home/ann') / 'x'", "PosixPath('/home/ann/x')\n", false);
        check("p.name", "'ann'\n", false);
        check("url", "https://host/home/ann\n", false);
        check("p", "/home/annabel\n", false);
        check("p", "/tmp/exemplar-2\n", false);
        check("platform.python_version()", "'3.11.7'\n", false);
        check("sys.version_info", "sys.version_info(major=3)\n", false);
        check("os.listdir('folder')", "['a']\n", false);
    }

    #[test]
    fn what_a_machine_is_and_has_is_told_from_the_code() {
        for code in [
            "socket.gethostname()",
            "platform.platform()",
            "os.cpu_count()",
            "sys.version",
            "os.listdir('/usr/bin')",
            "for f in Path('/usr/bin').iterdir():\n    print(f)",
            "list(Path.home().glob('*'))",
        ] {
            check(code, "x\n", true);
        }
    }
}
