//! Pictures: vectors stay vectors.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Converter, Picture};
use crate::emit::literal;
use crate::finding::code;
use crate::links::{self, Target};
use crate::tree::{Element, Node};

impl<'a> Converter<'a> {
    /// Whether an element is a picture that stands on lines of its own, even where text is beside it.
    pub(super) fn is_picture(&self, element: &Element) -> bool {
        let is_picture =
            element.name == "img" || (element.name == "svg" && element.attribute("small").is_none());
        is_picture && !self.inside.cell && !self.inside.heading
    }

    /// Sets a `figure`: a listing with its caption, or a picture with one.
    pub(super) fn figure(&mut self, element: &'a Element) {
        let caption = element.elements().find(|inner| inner.name == "figcaption");
        let image = element.find(&|inner| matches!(inner.name.as_str(), "img" | "svg"));
        if let (Some(image), false) = (image, element.has_class("exemplar-listing")) {
            self.anchor(element);
            self.picture(image, caption);
            return;
        }
        self.key = self.claimed(element);
        self.caption = caption;
        let is_caption = |node: &&'a Node| node.named("figcaption").is_some();
        self.flow_around(&element.children, &is_caption, |_, _| {});
        // What had no listing in it says its caption all the same.
        if let Some(caption) = self.caption.take() {
            self.source.raw("\n\n#labelled");
            self.bracketed(|this| this.inline(caption.children.iter()));
        }
        if let Some(key) = self.key.take() {
            self.source.raw(&format!("#at({})", literal(&key)));
        }
    }

    /// Sets a picture on lines of its own.
    pub(super) fn picture(&mut self, image: &'a Element, caption: Option<&'a Element>) {
        let Some((file, alt)) = self.loaded(image) else { return };
        let alt = alt.map_or("none".to_owned(), |alt| literal(&alt));
        let title = image.attribute("title").filter(|title| !title.is_empty());
        let key = self.claimed(image).map_or("none".to_owned(), |key| literal(&key));
        self.source.raw("\n\n#picture(");
        self.source.literal(&file, &image.range);
        self.source.raw(&format!(", {alt}, key: {key}"));
        if caption.is_some() || title.is_some() {
            self.numbers.figures += 1;
            let number = self.numbered(self.numbers.figures);
            self.source.raw(&format!(", number: {}, caption: ", literal(&number)));
            let title = title.map(|title| self.shown(title, &image.range));
            self.bracketed(|this| match (caption, title) {
                (Some(caption), _) => this.inline(caption.children.iter()),
                (None, Some(title)) => this.source.text(&title, &image.range),
                (None, None) => {}
            });
        }
        self.source.raw(")\n\n");
    }

    /// Sets a picture as high as the text beside it.
    pub(super) fn inline_picture(&mut self, image: &'a Element) {
        let Some((file, alt)) = self.loaded(image) else { return };
        let alt = alt.map_or("none".to_owned(), |alt| literal(&alt));
        self.source.raw("#box(height: 1.1em, baseline: 15%, described(");
        self.source.literal(&file, &image.range);
        self.source.raw(&format!(", {alt}))"));
    }

    /// Reads a picture: its file, and its words unless it is said to be an ornament. Nothing where it can't be set, which is found.
    fn loaded(&mut self, image: &Element) -> Option<(String, Option<String>)> {
        let source = image.attribute("src").unwrap_or_default();
        let alt = image.attribute("alt").unwrap_or_default().trim().to_owned();
        let is_drawing = image.name == "svg";
        let is_ornament =
            image.attribute("role") == Some("presentation") || image.attribute("aria-hidden") == Some("true");
        if alt.is_empty() && !is_ornament {
            let help = if is_drawing {
                "say in its `<title>` what it shows, or hide it from those who listen with `aria-hidden=\"true\"`"
            } else {
                "say between the brackets what it shows: `![what it shows](…)`"
            };
            let message = "the picture has no words for those who can't see it";
            self.find(code::MISSING_ALT, &image.range, message, Some(help));
            return None;
        }
        let content = match (image.attribute("source"), data(source)) {
            (Some(drawing), _) => drawing.as_bytes().to_vec(),
            (None, Some(content)) => content,
            (None, None) => self.read(source, image)?,
        };
        let Some(end) = format(&content) else {
            let message = format!(
                "`{}` is no SVG, PNG, JPEG, GIF or WebP, which is what the PDF can show",
                shortened(source)
            );
            self.find(code::MISSING_PICTURE, &image.range, message, None);
            return None;
        };
        let path = format!("pictures/{}-{}.{end}", self.prefix, self.done.pictures.len());
        self.done.pictures.insert(path.clone(), Picture { content, range: image.range.clone() });
        Some((format!("/{path}"), Some(alt).filter(|_| !is_ornament)))
    }

    fn read(&mut self, source: &str, image: &Element) -> Option<Vec<u8>> {
        if self.shelf.links.target(&self.chapter().path, source) == Target::Outside {
            let message = format!("`{source}` is not in the book, and nothing is fetched for the PDF");
            let help = "save the picture beside the chapter and name that file";
            self.find(code::MISSING_PICTURE, &image.range, message, Some(help));
            return None;
        }
        let clean = source.split(['?', '#']).next().unwrap_or_default();
        // The folder of a generated chapter need not be there.
        let path = self.shelf.source.join(links::join(&self.chapter().path, clean));
        // Only what is published with the book can be in it: a link out of the sources could show any file of the machine's.
        let real = fs_err::canonicalize(&path).ok();
        let root = fs_err::canonicalize(self.shelf.source).ok();
        let inside = real.zip(root).is_some_and(|(real, root)| real.starts_with(root));
        match fs_err::read(&path) {
            Ok(content) if inside => Some(content),
            Ok(_) => {
                let message = format!("`{source}` lies outside of the book's sources");
                self.find(code::MISSING_PICTURE, &image.range, message, None);
                None
            }
            Err(error) => {
                let message = format!("`{source}` can't be read: {}", error.kind());
                self.find(code::MISSING_PICTURE, &image.range, message, None);
                None
            }
        }
    }
}

/// The content of a `data:` address.
pub(super) fn data(source: &str) -> Option<Vec<u8>> {
    let (head, body) = source.strip_prefix("data:")?.split_once(',')?;
    if head.ends_with(";base64") { STANDARD.decode(body.trim()).ok() } else { Some(body.as_bytes().to_vec()) }
}

/// What a picture is, by its first bytes.
fn format(content: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| content.starts_with(magic);
    if starts(b"\x89PNG") {
        Some("png")
    } else if starts(b"\xff\xd8\xff") {
        Some("jpg")
    } else if starts(b"GIF8") {
        Some("gif")
    } else if starts(b"RIFF") && content.get(8..12) == Some(b"WEBP") {
        Some("webp")
    } else if std::str::from_utf8(content).is_ok_and(|text| text.contains("<svg")) {
        Some("svg")
    } else {
        None
    }
}

fn shortened(source: &str) -> String {
    if source.chars().count() > 60 {
        source.chars().take(59).chain(['…']).collect()
    } else {
        source.to_owned()
    }
}
