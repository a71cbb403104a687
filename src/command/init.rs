//! `exemplar init`: what an existing repository needs to be checked from now on.
//!
//! Nothing is asked and no file is overwritten. Settings go where the project keeps its own: into pyproject.toml, below what stands there,
//! where other tools have theirs there, and else into exemplar.toml. What fails today goes into a baseline, so that CI is green and stays
//! strict about everything new.

use std::path::Path;
use std::time::Instant;

use clap::Parser;
use exemplar_verify::execute::WorkerError;
use exemplar_verify::report::succeeded;

use super::check::check;
use super::pages::select;
use super::strictness::Strictness;
use crate::arguments::{Arguments, Command, InitArguments};
use crate::baseline::Baseline;
use crate::failure::{Failure, Verdict};
use crate::report::event::counted;
use crate::report::human;

/// The workflow of GitHub Actions, which is also a recipe of the documentation.
pub(crate) const WORKFLOW: &str = include_str!("../../docs/ci/github.yml");

/// Where it belongs.
pub(crate) const WORKFLOW_PATH: &str = ".github/workflows/exemplar.yml";

/// The file of the baseline.
const BASELINE: &str = "exemplar-baseline.json";

/// Writes what is not there yet into the working directory, and says what it did.
pub(crate) fn run(arguments: &InitArguments) -> Result<Verdict, Failure> {
    let working = super::working_directory()?;
    let init = Init { folder: &working, dry_run: arguments.dry_run };
    init.settings()?;
    let has_baseline = init.baseline(arguments)?;
    let workflow = if has_baseline { with_baseline() } else { WORKFLOW.to_owned() };
    init.create(WORKFLOW_PATH, &workflow)?;
    Ok(Verdict::Verified)
}

/// The workflow, with a baseline.
fn with_baseline() -> String {
    WORKFLOW.replace("exemplar check", &format!("exemplar check --baseline {BASELINE}"))
}

struct Init<'a> {
    folder: &'a Path,
    dry_run: bool,
}

impl Init<'_> {
    /// Writes a file, unless it is there.
    fn create(&self, path: &str, text: &str) -> Result<(), Failure> {
        let whole = self.folder.join(path);
        if whole.exists() {
            human::note(&format!("{path} is there already, and stays as it is"));
            return Ok(());
        }
        if self.dry_run {
            human::note(&format!("would write {path}"));
            return Ok(());
        }
        if let Some(parent) = whole.parent() {
            fs_err::create_dir_all(parent).map_err(Failure::File)?;
        }
        fs_err::write(&whole, text).map_err(Failure::File)?;
        human::note(&format!("wrote {path}"));
        Ok(())
    }

    fn settings(&self) -> Result<(), Failure> {
        let read = |name: &str| fs_err::read_to_string(self.folder.join(name)).unwrap_or_default();
        let (project, book) = (read("pyproject.toml"), read("book.toml"));
        for (name, text, table) in
            [("pyproject.toml", &project, "[tool.exemplar"), ("book.toml", &book, "[preprocessor.exemplar")]
        {
            if text.lines().any(|line| line.trim_start().starts_with(table)) {
                human::note(&format!("{name} has settings already, and stays as it is"));
                return Ok(());
            }
        }
        let settings = self.written_settings(!book.is_empty());
        let is_for_tools = project.lines().any(|line| line.starts_with("[tool."));
        if !is_for_tools || self.folder.join("exemplar.toml").exists() {
            return self.create("exemplar.toml", &settings);
        }
        if self.dry_run {
            human::note("would add [tool.exemplar] to pyproject.toml");
            return Ok(());
        }
        fs_err::write(self.folder.join("pyproject.toml"), added(&project, &settings))
            .map_err(Failure::File)?;
        human::note("added [tool.exemplar] to pyproject.toml");
        Ok(())
    }

    fn written_settings(&self, is_book: bool) -> String {
        let about = "# Settings of Exemplar, which runs the Python examples of the pages. Its docs/settings.md has all of them.\n";
        if is_book {
            return about.to_owned() + "# The pages are the chapters of the book.\n";
        }
        let there: Vec<String> = ["README.md", "docs"]
            .into_iter()
            .filter(|path| self.folder.join(path).exists())
            .map(|path| format!("\"{path}\""))
            .collect();
        let paths = if there.is_empty() { "\".\"".to_owned() } else { there.join(", ") };
        format!("{about}paths = [{paths}]\n")
    }

    /// Checks the pages, and remembers what fails. Says whether there is a baseline.
    fn baseline(&self, arguments: &InitArguments) -> Result<bool, Failure> {
        if self.folder.join(BASELINE).exists() {
            human::note(&format!("{BASELINE} is there already, and stays as it is"));
            return Ok(true);
        }
        if self.dry_run {
            human::note(&format!("would check the pages, and write {BASELINE} if something fails"));
            return Ok(false);
        }
        match self.failing(arguments) {
            Ok(0) => {
                human::note("nothing fails today, so no baseline is needed");
                Ok(false)
            }
            Ok(known) => {
                let failures = counted(known, "failure", "failures");
                human::note(&format!("wrote {BASELINE}, which knows {failures} of today"));
                Ok(true)
            }
            Err(failure @ Failure::Worker(WorkerError::Interrupted { .. })) => Err(failure),
            Err(failure) => {
                human::failure(&failure);
                human::note(&format!(
                    "the pages were not checked; `exemplar check --baseline {BASELINE} --update-baseline` makes a baseline when they can be"
                ));
                Ok(false)
            }
        }
    }

    /// How many failures there are that go into the baseline.
    fn failing(&self, arguments: &InitArguments) -> Result<usize, Failure> {
        let Command::Check(mut asked) = Arguments::parse_from(["exemplar", "check"]).command else {
            return Ok(0);
        };
        asked.run = arguments.run.clone();
        let selection = select(&asked.pages, |_| true)?;
        let mut verified = check(selection, &asked, &Strictness::of(&asked)?, Instant::now())?;
        if succeeded(&verified.report) {
            return Ok(0);
        }
        let compared = Baseline::default().apply(&mut verified, Path::new(BASELINE), self.folder, true)?;
        Ok(compared.known)
    }
}

/// A pyproject.toml with our table at its end, its line endings kept.
fn added(project: &str, settings: &str) -> String {
    let mut text = project.trim_end().to_owned() + "\n\n[tool.exemplar]\n" + settings;
    if project.contains("\r\n") {
        text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{added, with_baseline};

    #[test]
    fn the_table_is_added_and_nothing_else_changes() {
        assert_eq!(added("[tool.x]\na = 1", "b = 2\n"), "[tool.x]\na = 1\n\n[tool.exemplar]\nb = 2\n");
        assert_eq!(added("[tool.x]\r\n\r\n", "b = 2\n"), "[tool.x]\r\n\r\n[tool.exemplar]\r\nb = 2\r\n");
    }

    #[test]
    fn a_workflow_with_a_baseline_names_it() {
        assert_eq!(with_baseline().matches("exemplar check --baseline exemplar-baseline.json").count(), 1);
    }
}
