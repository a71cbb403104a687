//! `sitemap.xml`, where the book says which address it has.

use std::path::Path;

use crate::SiteError;
use crate::page::escape;

/// Writes the map of these pages.
///
/// # Errors
/// When the system refuses.
pub(crate) fn write(urls: &[&str], address: &str, site: &Path) -> Result<(), SiteError> {
    let mut map = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for url in urls {
        map.push_str(&format!("<url><loc>{}</loc></url>\n", escape(&format!("{address}{url}"))));
    }
    map.push_str("</urlset>\n");
    Ok(fs_err::write(site.join("sitemap.xml"), map)?)
}
