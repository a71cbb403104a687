//! `mdbook-exemplar`: Exemplar as a preprocessor of a stock mdBook.
//!
//! Standard output is mdBook's protocol, so everything for people goes to standard error. A book with a failing example ends the build.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use exemplar_model::report::{Report, ReportedExample, Status};
use exemplar_verify::cache::Cache;
use exemplar_verify::execute::{ExecuteOptions, WorkerError};
use exemplar_verify::load::files::Files;
use exemplar_verify::load::project::{Project, ProjectError};
use exemplar_verify::pipeline::{Keep, expand_page, verify};
use exemplar_verify::prepare::PipelineError;
use exemplar_verify::report::succeeded;
use exemplar_verify::weave::ledger::{self, Ledger};
use exemplar_verify::weave::{WeaveOptions, escape_directives, weave};
use mdbook_preprocessor::book::{Book, BookItem, Chapter};
use mdbook_preprocessor::{PreprocessorContext, parse_input};
use thiserror::Error;

/// Why the book could not be verified at all.
#[derive(Debug, Error)]
enum Failure {
    #[error("mdBook's input can't be read: {0}")]
    Input(mdbook_preprocessor::errors::Error),
    #[error(
        "[preprocessor.exemplar] must see the chapters before mdBook expands their includes; add `before = [\"links\"]` to it"
    )]
    AfterLinks,
    #[error(transparent)]
    Project(#[from] ProjectError),
    #[error(transparent)]
    Worker(#[from] WorkerError),
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    #[error("the book can't be handed back to mdBook: {0}")]
    Output(#[from] serde_json::Error),
    #[error("the chapter `{}` has the path of a generated one; give it another", ledger::PATH)]
    Taken,
    #[error("{}", .0)]
    Unverified(String),
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("supports") {
        return ExitCode::SUCCESS;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "mdbook-exemplar: {failure}");
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

/// Verifies every chapter and puts the woven text in its place.
fn preprocess(context: &PreprocessorContext, mut book: Book) -> Result<Book, Failure> {
    let started = Instant::now();
    let links_follow = links_follow(context)?;
    let project = Project::find(&context.root)?;
    let source = context.root.join(&context.config.book.src);
    let mut files = Files::new(std::env::current_dir().unwrap_or_default());
    let mut diagnostics = Vec::new();
    let mut pages = Vec::new();
    let mut paths: Vec<PathBuf> = Vec::new();
    for item in book.iter() {
        let BookItem::Chapter(chapter) = item else { continue };
        let Some(path) = chapter.source_path.clone() else { continue };
        let file = {
            let disk = source.join(&path);
            files.add_text(files.shown_path(&disk), disk, chapter.content.clone())
        };
        pages.push(expand_page(&mut files, file, true, &mut diagnostics));
        paths.push(path);
    }
    let titles: Vec<Option<String>> = pages.iter().map(|page| page.title.clone()).collect();
    let mut options = ExecuteOptions::of(&project, None, None)?;
    options.cache = Cache::of(&project);
    let verified = verify(files, pages, diagnostics, &project, &options, started, Keep::Everything)?;
    tell(&verified.report);
    if !succeeded(&verified.report) {
        return Err(Failure::Unverified(format!(
            "{} of {} examples are not as the book says",
            verified.report.summary.failed + verified.report.summary.not_run,
            verified.report.summary.examples
        )));
    }
    let mut chapters = Vec::new();
    book.for_each_mut(|item| {
        let BookItem::Chapter(chapter) = item else { return };
        let Some(path) = &chapter.source_path else { return };
        let Some(page) = paths.iter().position(|known| known == path) else { return };
        chapters.push((chapter.name.clone(), path.clone(), page));
        let shown = context.config.book.src.join(path);
        let weave_options = WeaveOptions {
            path: &shown.to_string_lossy(),
            python: verified.report.python.as_ref(),
            to_root: &ledger::to_root(path),
            sessions: &verified.runnables_of(page),
        };
        chapter.content = weave(&verified.pages[page], &verified.examples_of(page), weave_options);
        if links_follow {
            chapter.content = escape_directives(&chapter.content);
            if let Some(title) = &titles[page] {
                chapter.content.insert_str(0, &format!("{{{{#title {title}}}}}\n"));
            }
        }
    });
    if let Some(text) = Ledger::of(&verified, &chapters).markdown() {
        if paths.iter().any(|path| path == Path::new(ledger::PATH)) {
            return Err(Failure::Taken);
        }
        let mut chapter = Chapter::new(ledger::NAME, text, ledger::PATH, Vec::new());
        chapter.source_path = None;
        book.push_item(BookItem::Chapter(chapter));
    }
    Ok(book)
}

/// Whether mdBook's `links` runs after us. It must not have run before: the text would have lost its places.
fn links_follow(context: &PreprocessorContext) -> Result<bool, Failure> {
    let key = |name: &str| context.config.get::<Vec<String>>(name).ok().flatten().unwrap_or_default();
    let links =
        context.config.build.use_default_preprocessors || context.config.contains_key("preprocessor.links");
    let ordered = key("preprocessor.exemplar.before").iter().any(|name| name == "links")
        || key("preprocessor.links.after").iter().any(|name| name == "exemplar");
    match (links, ordered) {
        (false, _) => Ok(false),
        (true, true) => Ok(true),
        (true, false) => Err(Failure::AfterLinks),
    }
}

/// Everything that is wrong, a line each with what belongs to it, then the summary.
fn tell(report: &Report) {
    let mut out = std::io::stderr().lock();
    let mut say = |line: &str| drop(writeln!(out, "{line}"));
    for found in &report.diagnostics {
        say(&format!(
            "{}:{}:{}: {}[{}]: {}",
            found.file, found.line, found.column, found.severity, found.code, found.message
        ));
        if let Some(help) = &found.help {
            say(&format!("    help: {help}"));
        }
    }
    for example in report.examples.iter().filter(|example| example.status == Status::Failed) {
        tell_example(example, &mut say);
    }
    say(&format!(
        "mdbook-exemplar: {} examples in {} pages: {} passed, {} ran, {} failed, {} not run",
        report.summary.examples,
        report.summary.pages,
        report.summary.passed,
        report.summary.ran,
        report.summary.failed,
        report.summary.not_run
    ));
}

fn tell_example(example: &ReportedExample, say: &mut impl FnMut(&str)) {
    say(&format!(
        "{}:{}:{}: error[{}]: {}",
        example.file,
        example.line,
        example.column,
        example.code.as_deref().unwrap_or("failed"),
        example.message.as_deref().unwrap_or("this example failed")
    ));
    for (sign, text) in [("-", &example.expected), ("+", &example.actual)] {
        for line in text.iter().flat_map(|text| text.lines()) {
            say(&format!("    {sign} {line}"));
        }
    }
    if let Some(hint) = &example.hint {
        say(&format!("    help: {hint}"));
    }
}
