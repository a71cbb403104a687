//! What stands in the head of a page for programs: where its other forms are, and, where the book has an address, what it is called
//! and about.

use exemplar_verify::weave::ledger::to_root;
use std::path::Path;

use mdbook::config::BookConfig;
use serde_json::json;

use crate::chapter::Picture;
use crate::download::Download;
use crate::page::escape;
use crate::timings;

/// A page as far as its head tells it.
pub(crate) struct Described<'a> {
    /// Its path from the root of the site.
    pub(crate) url: &'a str,
    /// Its title; none for the book's own first page.
    pub(crate) title: Option<&'a str>,
    /// The beginning of its text.
    pub(crate) summary: Option<String>,
    /// What previews of links to it show.
    pub(crate) picture: Option<&'a Picture>,
    /// Its other forms.
    pub(crate) forms: &'a [Download],
    /// Whether the site has an index of Pagefind's.
    pub(crate) has_index: bool,
    /// Whether it knows how long its examples took.
    pub(crate) has_timings: bool,
}

/// The additions to a head.
pub(crate) fn head(page: &Described<'_>, book: &BookConfig, address: Option<&str>) -> String {
    let root = to_root(Path::new(page.url));
    let mut head = String::new();
    if page.has_index {
        head.push_str("<meta name=\"exemplar-search\" content=\"pagefind\">");
    }
    if page.has_timings {
        head.push_str(&format!("<meta name=\"exemplar-timings\" content=\"{root}{}\">", timings::NAME));
    }
    for form in page.forms {
        let kind = match Path::new(&form.path).extension().and_then(|ending| ending.to_str()) {
            Some("md") => "text/markdown",
            Some("ipynb") => "application/x-ipynb+json",
            Some("py") => "text/x-python",
            _ => continue,
        };
        head.push_str(&format!(
            "<link rel=\"alternate\" type=\"{kind}\" href=\"{root}{}\">",
            escape(&form.path)
        ));
    }
    if let Some(address) = address {
        head.push_str(&described(page, book, address));
    }
    head
}

fn described(page: &Described<'_>, book: &BookConfig, address: &str) -> String {
    let book_title = book.title.as_deref().unwrap_or_default();
    let title = page.title.unwrap_or(book_title);
    let url = format!("{address}{}", if page.title.is_none() { "" } else { page.url });
    let summary = page.summary.as_deref().or(book.description.as_deref()).unwrap_or_default();
    let mut head = format!("<link rel=\"canonical\" href=\"{}\">", escape(&url));
    let kind = if page.title.is_none() { "book" } else { "article" };
    let mut properties = vec![
        ("og:type", kind.to_owned()),
        ("og:title", title.to_owned()),
        ("og:site_name", book_title.to_owned()),
        ("og:url", url.clone()),
        ("og:description", summary.to_owned()),
    ];
    if let Some(picture) = page.picture {
        let (width, height) = picture.size;
        properties.extend([
            ("og:image", format!("{address}{}", picture.path())),
            ("og:image:type", "image/png".to_owned()),
            ("og:image:width", width.to_string()),
            ("og:image:height", height.to_string()),
            ("og:image:alt", picture.words.clone()),
        ]);
        head.push_str("<meta name=\"twitter:card\" content=\"summary_large_image\">");
    }
    for (property, content) in properties {
        if !content.is_empty() {
            head.push_str(&format!("<meta property=\"{property}\" content=\"{}\">", escape(&content)));
        }
    }
    let authors: Vec<_> =
        book.authors.iter().map(|name| json!({ "@type": "Person", "name": name })).collect();
    let language = book.language.as_deref().unwrap_or("en");
    let data = if page.title.is_none() {
        json!({
            "@context": "https://schema.org", "@type": "Course", "name": title, "description": summary, "url": url,
            "inLanguage": language, "provider": authors,
        })
    } else {
        json!({
            "@context": "https://schema.org", "@type": "TechArticle", "headline": title, "description": summary, "url": url,
            "inLanguage": language, "author": authors,
            "isPartOf": { "@type": "Course", "name": book_title, "url": address },
        })
    };
    // Nothing in it may end the element.
    let data = data.to_string().replace('<', "\\u003c");
    head.push_str(&format!("<script type=\"application/ld+json\">{data}</script>"));
    head
}
