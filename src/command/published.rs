//! Whether the published site is the one that would be rendered: then it stays as it is.
//!
//! All that a site is made of has a hash, and beside the kept results stands what tree was published of it. Where the same is to be rendered
//! again and that very tree is still there, byte for byte, there is nothing to do. Whoever changes a published file gets it mended.

use std::path::Path;

use exemplar_site::Site;
use exemplar_verify::cache::{Cache, Ingredients};
use exemplar_verify::load::project::BookLayout;
use mdbook::config::HtmlConfig;

/// What a site is made of.
pub(super) struct Recipe<'a> {
    cache: &'a Cache,
    of: Ingredients,
}

impl<'a> Recipe<'a> {
    /// All that the site is made of; none where that can't be said. `theme` is the folder of the book's own theme.
    pub(super) fn of(site: &Site<'_>, layout: &BookLayout, theme: &Path, cache: &'a Cache) -> Option<Self> {
        // Files beside the pages lie among the sources. Where that is the whole project, what is built lies there too.
        if layout.source == layout.root {
            return None;
        }
        let mut of = Ingredients::of(cache, "site")
            .text(&serde_json::to_string(&site.book).ok()?)
            .text(&serde_json::to_string(site.config).ok()?)
            .text(&serde_json::to_string(&site.ledger).ok()?)
            .text(&format!("{:?} {}", site.python, site.is_timed));
        let mut titles: Vec<_> = site.titles.iter().collect();
        titles.sort();
        of = of.text(&format!("{titles:?}"));
        for chapter in &site.chapters {
            of = of.text(&format!("{} {:?} {:?}", chapter.title, chapter.path, chapter.sessions));
            of = of.text(&chapter.page.expanded.text);
            for example in chapter.examples {
                // Whether a result was kept does not show; and how long it took was told when the site was rendered.
                let mut result = example.result.clone();
                (result.cached, result.duration_ms) = (false, 0.0);
                of = of
                    .text(&serde_json::to_string(&(result, &example.displays, &example.warnings)).ok()?)
                    .text(&format!("{} {:?}", example.fence, example.span));
            }
        }
        for companion in &site.companions {
            of = of.text(&companion.path).text(companion.words).bytes(&companion.content);
        }
        let html: HtmlConfig = site.config.get("output.html").ok().flatten().unwrap_or_default();
        of = of.files(&layout.source).files(theme);
        for file in html.additional_css.iter().chain(&html.additional_js) {
            of = of.files(&layout.root.join(file));
        }
        Some(Self { cache, of })
    }

    /// Whether this folder is what was published of it.
    pub(super) fn is_published(&self, site: &Path) -> bool {
        self.cache.made(&self.of).is_some_and(|tree| tree == self.tree(site).as_bytes())
    }

    /// Keeps what was published of it.
    pub(super) fn keep(&self, site: &Path) {
        self.cache.keep_made(&self.of, self.tree(site).as_bytes());
    }

    fn tree(&self, site: &Path) -> String {
        Ingredients::of(self.cache, "tree").files(site).name()
    }
}
