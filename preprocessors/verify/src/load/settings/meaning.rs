//! What the written values mean.
//!
//! Everything that can be wrong with a value beyond its type is found here, at its place: a flag that there is not, a time without a
//! unit, a pattern that is none, a path that leads nowhere.

use std::path::{Path, PathBuf};
use std::time::Duration;

use exemplar_model::flags::{FlagChange, Flags};
use exemplar_model::quantity;
use exemplar_model::teaching::slug;
use ignore::gitignore::GitignoreBuilder;
use regex::Regex;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::pages::{Override, RuleChanges};
use super::place::SettingsPlace;
use super::table::{Reader, fields, what_is_meant};
use super::written::{
    OF_MDBOOK, WrittenCaps, WrittenFilter, WrittenPages, WrittenPreload, WrittenProject, WrittenRules,
};
use super::{Caps, Filter, Preload, Settings};
use crate::load::interpreter;
use crate::load::project::absolute;

/// The key of the overrides.
const OVERRIDE: &str = "override";

/// Applies a table to the settings. Paths in it start at `folder`, which is absolute.
pub(super) fn apply(
    reader: &mut Reader,
    table: &Spanned<DeTable<'_>>,
    place: SettingsPlace,
    folder: &Path,
    settings: &mut Settings,
) {
    let mut known = [fields::<WrittenProject>(), fields::<WrittenRules>(), &[OVERRIDE]].concat();
    let of_mdbook = table.get_ref().keys().filter(|key| OF_MDBOOK.contains(&&**key.get_ref()));
    if place != SettingsPlace::Book {
        for key in of_mdbook {
            reader.wrong(key.span(), format!("`{}` belongs into book.toml", key.get_ref()));
        }
    }
    let own = known.len();
    known.extend(OF_MDBOOK);
    reader.only(table, &known, &known[..own]);
    // What was set before, for pytest, is only the default.
    if table.get_ref().contains_key("flags") {
        settings.rules.flags = Settings::default().rules.flags;
    }
    let mut meaning = Meaning { reader, folder };
    let project = meaning.reader.part::<WrittenProject>(table);
    meaning.project(project, settings);
    let rules = meaning.reader.part::<WrittenRules>(table);
    meaning.rules(rules).apply(&mut settings.rules);
    if let Some(overrides) = table.get_ref().get(OVERRIDE) {
        settings.overrides = meaning.overrides(overrides);
    }
}

/// Finds the meaning of values, and notes those that have none.
pub(super) struct Meaning<'a> {
    reader: &'a mut Reader,
    folder: &'a Path,
}

