//! Fences that the page calls files in words: "Save this as `hello.py`:", a first line `# hello.py`, the title `hello.py`.
//!
//! Nobody wrote `file=`, so this is a guess, and it is made only where it is needed: code further down imports the module, or has the
//! file's name in quotes, and would fail without it. The guess never hides a mistake: what another fence or a setting has put into the
//! session's directory stays as it is ([`StepMode::Offer`](exemplar_model::plan::StepMode::Offer)). A script that is taken for a file
//! runs all the same. `fix --dialects` does not write `file=`, which would overwrite what is there.
//!
//! Only Python is taken for a module, and only other text for a file of data: a script below "this writes `out.txt`:" is not that file.

use std::sync::{Arc, LazyLock};

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::{Content, StatedOutput, Treatment};
use exemplar_model::source::Span;
use regex::Regex;

use super::info::{Info, TagKind};
use super::line::Line;
use super::markdown::RawFence;
use super::page::{Attached, Page};

/// The longest paragraph that is looked into, in lines.
const LONGEST: usize = 12;

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    let name = r"(?:\w[\w-]*/)*\w[\w-]*\.(?:py|txt|csv|tsv|json|toml|ini|cfg|ya?ml|html|xml|log|md|dat)";
    Regex::new(&format!(r#"(?:^|[\s`'"(\[])({name})(?:$|[\s`'"),:;\]]|\.(?:\s|$))"#))
        .expect("the pattern is a constant")
});

/// The targets of links, which are no names that readers see.
static TARGET: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\]\([^)]*\)|https?://\S+").expect("the pattern is a constant"));

/// What introduces a file.
static INTRODUCES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:files?|modules?|scripts?|save[ds]?|creat(?:e|es|ed|ing)|called|named|contains?|contents?|looks?)\b",
    )
    .expect("the pattern is a constant")
});

/// What introduces a part of a file, or a program that uses one.
static PART: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:add(?:s|ed|ing)?|append|modify|chang(?:e|es|ed|ing)|updat(?:e|es|ed|ing)|edit|replace|remove|run(?:s|ning)?|execut(?:e|es|ing)|outputs?|prints?|opens?|reads?|us(?:e|es|ing)|imports?|importing|writes?|part|line|excerpt|snippet)\b",
    )
    .expect("the pattern is a constant")
});

/// What tells readers to save the code above.
static SAVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:now |then |so |please |first |go ahead and |let's |let us )*(?:save|store|put|copy|paste) (?:this|it|that|the|these)\b")
        .expect("the pattern is a constant")
});

/// A comment that is a file's name.
static COMMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^#\s*(?i:file(?:name)?\s*:\s*)?(?<name>\S+\.py)(?i:\s+file)?\s*:?\s*$")
        .expect("the pattern is a constant")
});

/// A fence that the page calls a file, while it is not known whether anything needs it.
pub(super) struct Named {
    /// Which fence of the page.
    fence: usize,
    path: String,
    /// Whether it is nothing else: then it is a fence of ours only if it is needed.
    is_data: bool,
    span: Span,
}

