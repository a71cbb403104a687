//! What the prose mentions (`PEP 484`) and what the examples import, with the sections where.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use regex::Regex;
use serde::Serialize;

use crate::markdown::escape;
use crate::section::{section_at, sections};

/// `PEP 484`, `PEPs 484`.
static PEP: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\bPEP[s]?[ -]?(\d{1,4})\b").expect("a constant pattern"));

/// The first name of an import, at the start of a line of code.
static IMPORT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^(?:>>> |\.\.\. )?[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*)[\w. ]*(?:import\b|,|$|#|;)")
        .expect("a constant pattern")
});

/// The caption of a file that an example writes.
static FILE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"<figcaption><code>(?:src/)?([A-Za-z_]\w*)(?:\.py|/)").expect("a constant pattern")
});

/// Where something is mentioned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Mention {
    link: String,
    html: String,
}

/// Mentions, each in the order of the book and once for a section.
#[derive(Debug, Default, Serialize)]
pub(crate) struct References {
    #[serde(serialize_with = "listed")]
    peps: BTreeMap<u32, Vec<Mention>>,
    #[serde(serialize_with = "listed")]
    modules: BTreeMap<String, Vec<Mention>>,
    /// Modules that the examples write themselves.
    #[serde(skip)]
    own: BTreeSet<String>,
}

/// A name with its mentions, as templates get it.
#[derive(Serialize)]
struct Named<'a, K> {
    name: &'a K,
    places: &'a [Mention],
}

fn listed<K: Serialize, S: serde::Serializer>(
    map: &BTreeMap<K, Vec<Mention>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(map.iter().map(|(name, places)| Named { name, places }))
}

impl References {
    /// Whether there is nothing to list.
    pub(crate) fn is_empty(&self) -> bool {
        self.peps.is_empty() && self.modules.is_empty()
    }

    /// Reads a woven chapter.
    pub(crate) fn read(&mut self, text: &str, path: &Path, chapter: &str) {
        let sections = sections(text);
        let mention = |at: usize| {
            let page = path.with_extension("html").to_string_lossy().replace('\\', "/");
            match section_at(&sections, at) {
                Some(section) if section.title != chapter => Mention {
                    link: format!("../{page}#{}", section.id),
                    html: format!("{} › {}", escape(chapter), escape(&section.title)),
                },
                _ => Mention { link: format!("../{page}"), html: escape(chapter) },
            }
        };
        self.own.extend(FILE.captures_iter(text).map(|found| found[1].to_owned()));
        let mut is_python = None;
        for (event, range) in new_cmark_parser(text, &MarkdownOptions::default()).into_offset_iter() {
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    is_python = Some(matches!(info.split([' ', ',']).next(), Some("python" | "pycon")));
                }
                Event::End(TagEnd::CodeBlock) => is_python = None,
                Event::Text(words) if is_python.is_none() => {
                    for found in PEP.captures_iter(&words) {
                        let Ok(number) = found[1].parse() else { continue };
                        add(self.peps.entry(number).or_default(), mention(range.start));
                    }
                }
                Event::Text(code) if is_python == Some(true) => {
                    for found in IMPORT.captures_iter(&code).filter(|found| &found[1] != "__future__") {
                        add(self.modules.entry(found[1].to_owned()).or_default(), mention(range.start));
                    }
                }
                _ => {}
            }
        }
    }

    /// Leaves out the modules that the examples write themselves, when all chapters are read.
    pub(crate) fn without_own(mut self) -> Self {
        let own = std::mem::take(&mut self.own);
        self.modules.retain(|name, _| !own.contains(name));
        self
    }
}

fn add(mentions: &mut Vec<Mention>, mention: Mention) {
    if !mentions.contains(&mention) {
        mentions.push(mention);
    }
}
