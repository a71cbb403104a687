//! What is written beside the pages that mdBook has rendered, and the links to it in them.

use std::path::Path;

use exemplar_model::report::Python;
use exemplar_verify::weave::ledger::{self, Ledger};
use mdbook::book::Chapter;
use mdbook::config::{BookConfig, HtmlConfig};

use crate::chapter::{Companion, Picture, VerifiedChapter};
use crate::colour::Colours;
use crate::download::{self, Download};
use crate::machines::{self, Described};
use crate::{SiteError, page, search, timings};

/// What it is written from.
pub(crate) struct Written<'a> {
    /// The folder of the site, with the pages.
    pub(crate) site: &'a Path,
    /// What book.toml says of the book.
    pub(crate) book: &'a BookConfig,
    /// And of its site.
    pub(crate) html: &'a HtmlConfig,
    /// All chapters, generated ones too, without their text; in reading order.
    pub(crate) pages: &'a [Chapter],
    /// Those whose examples were run.
    pub(crate) chapters: &'a [VerifiedChapter<'a>],
    /// What was verified.
    pub(crate) ledger: &'a Ledger,
    /// Other forms of the whole book.
    pub(crate) companions: &'a [Companion],
    /// What previews of links show.
    pub(crate) pictures: &'a [Picture],
    /// The colours of code that was read already.
    pub(crate) colours: &'a Colours,
    /// On which Python.
    pub(crate) python: Option<&'a Python>,
    /// Whether pages are to say how long each fence took.
    pub(crate) is_timed: bool,
}

/// Writes everything.
///
/// # Errors
/// When the system refuses.
pub(crate) fn write(written: &Written<'_>) -> Result<(), SiteError> {
    let Written { site, book, html, pages, chapters, ledger, companions, pictures, colours, python, .. } =
        written;
    if !ledger.chapters.is_empty() {
        let record = serde_json::to_string_pretty(ledger).map_err(std::io::Error::other)?;
        fs_err::write(site.join("verified.json"), record + "\n")?;
    }
    let has_timings = written.is_timed && !chapters.is_empty();
    if has_timings {
        timings::write(chapters, &book.src, site)?;
    }
    let address = machines::address(html.site_url.as_deref());
    let address = address.as_deref();
    let markdown = machines::write_markdown(chapters, book, address, site)?;
    let mut forms: Vec<(String, Vec<Download>)> = Vec::new();
    for (chapter, markdown) in chapters.iter().zip(markdown) {
        let mut own = download::write(chapter, *python, site)?;
        own.extend(markdown);
        forms.push((chapter.url(), own));
    }
    let shared = shared(companions, pages, site)?;
    for picture in *pictures {
        let to = site.join(picture.path());
        fs_err::create_dir_all(to.parent().unwrap_or(site))?;
        fs_err::write(to, &picture.content)?;
    }
    let has_index = search::is_wanted(html);
    let rendered: Vec<Page<'_>> = pages
        .iter()
        .filter_map(|chapter| rendered_page(chapter, site).transpose())
        .collect::<Result<_, _>>()?;
    if let Some(address) = address {
        let urls: Vec<&str> = rendered.iter().map(|page| page.url.as_str()).collect();
        machines::write_sitemap(&urls, address, site)?;
    }
    let not_found = site.join(html.get_404_output_file());
    if not_found.exists() {
        let page = fs_err::read_to_string(&not_found)?;
        fs_err::write(&not_found, page::not_found(&colours.with_colours(&page), html.site_url.as_deref()))?;
    }
    let all_pages = site.join("print.html");
    if all_pages.exists() {
        let page = fs_err::read_to_string(&all_pages)?;
        fs_err::write(&all_pages, colours.with_colours(&page))?;
    }
    let has_own_index = rendered.iter().any(|page| page.url == "index.html");
    for (number, page) in rendered.iter().enumerate() {
        let own = forms.iter().find(|(url, _)| *url == page.url).map_or(&[][..], |(_, own)| own);
        let picture = |url: &str| pictures.iter().find(|picture| picture.page == url);
        let mut described = Described {
            url: &page.url,
            title: Some(page.title),
            summary: summary(&page.html),
            picture: picture(&page.url),
            forms: own,
            has_index,
            has_timings,
        };
        let head = machines::head(&described, book, address);
        let end = page::downloads(&page.url, own, &shared);
        let coloured = colours.with_colours(&page.html);
        fs_err::write(site.join(&page.url), page::with_additions(&coloured, &head, &end))?;
        // The first chapter is the first page too.
        if number == 0 && !has_own_index {
            let html = fs_err::read_to_string(site.join("index.html"))?;
            described.url = "index.html";
            described.title = None;
            described.picture = picture("index.html");
            let head = machines::head(&described, book, address);
            let end = page::downloads("index.html", own, &shared);
            let coloured = colours.with_colours(&html);
            fs_err::write(site.join("index.html"), page::with_additions(&coloured, &head, &end))?;
        }
    }
    Ok(())
}

/// A page as mdBook has rendered it.
struct Page<'a> {
    title: &'a str,
    url: String,
    html: String,
}

/// None for a draft, which has no page.
fn rendered_page<'a>(chapter: &'a Chapter, site: &Path) -> Result<Option<Page<'a>>, SiteError> {
    let Some(path) = chapter.path.as_ref().filter(|path| !path.as_os_str().is_empty()) else {
        return Ok(None);
    };
    let url = ledger::page(path);
    let html = fs_err::read_to_string(site.join(&url))?;
    Ok(Some(Page { title: &chapter.name, url, html }))
}

/// What every page links to: the other forms of the book, and its flashcards with their deck.
fn shared(companions: &[Companion], pages: &[Chapter], site: &Path) -> Result<Vec<Download>, SiteError> {
    let mut shared = Vec::new();
    for companion in companions {
        fs_err::write(site.join(&companion.path), &companion.content)?;
        shared.push(Download { path: companion.path.clone(), words: companion.words });
    }
    let cards = Path::new("appendix/flashcards.md");
    if pages.iter().any(|page| page.path.as_deref() == Some(cards)) {
        shared.push(Download { path: ledger::page(cards), words: "flashcards, and a deck for Anki" });
    }
    Ok(shared)
}

/// The beginning of a page's first paragraph, without markup.
fn summary(html: &str) -> Option<String> {
    let start = html.find("<main>")?;
    let from = start + html[start..].find("<p>")? + "<p>".len();
    let end = from + html[from..].find("</p>")?;
    let mut text = String::new();
    let mut inside = false;
    for c in html[from..end].chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(if c == '\n' { ' ' } else { c }),
            _ => {}
        }
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    let short: String = text.chars().take(200).collect();
    let short = match (short.len() < text.len(), short.rfind(' ')) {
        (true, Some(at)) => format!("{} …", &short[..at]),
        _ => short,
    };
    (!short.trim().is_empty()).then(|| short.trim().to_owned())
}