impl Meaning<'_> {
    fn project(&mut self, written: WrittenProject, settings: &mut Settings) {
        if let Some(paths) = written.paths {
            settings.paths = paths.iter().map(|path| absolute(&self.folder.join(path))).collect();
        }
        if let Some(patterns) = written.exclude {
            for pattern in &patterns {
                self.pattern(&mut GitignoreBuilder::new(self.folder), pattern);
            }
            settings.exclude = patterns.into_iter().map(Spanned::into_inner).collect();
        }
        if let Some(python) = written.python {
            settings.python = Some(match interpreter::version(python.get_ref()) {
                Some(version) => version.into(),
                None => self.path(&python, "file", Path::is_file),
            });
        }
        settings.isolation = written.isolation.unwrap_or(settings.isolation);
        if let Some(preload) = written.preload {
            let range = preload.span();
            settings.preload = match preload.into_inner() {
                WrittenPreload::Word(word) if word == "auto" => Preload::Auto,
                WrittenPreload::Named(names) => Preload::Named(names),
                WrittenPreload::Switch(false) => Preload::Off,
                WrittenPreload::Word(_) | WrittenPreload::Switch(true) => {
                    self.reader.wrong(range, "write \"auto\", a list of modules, or false");
                    Preload::Auto
                }
            };
        }
        for tag in written.tags.into_iter().flatten() {
            let is_word = |it: char| !it.is_whitespace() && !",{}=`".contains(it);
            if tag.get_ref().is_empty() || !tag.get_ref().chars().all(is_word) {
                self.reader.wrong(tag.span(), format!("`{}` can't be the tag of a fence", tag.get_ref()));
            }
            settings.tags.push(tag.into_inner().to_ascii_lowercase());
        }
        for topic in written.topics.into_iter().flatten() {
            let word = slug(topic.get_ref());
            if word.is_empty() || settings.topics.iter().any(|known| slug(known) == word) {
                let why = if word.is_empty() { "can't be a topic" } else { "is declared already" };
                self.reader.wrong(topic.span(), format!("`{}` {why}", topic.get_ref()));
            }
            settings.topics.push(topic.into_inner().trim().to_owned());
        }
        if let Some(folder) = written.cache_dir {
            settings.cache_dir = Some(absolute(&self.folder.join(folder)));
        }
        settings.cache_size = self.bytes(written.cache_size.as_ref()).unwrap_or(settings.cache_size);
        if let Some(url) = &written.remote_cache {
            let known = ["s3://", "gcs://", "redis://", "rediss://", "file://"];
            if !known.iter().any(|scheme| url.get_ref().starts_with(scheme)) {
                let known = known.join("`, `");
                self.reader.wrong(url.span(), format!("`remote-cache` begins with one of `{known}`"));
            }
        }
        settings.remote_cache = written.remote_cache.map(Spanned::into_inner);
        if let Some(mode) = &written.remote_cache_mode {
            settings.remote_cache_read_only = mode.get_ref() != "read-write";
            if !["read-write", "read-only"].contains(&mode.get_ref().as_str()) {
                self.reader
                    .wrong(mode.span(), "`remote-cache-mode` is `read-write` or `read-only`".to_owned());
            }
        }
        settings.libraries = written.libraries.unwrap_or_default();
        if let Some(pdf) = written.pdf {
            self.pdf(pdf, &mut settings.pdf);
        }
        if let Some(caps) = written.caps {
            self.caps(&caps, &mut settings.caps);
        }
    }

    fn caps(&mut self, written: &WrittenCaps, caps: &mut Caps) {
        caps.timeout = self.duration(written.timeout.as_ref()).unwrap_or(caps.timeout);
        caps.memory = self.bytes(written.memory.as_ref()).unwrap_or(caps.memory);
        caps.processes = self.count(written.processes.as_ref()).unwrap_or(caps.processes);
        caps.output = self.bytes(written.output.as_ref()).unwrap_or(caps.output);
        caps.network = written.network.unwrap_or(caps.network);
    }

    fn rules(&mut self, written: WrittenRules) -> RuleChanges {
        RuleChanges {
            flags: written.flags.map(|flags| self.flags(&flags)),
            division: written.session,
            console: written.console,
            warnings: written.warnings,
            filters: written
                .filters
                .map(|filters| filters.into_iter().map(|filter| self.filter(filter)).collect()),
            prelude: written.prelude.map(|paths| self.paths(&paths, "file", Path::is_file)),
            files: written.files.map(|paths| self.paths(&paths, "file or folder", Path::exists)),
            pythonpath: written.pythonpath.map(|paths| self.paths(&paths, "folder", Path::is_dir)),
            timeout: self.duration(written.timeout.as_ref()),
            session_timeout: self.duration(written.session_timeout.as_ref()),
            memory: self.bytes(written.memory.as_ref()),
            processes: self.count(written.processes.as_ref()),
            output: self.bytes(written.output.as_ref()),
            network: written.network,
        }
    }

    fn overrides(&mut self, written: &Spanned<DeValue<'_>>) -> Vec<Override> {
        let DeValue::Array(items) = written.get_ref() else {
            self.reader.wrong(written.span(), "expected tables: `[[override]]`");
            return Vec::new();
        };
        items.iter().filter_map(|item| self.one_override(item)).collect()
    }

    fn one_override(&mut self, item: &Spanned<DeValue<'_>>) -> Option<Override> {
        let DeValue::Table(table) = item.get_ref() else {
            self.reader.wrong(item.span(), "expected a table: `[[override]]`");
            return None;
        };
        let table = Spanned::new(item.span(), table.clone());
        let known = [fields::<WrittenPages>(), fields::<WrittenRules>()].concat();
        let of_project = fields::<WrittenProject>();
        for key in table.get_ref().keys() {
            let word = &**key.get_ref();
            if of_project.contains(&word) && !known.contains(&word) {
                let message = format!("`{word}` holds for the whole project and can't stand in an override");
                self.reader.wrong(key.span(), message);
            }
        }
        self.reader.only(&table, &[&known, of_project].concat(), &known);
        let pages = self.reader.part::<WrittenPages>(&table);
        if !table.get_ref().contains_key("paths") {
            self.reader.wrong(table.span(), "missing key `paths`: the pages that this override is about");
        }
        let mut patterns = GitignoreBuilder::new(self.folder);
        for pattern in &pages.paths {
            self.pattern(&mut patterns, pattern);
        }
        let rules = self.reader.part::<WrittenRules>(&table);
        let changes = self.rules(rules);
        // Each pattern is known to be one, so that together they are too.
        Some(Override::new(patterns.build().ok()?, changes))
    }

    fn flags(&mut self, written: &Spanned<String>) -> FlagChange {
        let mut change = FlagChange::default();
        let words = written.get_ref().split(|it: char| it == ',' || it.is_whitespace());
        for word in words.filter(|word| !word.is_empty()) {
            let (name, on) = match word.strip_prefix('-') {
                Some(name) => (name, false),
                None => (word.strip_prefix('+').unwrap_or(word), true),
            };
            match Flags::named(name) {
                Some(flag) => change.set(flag, on),
                None => {
                    let known: Vec<&str> = Flags::names().collect();
                    let meant = what_is_meant(&name.to_ascii_uppercase(), &known);
                    self.reader.wrong(written.span(), format!("unknown flag `{name}`; {meant}"));
                }
            }
        }
        change
    }

    fn filter(&mut self, written: WrittenFilter) -> Filter {
        if let Err(error) = Regex::new(written.pattern.get_ref()) {
            // The first lines draw the pattern, which the place in the file does as well.
            let error = error.to_string();
            let cause = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
            let message = format!("`{}` is no regular expression: {cause}", written.pattern.get_ref());
            self.reader.wrong(written.pattern.span(), message);
        }
        Filter { pattern: written.pattern.into_inner(), replacement: written.replacement }
    }

    /// Notes what is wrong with a value.
    pub(super) fn wrong(&mut self, range: std::ops::Range<usize>, message: String) {
        self.reader.wrong(range, message);
    }

    pub(super) fn pattern(&mut self, patterns: &mut GitignoreBuilder, written: &Spanned<String>) {
        if let Err(error) = patterns.add_line(None, written.get_ref()) {
            self.reader.wrong(written.span(), error.to_string());
        }
    }

    fn duration(&mut self, written: Option<&Spanned<String>>) -> Option<Duration> {
        let written = written?;
        let value = quantity::duration(written.get_ref());
        if value.is_none() {
            self.reader.wrong(written.span(), format!("write it as {}", quantity::DURATION_FORM));
        }
        value
    }

    fn bytes(&mut self, written: Option<&Spanned<String>>) -> Option<u64> {
        let written = written?;
        let value = quantity::bytes(written.get_ref());
        if value.is_none() {
            self.reader.wrong(written.span(), format!("write it as {}", quantity::BYTES_FORM));
        }
        value
    }

    fn count(&mut self, written: Option<&Spanned<i64>>) -> Option<usize> {
        let written = written?;
        let value = usize::try_from(*written.get_ref()).ok().filter(|&count| count > 0);
        if value.is_none() {
            self.reader.wrong(written.span(), "expected a number from 1 on");
        }
        value
    }

    pub(super) fn paths(
        &mut self,
        written: &[Spanned<PathBuf>],
        what: &str,
        is_there: fn(&Path) -> bool,
    ) -> Vec<PathBuf> {
        written.iter().map(|path| self.path(path, what, is_there)).collect()
    }

    fn path(&mut self, written: &Spanned<PathBuf>, what: &str, is_there: fn(&Path) -> bool) -> PathBuf {
        let path = absolute(&self.folder.join(written.get_ref()));
        if !is_there(&path) {
            let shown = written.get_ref().display();
            let message =
                format!("there is no {what} `{shown}`; paths start at the folder of these settings");
            self.reader.wrong(written.span(), message);
        }
        path
    }
}
