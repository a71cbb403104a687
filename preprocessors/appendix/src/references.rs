//! The PEPs that the prose mentions, and the libraries and modules that examples import or that prose talks about, with the sections where.
//!
//! A PEP is `PEP 484`, `PEPs 703 and 779`, or a link to one. A module is indexed when an example imports it, and then also where prose has it
//! between backticks. Words of prose are names of libraries only where the settings declare them: `Flask` is one, and nothing but its author
//! knows that `attrs` is another.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use regex::Regex;
use serde::Serialize;

use crate::markdown::escape;
use crate::section::{section_at, sections};

/// `PEP 484`, `PEPs 703 and 779`, `PEP 703/779`.
static PEP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\bPEP(?:s[ -]?(?<several>\d{1,4}(?:(?:, | and |, and )\d{1,4})*)|[ -]?(?<one>\d{1,4}(?:/\d{1,4})*))\b")
        .expect("the pattern is a constant")
});

/// The address of a PEP.
static PEP_LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^https?://peps\.python\.org/pep-0*(\d{1,4})\b").expect("the pattern is a constant")
});

/// The first name of an import, at the start of a line of code.
static IMPORT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^(?:>>> |\.\.\. )?[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*)[\w. ]*(?:import\b|,|$|#|;)")
        .expect("the pattern is a constant")
});

/// The first name of what stands between backticks.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:(?:import|from) )?([A-Za-z_]\w*)(?:[.( ].*)?$").expect("the pattern is a constant")
});

/// The caption of a file that an example writes.
static FILE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"<figcaption><code>(?:src/)?([A-Za-z_]\w*)(?:\.py|/)").expect("the pattern is a constant")
});

/// The file of a part of a lab.
static LAB_FILE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#" data-file="(\w+)\.py""#).expect("the pattern is a constant"));

/// Where something is mentioned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Mention {
    link: String,
    html: String,
}

/// A name with its mentions, in the order of the book and once for a section.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Named {
    name: String,
    places: Vec<Mention>,
}

/// What is indexed, each part in the order of its names.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct References {
    peps: Vec<Named>,
    libraries: Vec<Named>,
    modules: Vec<Named>,
}

impl References {
    /// Whether there is nothing to list.
    pub(crate) fn is_empty(&self) -> bool {
        self.peps.is_empty() && self.libraries.is_empty() && self.modules.is_empty()
    }
}

/// What a chapter mentions, before all chapters are read.
enum Name {
    Pep(u32),
    /// A module that an example imports.
    Imported(String),
    /// What may be a module, between backticks.
    Quoted(String),
    /// A library that the settings declare.
    Said(String),
}

