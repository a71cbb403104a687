//! What CPython 3.10 to 3.13 really show of exceptions, against what they really raise.
//!
//! `tracebacks.json` was recorded from 3.10.13, 3.11.7, 3.12.1 and 3.13.0: of each exception, what a script leaves on stderr, what the
//! plain REPL does, and what the driver would say of it. Left out is a `NameError` with a suggestion on 3.10, whose `traceback` module does
//! not know the suggestion that its terminal shows.

use exemplar_model::flags::Flags;
use exemplar_model::outcome::{Ending, Raised};
use exemplar_model::plan::Example;
use serde::Deserialize;

use super::{ended, prompt, verdicts, words};

#[derive(Deserialize)]
struct Recorded {
    name: String,
    python: String,
    raised: Raised,
    pages: Vec<String>,
}

#[test]
fn what_python_shows_is_what_it_raised() {
    let recorded: Vec<Recorded> = serde_json::from_str(include_str!("tracebacks.json")).unwrap();
    assert!(recorded.len() > 50);
    for Recorded { name, python, raised, pages } in &recorded {
        for page in pages {
            let judged = |page: &str| {
                let example = Example { flags: Flags::none(), ..prompt("f()", page) };
                words(&verdicts(vec![(example, ended(Ending::Raised(raised.clone().into())))])[0])
            };
            assert_eq!(judged(page), "passed", "{name} on {python}:\n{page}");
            let other = page.replace(raised.kind.as_str(), "OtherError");
            assert_ne!(judged(&other), "passed", "{name} on {python}:\n{other}");
            let other = page.trim_end_matches(['\n', '-', '+', ' ']);
            let other = format!("{other}x\n{}", &page[other.len()..]);
            assert_ne!(judged(&other), "passed", "{name} on {python}:\n{other}");
        }
    }
}
