//! The entries of a woven chapter, each with its anchor and its section.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use exemplar_model::teaching::{Content, Entry};
use exemplar_verify::parse::alert::entries;
use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

use crate::AppendixError;
use crate::lab::Kit;
use crate::section::{section_at, sections};

/// An entry and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Collected {
    /// The entry, its fences woven.
    pub(crate) entry: Entry,
    /// Its anchor in the chapter.
    pub(crate) anchor: String,
    /// The chapter's path from the book's source.
    pub(crate) path: PathBuf,
    /// The chapter's name.
    pub(crate) chapter: String,
    /// The words of the heading that it stands below, unless that is the chapter's own.
    pub(crate) section: Option<String>,
    /// Of a lab: the zip that readers take home, in base64.
    pub(crate) zip: Option<String>,
}

/// The entries of a chapter, in order.
///
/// # Errors
/// When the files of a lab can't be packed.
pub(crate) fn chapter(
    text: &str,
    path: &Path,
    name: &str,
    book: &str,
) -> Result<Vec<Collected>, AppendixError> {
    let sections = sections(text);
    let found = entries(text).entries.into_iter().enumerate();
    let collected = found.map(|(index, entry)| {
        let section = section_at(&sections, entry.range.start).filter(|section| section.start > 0);
        let zip = Kit::of(&entry, book).map(|kit| kit.zip()).transpose()?;
        Ok(Collected {
            zip: zip.map(|zip| STANDARD.encode(zip)),
            anchor: entry
                .anchor()
                .unwrap_or_else(|| format!("{}-{}", entry.content.name().to_lowercase(), index + 1)),
            path: path.to_owned(),
            chapter: name.to_owned(),
            section: section.map(|section| section.title.clone()).filter(|title| title != name),
            entry,
        })
    });
    collected.collect()
}

/// A fence of a quiz, as it is asked and as it is answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The language of the fence.
    pub(crate) language: String,
    /// Its code, without what it prints.
    pub(crate) code: String,
    /// What it printed.
    pub(crate) output: String,
}

/// The first fence of a woven quiz; none when there is only something to choose.
pub(crate) fn asked(entry: &Entry) -> Option<Asked> {
    let Content::Quiz(quiz) = &entry.content else { return None };
    let mut asked: Option<Asked> = None;
    let mut inside: Option<bool> = None;
    for event in new_cmark_parser(&quiz.text, &MarkdownOptions::default()) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let is_output = info.contains("exemplar-output");
                if !is_output && asked.is_some() {
                    break;
                }
                if !is_output {
                    let language = info.split([' ', ',']).next().unwrap_or_default().to_owned();
                    asked = Some(Asked { language, ..Asked::default() });
                }
                inside = Some(is_output);
            }
            Event::End(TagEnd::CodeBlock) => inside = None,
            Event::Text(text) => {
                let (Some(is_output), Some(asked)) = (inside, &mut asked) else { continue };
                if is_output { asked.output.push_str(&text) } else { asked.read(&text) }
            }
            _ => {}
        }
    }
    asked
}

impl Asked {
    /// Takes a part of the fence: of a session, the lines without a prompt are what it printed.
    fn read(&mut self, text: &str) {
        for line in text.split_inclusive('\n') {
            let is_code = match &*self.language {
                "pycon" => line.starts_with(">>>") || line.starts_with("..."),
                _ => !line.trim_start().starts_with("#>"),
            };
            let printed = line.trim_start().strip_prefix("#>").filter(|_| self.language != "pycon");
            match printed {
                Some(printed) => self.output.push_str(printed.strip_prefix(' ').unwrap_or(printed)),
                None if is_code => self.code.push_str(line),
                None => self.output.push_str(line),
            }
        }
    }
}
