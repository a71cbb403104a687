//! Words in code by which it may read what is another thing tomorrow.
//!
//! The scan knows no Python. A word too many costs one more run on another day ([`super::trust`]), and a word too few is what
//! docs/cache.md lists under the assumptions. Other words say that it reads what nobody sees.

/// Words by which C code reads files, or that ask for facts about files which two checkouts don't share.
const HIDING: &[&str] = &[
    "getatime",
    "getctime",
    "load_cert_chain",
    "load_extension",
    "load_verify_locations",
    "read_history_file",
    "read_init_file",
    "samefile",
    "sameopenfile",
    "samestat",
    "st_atime",
    "st_ctime",
    "st_dev",
    "st_ino",
    "st_nlink",
];

/// The words.
const CHANGING: &[&str] = &[
    "Date",
    "SystemRandom",
    "Timestamp",
    "asctime",
    "calendar",
    "choice",
    "choices",
    "cpu_count",
    "ctime",
    "date",
    "datetime",
    "default_rng",
    "disk_usage",
    "faker",
    "formatdate",
    "gethostname",
    "getloadavg",
    "getlogin",
    "getpid",
    "getppid",
    "getrandom",
    "getuser",
    "gmtime",
    "hash",
    "id",
    "localtime",
    "make_msgid",
    "mkdtemp",
    "mkstemp",
    "monotonic",
    "now",
    "perf_counter",
    "permutation",
    "platform",
    "process_cpu_count",
    "process_time",
    "psutil",
    "rand",
    "randbytes",
    "randint",
    "randn",
    "random",
    "randrange",
    "resource",
    "sample",
    "sched_getaffinity",
    "secrets",
    "shuffle",
    "statvfs",
    "strftime",
    "tempfile",
    "time",
    "timeit",
    "today",
    "token_bytes",
    "token_hex",
    "tracemalloc",
    "uname",
    "uniform",
    "urandom",
    "utcnow",
    "uuid",
    "uuid1",
    "uuid4",
    "zoneinfo",
];

/// The first of these words in some code.
pub(super) fn changing(code: &str) -> Option<&'static str> {
    first_of(CHANGING, code)
}

/// The first word in some code by which it reads what is not seen.
pub(super) fn hiding(code: &str) -> Option<&'static str> {
    // SQL has no case, and is in texts.
    let attaches = || code.contains("sqlite") && code.to_ascii_lowercase().contains("attach");
    first_of(HIDING, code).or_else(|| attaches().then_some("attach"))
}

fn first_of(list: &[&'static str], code: &str) -> Option<&'static str> {
    let words = code.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.filter_map(|word| list.binary_search(&word).ok()).map(|place| list[place]).next()
}

#[cfg(test)]
mod tests {
    use super::{CHANGING, HIDING, changing, hiding};

    #[test]
    fn words_are_found_whole() {
        assert!(CHANGING.is_sorted() && HIDING.is_sorted());
        assert_eq!(changing("from datetime import date\n"), Some("datetime"));
        assert_eq!(changing("timely = randomize(dated)\n"), None);
        assert_eq!(hiding("os.stat(path).st_ino\n"), Some("st_ino"));
        assert_eq!(hiding("import sqlite3\nbase.execute('ATTACH DATABASE x AS y')\n"), Some("attach"));
        assert_eq!(hiding("attached = 1\n"), None);
    }
}
