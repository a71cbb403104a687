//! `mdbook-exemplar-appendix`: the appendices as a preprocessor of a stock mdBook, after `mdbook-exemplar`.
//!
//! Standard output is mdBook's protocol, so everything for people goes to standard error.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use exemplar_appendix::{AppendixError, AppendixOptions, TEMPLATES, append, titles as generated_titles};
use exemplar_verify::load::project::{Project, ProjectError};
use exemplar_verify::weave::{escape_directives, unescape_directives};
use mdbook_preprocessor::book::{Book, BookItem};
use mdbook_preprocessor::{PreprocessorContext, parse_input};
use thiserror::Error;

/// Why the book has no appendices.
#[derive(Debug, Error)]
enum Failure {
    #[error("mdBook's input can't be read: {0}")]
    Input(mdbook_preprocessor::errors::Error),
    #[error(
        "[preprocessor.exemplar-appendix] collects what was verified; add `after = [\"exemplar\"]` to it"
    )]
    Unverified,
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error(transparent)]
    Appendix(#[from] AppendixError),
    #[error("the book can't be handed back to mdBook: {0}")]
    Output(#[from] serde_json::Error),
}

/// The directives by which chapters set their own titles, which are for `links` alone.
type Titles = BTreeMap<Option<PathBuf>, String>;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("supports") {
        return ExitCode::SUCCESS;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "mdbook-exemplar-appendix: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let (context, book) = parse_input(std::io::stdin()).map_err(Failure::Input)?;
    let book = preprocess(&context, book)?;
    serde_json::to_writer(std::io::stdout().lock(), &book)?;
    Ok(())
}

/// Appends to the book. `mdbook-exemplar` has escaped the directives that are left in the text, for `links`; where that has not run yet,
/// they are taken as they will read, and escaped again.
fn preprocess(context: &PreprocessorContext, mut book: Book) -> Result<Book, Failure> {
    let names = |key: &str| context.config.get::<Vec<String>>(key).ok().flatten().unwrap_or_default();
    let is_ordered = names("preprocessor.exemplar-appendix.after").iter().any(|name| name == "exemplar")
        || names("preprocessor.exemplar.before").iter().any(|name| name == "exemplar-appendix");
    if !is_ordered || !context.config.contains_key("preprocessor.exemplar") {
        return Err(Failure::Unverified);
    }
    let links =
        context.config.build.use_default_preprocessors || context.config.contains_key("preprocessor.links");
    let ran = names("preprocessor.exemplar-appendix.after").iter().any(|name| name == "links")
        || names("preprocessor.links.before").iter().any(|name| name == "exemplar-appendix");
    let links_follow = links && !ran;
    let project = Project::find(&context.root)?;
    let theme = context.config.get::<PathBuf>("output.html.theme").ok().flatten();
    let theme = context.root.join(theme.unwrap_or_else(|| "theme".into()));
    let options = AppendixOptions {
        title: context.config.book.title.as_deref().unwrap_or_default(),
        topics: &project.settings.topics,
        libraries: &project.settings.libraries,
        theme: &theme,
        templates: TEMPLATES,
    };
    if !links_follow {
        return Ok(append(book, options)?);
    }
    let mut titles = Titles::new();
    book.for_each_mut(|item| {
        let BookItem::Chapter(chapter) = item else { return };
        if let Some((title, rest)) =
            chapter.content.split_once('\n').filter(|(line, _)| line.starts_with("{{#title "))
        {
            titles.insert(chapter.path.clone(), format!("{title}\n"));
            chapter.content = rest.to_owned();
        }
        chapter.content = unescape_directives(&chapter.content);
    });
    let mut book = append(book, options)?;
    let own = generated_titles(&book, options.title);
    titles.extend(own.into_iter().map(|(path, title)| (Some(path), format!("{{{{#title {title}}}}}\n"))));
    book.for_each_mut(|item| {
        let BookItem::Chapter(chapter) = item else { return };
        let title = titles.get(&chapter.path).map_or("", String::as_str);
        chapter.content = format!("{title}{}", escape_directives(&chapter.content));
    });
    Ok(book)
}
