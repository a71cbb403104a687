//! Outputs that were the same in two runs by chance alone: a die that fell twice on the same side, the year of today.
//!
//! Told from the code, since running again can't tell: `random.randint(1, 3)` is the same in every third pair of runs. What a generator
//! gives that was seeded is no chance. Only for what would be written into a page: nothing is said against an output that is right.

use std::sync::LazyLock;

use exemplar_model::plan::Session;
use regex::Regex;

use super::flow::Flow;
use super::unstable::Cause;

/// What draws random numbers, where one of the modules is imported that have such functions.
static DRAWS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:random|shuffle|sample|choices?|rand(?:int|range|bytes|bits|below|n)?|uniform|gauss|getrandbits|uuid[14]|urandom|token_(?:hex|bytes|urlsafe))\s*\(",
    )
});
static IMPORTS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)^\s*(?:from|import)\b.*\b(?:random|secrets|uuid|numpy|os)\b"));
static SEEDED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\bseed\s*\(|\b(?:Random|default_rng|RandomState)\s*\(\s*[^\s)]"));
/// What gives the moment of the run.
static NOW: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:now|utcnow)\s*\(|\b(?:today|localtime|gmtime|ctime|asctime)\s*\(\s*\)"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant")
}

/// Why what a step of a session prints may be the same by chance in each run that there was.
#[must_use]
pub(crate) fn of(session: &Session, step: usize) -> Option<Cause> {
    let code: Vec<&str> = session.steps.get(..=step)?.iter().map(|step| step.code.as_str()).collect();
    of_last(&code)
}

/// The same of the last of these pieces of code.
fn of_last(code: &[&str]) -> Option<Cause> {
    let (own, above) = code.split_last()?;
    let all = || above.iter().copied().chain([*own]);
    let is_random = all().any(|code| IMPORTS.is_match(code)) && !all().any(|code| SEEDED.is_match(code));
    let mut used = Flow::of(own).uses;
    let mut code = vec![*own];
    for above in above.iter().rev() {
        let flow = Flow::of(above);
        // `shuffle(cards)` neither binds its cards nor calls a method of theirs.
        let draws =
            DRAWS.is_match(above) && flow.uses.iter().any(|name| used.contains(name) && name != "random");
        if draws || flow.binds.iter().chain(&flow.changes).any(|name| used.contains(name) && name != "random")
        {
            used.retain(|name| !flow.binds.contains(name));
            used.extend(flow.uses);
            code.push(above);
        }
    }
    let has = |pattern: &Regex| code.iter().any(|code| pattern.is_match(code));
    match (is_random && has(&DRAWS), has(&NOW)) {
        (true, _) => Some(Cause::Random),
        (_, true) => Some(Cause::Time),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::of_last;
    use crate::check::unstable::Cause;

    #[track_caller]
    fn check(code: &[&str], expected: Option<Cause>) {
        assert_eq!(of_last(code), expected, "{code:?}");
    }

    #[test]
    fn dice_and_clocks_are_left_to_chance() {
        check(&["import random", "random.randint(1, 3)"], Some(Cause::Random));
        check(&["import random", "x = random.random()", "y = x > 0.5", "y"], Some(Cause::Random));
        check(
            &["from random import shuffle", "cards = [1, 2]", "shuffle(cards)", "cards"],
            Some(Cause::Random),
        );
        check(&["from datetime import date", "date.today().year"], Some(Cause::Time));
    }

    #[test]
    fn seeds_and_names_alone_are_no_chance() {
        check(&["import random", "random.seed(1)", "random.randint(1, 3)"], None);
        check(&["def choice(menu): return menu[0]", "choice('ab')"], None);
        check(&["import random", "x = random.random()", "x = 5", "x"], None);
        check(&["import random", "x = random.random()", "1 + 1"], None);
    }
}
