//! What programs read: Markdown of each chapter with its real outputs, an index of it, and what search engines and link previews ask for.

mod head;
mod llms;
mod sitemap;

pub(crate) use self::head::{Described, head};
pub(crate) use self::llms::write as write_markdown;
pub(crate) use self::sitemap::write as write_sitemap;

/// The address of the site as `site-url` says it, where it is a whole one; with a slash at its end.
#[must_use]
pub(crate) fn address(site_url: Option<&str>) -> Option<String> {
    let url = site_url?;
    let is_whole = url.starts_with("https://") || url.starts_with("http://");
    is_whole.then(|| format!("{}/", url.trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn only_a_whole_address_is_one() {
        assert_eq!(address(None), None);
        assert_eq!(address(Some("/book/")), None);
        assert_eq!(address(Some("https://example.org/book")).as_deref(), Some("https://example.org/book/"));
    }
}