impl Page<'_> {
    /// Notes that the script which was just found is called a module.
    pub(super) fn note_module(&mut self, raw: &RawFence<'_>) {
        let fence = self.fences.len() - 1;
        let attributes = &self.fences[fence].attributes;
        if attributes.treatment != Treatment::Check || attributes.raises.is_some() || attributes.lab.is_some()
        {
            return;
        }
        let title = attributes.title.as_deref().and_then(only_name);
        let Some(path) = title.or_else(|| self.name_of(raw)).filter(|path| path.ends_with(".py")) else {
            return;
        };
        self.named.push(Named { fence, path, is_data: false, span: self.fences[fence].opening });
    }

    /// Notes that a fence which is no example is called a file; whether it is.
    pub(super) fn note_data(&mut self, raw: &RawFence<'_>, info: &Info<'_>, attached: &Attached) -> bool {
        if info.kind == TagKind::Output || !attached.given().is_empty() {
            return false;
        }
        let Some(path) = self.name_of(raw).filter(|path| !path.ends_with(".py") || info.tag.is_empty())
        else {
            return false;
        };
        let text = raw.lines.iter().map(|line| line.code(self.expanded, 0)).collect();
        let content =
            Content::File { path: path.clone(), text, stated: StatedOutput::Nothing, offered: true };
        let typed = self.typed(attached, super::known::Kind::File);
        self.push(raw, info, typed, content, raw.lines.iter().map(Line::shown));
        let fence = self.fences.len() - 1;
        self.named.push(Named { fence, path, is_data: true, span: self.fences[fence].opening });
        true
    }

    /// The file that a fence is called in words.
    fn name_of(&self, raw: &RawFence<'_>) -> Option<String> {
        let text = &self.expanded.text;
        let commented = || {
            let first = raw.lines.iter().find(|line| !line.is_blank())?;
            only_name(COMMENT.captures(first.text.trim())?.name("name")?.as_str())
        };
        above(text.get(..raw.range.start)?)
            .and_then(|words| introduced(&words))
            .or_else(|| below(text.get(raw.range.end..)?).and_then(|words| saved(&words)))
            .or_else(commented)
    }

    /// Makes files of those fences that the page calls files and that code further down needs. The others are what they were.
    pub(super) fn settle_named(&mut self) {
        let mut unneeded = Vec::new();
        for named in std::mem::take(&mut self.named) {
            let Named { fence, path, is_data, span } = named;
            if !self.is_needed(fence, &path) {
                if is_data {
                    unneeded.push(fence);
                }
                continue;
            }
            if let Content::Script { code, stated } = &mut self.fences[fence].content {
                let (text, stated) = (std::mem::take(code), std::mem::replace(stated, StatedOutput::Nothing));
                self.fences[fence].content =
                    Content::File { path: path.clone(), text, stated, offered: true };
                Arc::make_mut(&mut self.fences[fence].attributes).run = true;
            }
            let attributes = if is_data { format!("file={path}") } else { format!("file={path} run") };
            let message = format!("this is taken for the file `{path}`, as the page calls it so");
            let lint = Diagnostic::warning("guessed-file", span, message)
                .help(format!("say so where it is checked: `{{{attributes}}}`"));
            self.diagnostics.push(lint);
        }
        for fence in unneeded.into_iter().rev() {
            self.fences.remove(fence);
        }
    }

    /// Whether code below a fence imports this file, or has its name in quotes.
    fn is_needed(&self, fence: usize, path: &str) -> bool {
        let module = path.strip_suffix(".py").map(|path| path.split('/').next().unwrap_or_default());
        let is_word = |it: char| it.is_alphanumeric() || it == '_';
        let uses = |line: &str| {
            let code = line.trim_start();
            let imports = module.is_some_and(|module| {
                (code.starts_with("import ") || code.starts_with("from "))
                    && code.split(|it| !is_word(it)).any(|word| word == module)
            });
            imports || ['"', '\''].iter().any(|quote| line.contains(&format!("{quote}{path}{quote}")))
        };
        self.fences[fence + 1..].iter().any(|below| match &below.content {
            Content::Session(examples) => {
                examples.iter().flat_map(|example| &example.code).any(|line| uses(&line.text))
            }
            Content::Script { code, .. } | Content::File { text: code, .. } => {
                code.iter().any(|line| uses(&line.text))
            }
            Content::Console(_) | Content::Excerpt { .. } => false,
        })
    }
}

/// The paragraph that ends a text, in one line, if it ends in one.
fn above(text: &str) -> Option<String> {
    let start = text.rfind('\n')? + 1;
    let mut lines = first_paragraph(text[..start].lines().rev());
    lines.reverse();
    Some(lines.join(" "))
}

/// The paragraph that begins a text behind the fence's last line, likewise.
fn below(text: &str) -> Option<String> {
    Some(first_paragraph(text.get(text.find('\n')? + 1..)?.lines()).join(" "))
}

