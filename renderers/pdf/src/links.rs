//! Where links lead: every place of the book that one can lead to has a key, by which Typst knows it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Component, Path, PathBuf};

use exemplar_model::anchor::{id_of, unique};

use crate::manuscript::Chapter;
use crate::tree::{Element, Node, visit};

/// What a link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// Something outside the book.
    Outside,
    /// A place in the book, by its key.
    Place(String),
    /// A file of the book that is no chapter.
    File,
    /// A chapter that is of use on a screen only.
    Screen,
    /// A chapter or place that there is not.
    Missing,
}

/// All places of a book.
#[derive(Debug)]
pub(crate) struct Links {
    chapters: BTreeMap<PathBuf, usize>,
    anchors: Vec<BTreeMap<String, usize>>,
    used: BTreeSet<String>,
    screen_only: BTreeSet<PathBuf>,
}

/// The key of a chapter.
pub(crate) fn chapter_key(chapter: usize) -> String {
    format!("c{chapter}")
}

impl Links {
    /// Gives every heading its anchor, as mdBook does, and collects the places of all chapters and what links to them.
    pub(crate) fn new(chapters: &[Chapter], trees: &mut [Vec<Node>], screen_only: &[&str]) -> Self {
        let mut links = Self {
            chapters: chapters.iter().enumerate().map(|(at, it)| (it.path.clone(), at)).collect(),
            anchors: Vec::new(),
            used: BTreeSet::new(),
            screen_only: screen_only.iter().map(PathBuf::from).collect(),
        };
        for tree in trees.iter_mut() {
            let mut taken = HashSet::new();
            name_headings(tree, &mut taken);
            let mut anchors = BTreeMap::new();
            visit(tree, &mut |element| {
                if let Some(id) = element.attribute("id").or_else(|| element.attribute("name")) {
                    let next = anchors.len();
                    anchors.entry(id.to_owned()).or_insert(next);
                }
            });
            links.anchors.push(anchors);
        }
        for (at, tree) in trees.iter().enumerate() {
            let mut used = Vec::new();
            visit(tree, &mut |element| {
                if let Some(href) = element.attribute("href")
                    && let Target::Place(key) = links.target(&chapters[at].path, href)
                {
                    used.push(key);
                }
            });
            links.used.extend(used);
        }
        links
    }

    /// Where a link of a chapter leads.
    pub(crate) fn target(&self, from: &Path, href: &str) -> Target {
        let has_scheme = href.split_once(':').is_some_and(|(scheme, _)| {
            !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        });
        if has_scheme || href.starts_with("//") {
            return Target::Outside;
        }
        let (path, anchor) = href.split_once('#').unwrap_or((href, ""));
        let path = if path.is_empty() { from.to_owned() } else { join(from, path) };
        let Some(chapter) = self.chapter_at(&path) else {
            if self.screen_only.contains(&path.with_extension("md")) {
                return Target::Screen;
            }
            let is_page = path.extension().is_none_or(|end| end == "md" || end == "html");
            return if is_page { Target::Missing } else { Target::File };
        };
        match self.key(chapter, anchor) {
            Some(key) => Target::Place(key),
            None => Target::Missing,
        }
    }

    /// The chapter with a path, whatever renderer the link was written for.
    pub(crate) fn chapter_at(&self, path: &Path) -> Option<usize> {
        let page = path.with_extension("md");
        let is_readme = page.file_name().is_some_and(|name| name.eq_ignore_ascii_case("README.md"));
        let index = is_readme.then(|| page.with_file_name("index.md"));
        self.chapters.get(&page).or_else(|| self.chapters.get(&index?)).copied()
    }

    /// The key of a place of a chapter.
    pub(crate) fn key(&self, chapter: usize, anchor: &str) -> Option<String> {
        if anchor.is_empty() {
            return Some(chapter_key(chapter));
        }
        let number = self.anchors.get(chapter)?.get(anchor)?;
        Some(format!("{}-{number}", chapter_key(chapter)))
    }

    /// The key of an element that something leads to.
    pub(crate) fn used_key(&self, chapter: usize, element: &Element) -> Option<String> {
        let id = element.attribute("id").or_else(|| element.attribute("name"))?;
        self.key(chapter, id).filter(|key| self.used.contains(key))
    }
}

/// The path from the source folder that a path means in a chapter.
pub(crate) fn join(from: &Path, path: &str) -> PathBuf {
    let mut joined = from.parent().unwrap_or(Path::new("")).to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(part) => joined.push(part),
            Component::ParentDir => {
                joined.pop();
            }
            Component::RootDir => joined.clear(),
            Component::CurDir | Component::Prefix(_) => {}
        }
    }
    joined
}

fn name_headings(nodes: &mut [Node], taken: &mut HashSet<String>) {
    for node in nodes {
        let Node::Element(element) = node else { continue };
        let is_named = matches!(element.name.as_str(), "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "dt");
        if is_named && element.attribute("id").is_none() {
            let id = unique(&id_of(&element.text()), taken);
            element.attributes.push(("id".to_owned(), id));
        }
        name_headings(&mut element.children, taken);
    }
}
