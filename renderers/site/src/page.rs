//! What is added to pages that mdBook has rendered: links to what is written beside them, and what programs read in their heads.
//!
//! mdBook's renderer takes no data of ours into its templates. So the additions go to two places that every page has, each between two
//! marks: without them, a page is byte for byte the one that a stock mdBook renders.

use exemplar_verify::weave::ledger::to_root;
use std::path::Path;

use crate::download::Download;

/// Before and after what is added.
pub(crate) const MARKS: [&str; 2] = ["<!-- exemplar-site -->", "<!-- /exemplar-site -->"];

/// A rendered page with additions at the end of its head and of its text.
pub(crate) fn with_additions(html: &str, head: &str, end: &str) -> String {
    let mut page = html.to_owned();
    for (place, text, is_first) in [("</main>", end, false), ("</head>", head, true)] {
        let found = if is_first { page.find(place) } else { page.rfind(place) };
        if let Some(at) = found.filter(|_| !text.is_empty()) {
            page.insert_str(at, &format!("{}{text}{}", MARKS[0], MARKS[1]));
        }
    }
    page
}

/// The page for what is not there. Where the book says its address, the way from the root of the host to it is what all links of the page
/// begin with: mdBook takes the address as it is written, which leaves a copy of the site for the real one, and breaks without a slash at
/// its end. Where the book does not say it, nobody knows below which folder the site lies: then that is looked for, from the deepest
/// folder on, before anything of the page is loaded.
pub(crate) fn not_found(html: &str, site_url: Option<&str>) -> String {
    let start = "<p class=\"exemplar-start\"><a href=\"index.html\">To the start of the book</a></p>";
    let page = with_additions(html, "", start);
    let base = match site_url {
        Some(url) => format!("<base href=\"{}\">", escape(&root_of(url))),
        None => format!("<script>{FIND_ROOT}</script>"),
    };
    match page.find("<base href=") {
        Some(at) => format!("{}{}{base}{}{}", &page[..at], MARKS[0], MARKS[1], &page[at..]),
        None => page,
    }
}

/// The folder of a site from the root of its host.
fn root_of(url: &str) -> String {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
    let path = path.trim_matches('/');
    if path.is_empty() { "/".to_owned() } else { format!("/{path}/") }
}

/// The first `base` of a page is the one that holds.
const FIND_ROOT: &str = "(function () {\
    if (location.protocol === 'file:') { document.write('<base href=\"./\">'); return; }\
    for (let folder = location.pathname; folder; ) {\
        folder = folder.slice(0, folder.slice(0, -1).lastIndexOf('/') + 1);\
        const asked = new XMLHttpRequest();\
        asked.open('HEAD', folder + 'toc.html', false);\
        try { asked.send(); } catch (_) { return; }\
        if (asked.status === 200) { document.write('<base href=\"' + folder + '\">'); return; }\
    }\
})();";

/// The links at the end of a chapter, which the script also puts into the menu.
pub(crate) fn downloads(url: &str, own: &[Download], shared: &[Download]) -> String {
    if own.is_empty() && shared.is_empty() {
        return String::new();
    }
    let root = to_root(Path::new(url));
    let links: Vec<String> = own
        .iter()
        .chain(shared)
        .map(|download| {
            let kind = if download.path.ends_with(".html") { "" } else { " download" };
            format!("<a href=\"{root}{}\"{kind}>{}</a>", escape(&download.path), escape(download.words))
        })
        .collect();
    format!("<p class=\"exemplar-downloads\">To take along: {}.</p>", links.join(" · "))
}

/// Text in HTML, also as a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::{MARKS, not_found, with_additions};

    #[test]
    fn without_what_is_between_the_marks_a_page_is_as_it_was() {
        let html = "<head><title>x</title></head><body><main>a</main> <main>b</main></body>";
        let mut page = with_additions(html, "<meta>", "<p>");
        assert!(page.contains("<meta><!-- /exemplar-site --></head>"), "{page}");
        assert!(page.contains("b<!-- exemplar-site --><p><!-- /exemplar-site --></main></body>"), "{page}");
        while let Some(at) = page.find(MARKS[0]) {
            let end = page.find(MARKS[1]).unwrap() + MARKS[1].len();
            page.replace_range(at..end, "");
        }
        assert_eq!(page, html);
    }

    #[test]
    fn a_page_that_is_not_there_finds_its_style_from_every_depth() {
        let page = "<head><base href=\"x\"></head><main></main>";
        for (url, root) in [
            ("https://example.org/book", "/book/"),
            ("https://example.org", "/"),
            ("/book/", "/book/"),
            ("/", "/"),
            ("a/b", "/a/b/"),
        ] {
            let html = not_found(page, Some(url));
            let first = html.find("<base href=").unwrap();
            assert!(html[first..].starts_with(&format!("<base href=\"{root}\">")), "{html}");
        }
        assert!(not_found(page, None).contains("<script>"));
    }
}