/// The lines up to a blank one or a fence, without the marks of quotes.
fn first_paragraph<'t>(lines: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    lines
        .map(|line| line.trim_matches(|it: char| it.is_whitespace() || it == '>'))
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty() && !is_fence(line))
        .take(LONGEST)
        .collect()
}

fn is_fence(line: &str) -> bool {
    line.starts_with("```") || line.starts_with("~~~")
}

/// The file that a text is the name of, marks of emphasis aside.
fn only_name(text: &str) -> Option<String> {
    let is_mark = |it: char| it.is_whitespace() || matches!(it, '*' | '_' | '`' | '#' | ':' | '：' | '-');
    let name = text.trim_matches(is_mark);
    NAME.captures(name).filter(|found| found[1].len() == name.len()).map(|found| found[1].to_owned())
}

/// The one name of a file in a text.
fn one_name(text: &str) -> Option<String> {
    let mut names = NAME.captures_iter(text).map(|found| found[1].to_owned());
    let first = names.next()?;
    names.all(|other| other == first).then_some(first)
}

/// The file that the words above a fence introduce.
fn introduced(words: &str) -> Option<String> {
    if !words.contains('.') {
        return None;
    }
    let words = without_marks(words);
    let sentence = words.trim().rsplit_once(". ").map_or(words.trim(), |(_, last)| last);
    let is_introduction = sentence.ends_with([':', '：']) && INTRODUCES.is_match(sentence);
    only_name(sentence).or_else(|| {
        one_name(sentence)
            .filter(|name| is_introduction && !PART.is_match(&sentence.replace(name.as_str(), "")))
    })
}

/// The file that the words below a fence say it is to be saved as.
fn saved(words: &str) -> Option<String> {
    if !words.contains('.') {
        return None;
    }
    let words = without_marks(words);
    let words = words.trim();
    let sentence = words.split_once(". ").map_or(words, |(first, _)| first);
    one_name(sentence).filter(|_| SAVE.is_match(sentence))
}

/// A paragraph without its marks of emphasis and code, and without the targets of its links.
fn without_marks(words: &str) -> String {
    TARGET.replace_all(words, "]").replace(['*', '`'], "")
}

#[cfg(test)]
mod tests {
    use super::{above, below, introduced, saved};

    #[test]
    fn words_above_a_fence_call_it_a_file() {
        for (words, name) in [
            ("Let's create a file called `hello.py` that contains a greeting:", Some("hello.py")),
            ("Make a file like this and save it to `test.py`:", Some("test.py")),
            ("`app/models.py`:", Some("app/models.py")),
            ("#### **hello.py**", Some("hello.py")),
            ("It is long. The module `shop.py` looks like this:", Some("shop.py")),
            ("Contents of ``hello.py``:", Some("hello.py")),
            // A part, or a program that is about the file.
            ("Add this function to your file `report.py`:", None),
            ("Run the script `report.py` like this:", None),
            ("This script writes the file `out.txt`:", None),
            ("The file `a.py` imports `b.py`:", None),
            ("The docs are [here](https://host/file/library/time.html):", None),
            ("In the file `report.py`", None),
            ("A file:", None),
        ] {
            assert_eq!(introduced(words).as_deref(), name, "{words}");
        }
    }

    #[test]
    fn words_below_a_fence_say_where_it_is_saved() {
        for (words, name) in [
            ("**Save this example file to questions.txt**, we'll need it later.", Some("questions.txt")),
            ("Now save it as `hello.py`. Then run `other.py`.", Some("hello.py")),
            ("Saving it as `hello.py` is easy.", None),
            ("It prints what is in `hello.txt`.", None),
        ] {
            assert_eq!(saved(words).as_deref(), name, "{words}");
        }
    }

    #[test]
    fn paragraphs_end_at_blank_lines_and_fences() {
        assert_eq!(above("a\n\n> b\n> c:\n>\n> ").as_deref(), Some("b c:"));
        assert_eq!(above("a:\n```\n").as_deref(), Some(""));
        assert_eq!(below("\n\nSave this\nas x.py.\n\nb").as_deref(), Some("Save this as x.py."));
        assert_eq!(below(""), None);
    }
}