/// The chapters as far as they were read.
pub(crate) struct Reader<'a> {
    libraries: &'a [String],
    words: Option<Regex>,
    found: Vec<(Name, Mention)>,
    /// Modules that the examples and labs write themselves.
    own: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    /// Before the first chapter. `libraries` are those that the settings declare.
    pub(crate) fn new(libraries: &'a [String]) -> Self {
        let words: Vec<String> = libraries.iter().map(|name| regex::escape(name)).collect();
        let words = (!words.is_empty()).then(|| Regex::new(&format!(r"\b(?:{})\b", words.join("|"))).ok());
        Self { libraries, words: words.flatten(), found: Vec::new(), own: BTreeSet::new() }
    }

    /// Reads a woven chapter.
    pub(crate) fn read(&mut self, text: &str, path: &Path, chapter: &str) {
        let sections = sections(text);
        let page = path.with_extension("html").to_string_lossy().replace('\\', "/");
        let mention = |at: usize| match section_at(&sections, at) {
            Some(section) if section.title != chapter => Mention {
                link: format!("../{page}#{}", section.id),
                html: format!("{} › {}", escape(chapter), escape(&section.title)),
            },
            _ => Mention { link: format!("../{page}"), html: escape(chapter) },
        };
        for files in [&FILE, &LAB_FILE] {
            self.own.extend(files.captures_iter(text).map(|found| found[1].to_owned()));
        }
        let mut is_python = None;
        for (event, range) in new_cmark_parser(text, &MarkdownOptions::default()).into_offset_iter() {
            let mut add = |name: Name| self.found.push((name, mention(range.start)));
            match event {
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                    is_python = Some(matches!(info.split([' ', ',']).next(), Some("python" | "pycon")));
                }
                Event::End(TagEnd::CodeBlock) => is_python = None,
                Event::Start(Tag::Link { dest_url, .. }) => {
                    let number = PEP_LINK.captures(&dest_url).and_then(|found| found[1].parse().ok());
                    number.map(Name::Pep).into_iter().for_each(&mut add);
                }
                Event::Text(words) if is_python.is_none() => {
                    peps(&words).into_iter().map(Name::Pep).for_each(&mut add);
                    let said = self.words.iter().flat_map(|pattern| pattern.find_iter(&words));
                    said.map(|found| Name::Said(found.as_str().to_owned())).for_each(&mut add);
                }
                Event::Text(code) if is_python == Some(true) => {
                    let imported = IMPORT.captures_iter(&code).filter(|found| &found[1] != "__future__");
                    imported.map(|found| Name::Imported(found[1].to_owned())).for_each(&mut add);
                }
                Event::Code(code) => {
                    let quoted = NAME.captures(&code).map(|found| Name::Quoted(found[1].to_owned()));
                    quoted.into_iter().for_each(&mut add);
                }
                _ => {}
            }
        }
    }

    /// Sorts what was found, when all chapters are read.
    pub(crate) fn sorted(self) -> References {
        let mut imported: BTreeSet<&str> = BTreeSet::new();
        for (name, _) in &self.found {
            if let Name::Imported(module) = name {
                imported.insert(module);
            }
        }
        let library = |module: &str| self.libraries.iter().find(|name| module_of(name) == module);
        let mut peps: BTreeMap<u32, Vec<Mention>> = BTreeMap::new();
        let mut libraries: BTreeMap<(String, &str), Vec<Mention>> = BTreeMap::new();
        let mut modules: BTreeMap<&str, Vec<Mention>> = BTreeMap::new();
        for (name, mention) in &self.found {
            let mentions = match name {
                Name::Pep(number) => peps.entry(*number).or_default(),
                Name::Said(name) => libraries.entry((name.to_lowercase(), name)).or_default(),
                Name::Imported(module) | Name::Quoted(module) => match library(module) {
                    Some(name) => libraries.entry((name.to_lowercase(), name)).or_default(),
                    None if imported.contains(module.as_str()) && !self.own.contains(module) => {
                        modules.entry(module).or_default()
                    }
                    None => continue,
                },
            };
            if !mentions.contains(mention) {
                mentions.push(mention.clone());
            }
        }
        let named = |name: &dyn ToString, places| Named { name: name.to_string(), places };
        References {
            peps: peps.into_iter().map(|(number, places)| named(&number, places)).collect(),
            libraries: libraries.into_iter().map(|((_, name), places)| named(&name, places)).collect(),
            modules: modules.into_iter().map(|(name, places)| named(&name, places)).collect(),
        }
    }
}

/// The numbers of the PEPs that a text mentions.
fn peps(text: &str) -> Vec<u32> {
    let lists =
        PEP.captures_iter(text).filter_map(|found| found.name("several").or_else(|| found.name("one")));
    let numbers = lists.flat_map(|list| list.as_str().split(|c: char| !c.is_ascii_digit()));
    numbers.filter_map(|number| number.parse().ok()).collect()
}

/// The module that a library is imported as, as far as its name tells.
fn module_of(library: &str) -> String {
    library.to_lowercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Reader, peps};

    #[test]
    fn peps_are_found_alone_and_in_lists() {
        for (text, expected) in [
            ("PEP 8, PEP-20 and PEP257", &[8, 20, 257][..]),
            ("PEPs 703 and 779", &[703, 779]),
            ("PEPs 1, 2, and 3", &[1, 2, 3]),
            ("PEP 703/779", &[703, 779]),
            ("PEP 8 and 20 others", &[8]),
            ("PEPPER 8", &[]),
        ] {
            assert_eq!(peps(text), expected, "{text}");
        }
    }

    #[test]
    fn a_library_is_what_is_declared_and_a_module_what_is_imported() {
        let libraries = ["Flask".to_owned(), "NumPy".to_owned(), "scikit-learn".to_owned()];
        let mut reader = Reader::new(&libraries);
        let text = "# A\n\nFlask and [it](https://peps.python.org/pep-0008/). `json.loads`, `len(x)`.\n\n\
                    ## B\n\n```python\nimport json\nimport numpy as np\nimport shop\n```\n\nNumPy, `numpy`.\n\n\
                    <figure><figcaption><code>shop.py</code></figcaption></figure>\n";
        reader.read(text, Path::new("a.md"), "A");
        let found = reader.sorted();
        let names = |named: &[super::Named]| -> Vec<(String, usize)> {
            named.iter().map(|it| (it.name.clone(), it.places.len())).collect()
        };
        let pair = |name: &str, places: usize| (name.to_owned(), places);
        assert_eq!(names(&found.peps), [pair("8", 1)]);
        assert_eq!(names(&found.libraries), [pair("Flask", 1), pair("NumPy", 1)]);
        assert_eq!(names(&found.modules), [pair("json", 2)]);
    }
}
