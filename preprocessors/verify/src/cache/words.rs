//! Words in code by which it may read what is another thing tomorrow.
//!
//! The scan knows no Python. A word too many costs one more run on another day ([`super::trust`]), and a word too few is what
//! docs/cache.md lists under the assumptions.

/// The words.
const CHANGING: &[&str] = &[
    "Date",
    "SystemRandom",
    "Timestamp",
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
    "gethostname",
    "getloadavg",
    "getlogin",
    "getpid",
    "getppid",
    "getrandom",
    "getuser",
    "gmtime",
    "id",
    "localtime",
    "mkdtemp",
    "mkstemp",
    "monotonic",
    "now",
    "perf_counter",
    "permutation",
    "platform",
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
    let words = code.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.filter_map(|word| CHANGING.binary_search(&word).ok()).map(|place| CHANGING[place]).next()
}

#[cfg(test)]
mod tests {
    use super::{CHANGING, changing};

    #[test]
    fn words_are_found_whole() {
        assert!(CHANGING.is_sorted());
        assert_eq!(changing("from datetime import date\n"), Some("datetime"));
        assert_eq!(changing("timely = randomize(dated)\n"), None);
    }
}
