//! What browsers see: the last whole site, newer versions of single pages over it, and what is wrong.
//!
//! Pages have versions, which only grow. A browser knows the version of the page that it shows, hears of newer ones, and loads the page
//! again. A page that was rendered by itself lies over the site until a whole one that is at least as new takes its place.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use exemplar_site::with_main;
use serde::Serialize;
use tokio::sync::watch;

use super::issues::Issue;
use crate::failure::Failure;

/// Where the parts of this program lie that pages need, from the site's root.
pub(super) const OWN: &str = "/__exemplar/";

/// Before what a page's own script is put.
const END_OF_BODY: &str = "</body>";

/// All that browsers see.
pub(super) struct Shown {
    /// The folder of the whole site.
    site: PathBuf,
    state: Mutex<State>,
    /// Wakes those who listen.
    news: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    news: u64,
    /// Why pages can't be brought up to date at the moment.
    problem: Option<String>,
    pages: BTreeMap<String, Page>,
}

#[derive(Default)]
struct Page {
    version: u64,
    issues: Vec<Issue>,
    /// The page by itself, and the round that it is of.
    newer: Option<(u64, String)>,
}

/// What browsers are told.
#[derive(Serialize)]
struct Told<'a> {
    problem: Option<&'a str>,
    pages: BTreeMap<&'a str, ToldPage<'a>>,
}

#[derive(Serialize)]
struct ToldPage<'a> {
    version: u64,
    issues: &'a [Issue],
}

impl Shown {
    /// Nothing yet; whole sites come into this folder.
    pub(super) fn new(site: PathBuf) -> Self {
        Self { site, state: Mutex::default(), news: watch::Sender::new(0) }
    }

    /// Where the whole site lies.
    pub(super) fn site(&self) -> &PathBuf {
        &self.site
    }

    /// Hears of news.
    pub(super) fn listen(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What a thread left that panicked is still a state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, mut state: MutexGuard<'_, State>) {
        state.news += 1;
        let news = state.news;
        drop(state);
        self.news.send_replace(news);
    }

    /// All that is to be known, in JSON.
    pub(super) fn told(&self) -> String {
        let state = self.state();
        let pages = state
            .pages
            .iter()
            .map(|(path, page)| (path.as_str(), ToldPage { version: page.version, issues: &page.issues }));
        let told = Told { problem: state.problem.as_deref(), pages: pages.collect() };
        serde_json::to_string(&told).unwrap_or_default()
    }

    /// Says why pages can't be brought up to date.
    pub(super) fn trouble(&self, failure: &Failure) {
        let mut state = self.state();
        let problem = Some(failure.to_string());
        if state.problem != problem {
            state.problem = problem;
            self.tell(state);
        }
    }

    /// Takes pages that were rendered by themselves in this round: path, what stands in `<main>`, and what is wrong. Those that the whole
    /// site does not have yet wait for it.
    pub(super) fn take_pages(&self, round: u64, pages: Vec<(String, String, Vec<Issue>)>) {
        let mut state = self.state();
        state.problem = None;
        for (path, main, issues) in pages {
            let frame = fs_err::read_to_string(self.site.join(&path)).ok();
            let Some(whole) = frame.and_then(|frame| with_main(&frame, &main)) else { continue };
            let page = state.pages.entry(path).or_default();
            page.version += 1;
            page.issues = issues;
            page.newer = Some((round, whole));
        }
        self.tell(state);
    }

    /// Takes a whole site of this round, which `place` puts in its folder: what is wrong with each page, by its path.
    pub(super) fn take_site(
        &self,
        round: u64,
        pages: BTreeMap<String, Vec<Issue>>,
        place: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut state = self.state();
        let before: BTreeMap<String, Option<String>> =
            pages.keys().map(|path| (path.clone(), self.html(&state, path))).collect();
        place()?;
        state.problem = None;
        state.pages.retain(|path, _| pages.contains_key(path));
        for (path, issues) in pages {
            let page = state.pages.entry(path.clone()).or_default();
            if page.newer.as_ref().is_some_and(|(newer, _)| *newer > round) {
                continue;
            }
            page.newer = None;
            let issues_changed = page.issues != issues;
            page.issues = issues;
            let now = fs_err::read_to_string(self.site.join(&path)).ok();
            let is_another = before
                .get(&path)
                .is_none_or(|before| before.as_deref().map(without_hash) != now.as_deref().map(without_hash));
            if issues_changed || is_another {
                state.pages.entry(path).or_default().version += 1;
            }
        }
        self.tell(state);
        Ok(())
    }

    fn html(&self, state: &State, path: &str) -> Option<String> {
        match state.pages.get(path).and_then(|page| page.newer.as_ref()) {
            Some((_, newer)) => Some(newer.clone()),
            None => fs_err::read_to_string(self.site.join(path)).ok(),
        }
    }

    /// A page with the script that keeps it up to date.
    pub(super) fn page(&self, path: &str) -> Option<String> {
        let state = self.state();
        let html = self.html(&state, path)?;
        let version = state.pages.get(path).map_or(0, |page| page.version);
        let script = format!(
            "<script src=\"{OWN}page.js\" data-page=\"{}\" data-version=\"{version}\" defer></script>\n",
            path.replace('&', "&amp;").replace('"', "&quot;")
        );
        let end = html.rfind(END_OF_BODY).unwrap_or(html.len());
        Some([&html[..end], &script, &html[end..]].concat())
    }
}

/// A page without the hash in the name of the search index, which is another one after each edit of any page.
fn without_hash(html: &str) -> String {
    const INDEX: &str = "searchindex-";
    let mut parts = html.split(INDEX);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text += INDEX;
        text += part.trim_start_matches(|letter: char| letter.is_ascii_hexdigit());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::Shown;
    use std::collections::BTreeMap;

    #[test]
    fn a_newer_page_lies_over_the_site_until_a_site_is_as_new() {
        let folder = tempfile::tempdir().unwrap();
        let shown = Shown::new(folder.path().to_owned());
        let placing = |text: &'static str| {
            let path = folder.path().join("a.html");
            move || {
                fs_err::write(path, format!("<body><main>{text}</main></body>")).unwrap();
                Ok(())
            }
        };
        let pages = || BTreeMap::from([("a.html".to_owned(), Vec::new())]);
        let sees = |words: &str, version: u64| {
            let page = shown.page("a.html").unwrap();
            assert!(page.contains(words) && page.contains(&format!("data-version=\"{version}\"")), "{page}");
        };
        shown.take_site(1, pages(), placing("one")).unwrap();
        sees("one", 1);
        shown.take_pages(3, vec![("a.html".to_owned(), "three".to_owned(), Vec::new())]);
        sees("<main>three</main>", 2);
        shown.take_site(2, pages(), placing("two")).unwrap();
        sees("three", 2);
        shown.take_site(3, pages(), placing("three")).unwrap();
        sees("three", 2);
        shown.take_site(4, pages(), placing("four")).unwrap();
        sees("four", 3);
        shown.take_site(5, pages(), placing("four<script src=\"searchindex-01ab.js\">")).unwrap();
        sees("01ab", 4);
        shown.take_site(6, pages(), placing("four<script src=\"searchindex-ff02.js\">")).unwrap();
        sees("ff02", 4);
    }
}
