//! Takes what is kept, runs the rest, and keeps what that gave.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Mutex;
use std::time::SystemTime;

use exemplar_model::outcome::Outcome;
use exemplar_model::plan::{Session, StepMode};
use exemplar_model::protocol::{Interpreter, Reads};
use exemplar_model::report::Isolation;
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

use super::dependency::{Dependency, Now, any_younger};
use super::digest::{Digest, Parts};
use super::entry::{Kept, MOST_VARIANTS, Variant};
use super::explain::{self, Last, Why};
use super::key::{Common, Key};
use super::place::Root;
use super::remote::Remote;
use super::store::{Programs, Store};
use super::trust::{Day, Stable};
use super::words::{changing, hiding};
use super::{Cache, CacheOptions};
use crate::execute::{
    Ended, ExecuteOptions, Executed, Ran, WorkerError, execute as run, execute_some, longest_first, together,
};

/// What all sessions gave, now or in an earlier run.
#[derive(Debug)]
pub struct Recalled {
    /// As if all had run.
    pub executed: Executed,
    /// For each session that ran, why it had to, as a clause: where results are kept at all.
    pub reasons: Vec<Option<String>>,
}

/// Gives what all sessions gave. `ended` is told of each one, as it ends or is taken from what is kept.
///
/// # Errors
/// As for running them. What goes wrong with the kept results only costs a run.
pub fn execute(
    sessions: &[Session],
    options: &ExecuteOptions,
    begun: &dyn Fn(usize),
    ended: &Ended<'_>,
) -> Result<Recalled, WorkerError> {
    let Some(Cache { inner: settings }) = &options.cache else {
        begun(sessions.iter().filter(|session| !session.steps.is_empty()).count());
        let executed = run(sessions, options, ended)?;
        return Ok(Recalled { executed, reasons: vec![None; sessions.len()] });
    };
    let root = Root::new(&settings.root);
    let store = Store::new(&settings.folder);
    let programs = Programs::read(&store);
    let keeper = Keeper {
        settings,
        root: &root,
        now: Now::new(&root, &programs, &options.interrupt),
        store: &store,
        started: SystemTime::now(),
        today: Day::today(),
        trouble: Mutex::default(),
        remote: settings.remote.as_ref().map(Remote::new),
    };
    let common = Common::new(options, &root, &programs);
    let mut found: Vec<Option<(Key, Result<Variant, Why>)>> = (0..sessions.len())
        .into_par_iter()
        .map(|index| {
            let session = &sessions[index];
            let is_wanted = !session.steps.is_empty() && options.interrupt.raised().is_none();
            is_wanted.then(|| {
                let key = common.key(session);
                let found = keeper.find(session, &key);
                if found.is_err() && session.python.is_none() && keeper.remote.is_none() {
                    // It will run: the worker need not wait until all are looked for.
                    options.ahead.begin(options, 1);
                }
                (key, found)
            })
        })
        .collect();
    if let Some(signal) = options.interrupt.raised() {
        // What was found last is of files that nobody has read to their end.
        return Err(WorkerError::Interrupted { signal });
    }
    keeper.ask_others(sessions, &mut found);
    let mut wanted = Vec::new();
    let mut keys: Vec<Option<(Key, Why)>> = Vec::with_capacity(found.len());
    let mut variants: Vec<Option<Variant>> = Vec::with_capacity(found.len());
    for (index, found) in found.into_iter().enumerate() {
        match found {
            None => {
                keys.push(None);
                variants.push(None);
            }
            Some((_, Ok(variant))) => {
                keys.push(None);
                variants.push(Some(variant));
            }
            Some((key, Err(why))) => {
                wanted.push(index);
                keys.push(Some((key, why)));
                variants.push(None);
            }
        }
    }
    begun(wanted.len());
    let known = if wanted.is_empty() { explain::Sessions::new() } else { explain::read(&store, &root) };
    longest_first(sessions, &mut wanted, |session| known.get(&session.lasting_name())?.took);
    let now_known = Mutex::new(known.clone());
    let witness = |index: usize, reads: &Reads, since: Option<SystemTime>| {
        let (key, _) = keys[index].as_ref()?;
        keeper.witness(&sessions[index], key, reads, since)
    };
    let ran = execute_some(sessions, wanted, options, Some(&witness), &|index, ran| {
        if let Some((key, _)) = keys[index].as_ref().filter(|_| options.interrupt.raised().is_none()) {
            let unkept = keeper.keep(&sessions[index], key, &ran).err();
            let took = ran.outcomes.iter().map(|outcome| outcome.duration).sum();
            if let Ok(mut known) = now_known.lock() {
                known.insert(sessions[index].lasting_name(), Last::new(key, unkept, took));
            }
        }
        ended(index, ran);
    });
    keeper.close(&programs, &now_known.into_inner().unwrap_or_default(), &known);
    let executed = ran?;
    let reasons = keys.iter().enumerate().map(|(index, key)| {
        let (key, why) = key.as_ref()?;
        let why = explain::words(why, key, known.get(&sessions[index].lasting_name()));
        Some(match executed.resumed[index] {
            0 => why,
            steps => format!("{why}; it went on from a checkpoint behind {}", steps_in_words(steps)),
        })
    });
    let reasons = reasons.collect();
    let recalled = assemble(sessions, executed, variants, reasons, &root, ended);
    match options.interrupt.raised() {
        // Who is told of the sessions need not have listened any more.
        Some(signal) => Err(WorkerError::Interrupted { signal }),
        None => Ok(recalled),
    }
}

/// Finds and keeps records.
struct Keeper<'a> {
    settings: &'a CacheOptions,
    root: &'a Root,
    now: Now<'a>,
    store: &'a Store,
    started: SystemTime,
    today: Day,
    /// What went wrong first.
    trouble: Mutex<Option<std::io::Error>>,
    /// What other machines have.
    remote: Option<Remote<'a>>,
}

impl Keeper<'_> {
    /// A run of this session that would be the same today, and here.
    fn find(&self, session: &Session, key: &Key) -> Result<Variant, Why> {
        if !self.settings.recall {
            return Err(Why::Asked);
        }
        let record = self.store.read(key.digest).ok_or(Why::NoRecord)?;
        let mut newest = None;
        for variant in record.variants.into_iter().filter(|it| it.steps.len() == session.steps.len()) {
            match self.objection(&variant) {
                None => {
                    self.store.touch(key.digest);
                    return Ok(variant);
                }
                objection => newest = newest.or(objection),
            }
        }
        Err(newest.unwrap_or(Why::NoRecord))
    }

    /// Looks for what is missing among the results of other machines. What they have is kept here too.
    fn ask_others(&self, sessions: &[Session], found: &mut [Option<(Key, Result<Variant, Why>)>]) {
        let Some(remote) = self.remote.as_ref().filter(|_| self.settings.recall) else { return };
        let missing = found.iter().flatten().filter(|(_, found)| found.is_err());
        let missing: Vec<Digest> = missing.map(|(key, _)| key.digest).collect();
        if missing.is_empty() {
            return;
        }
        let mut theirs = remote.get(&missing);
        for (index, place) in found.iter_mut().enumerate() {
            let Some((key, place)) = place.as_mut().filter(|(_, found)| found.is_err()) else { continue };
            let Some(mut record) = theirs.remove(&key.digest) else { continue };
            let ours = self.store.read(key.digest).unwrap_or_default().variants;
            for variant in ours {
                if !record.variants.iter().any(|it| it.dependencies == variant.dependencies) {
                    record.variants.push(variant);
                }
            }
            record.variants.truncate(MOST_VARIANTS);
            self.note(self.store.write(key.digest, &record));
            *place = self.find(&sessions[index], key);
        }
    }

    /// Why a run does not count.
    fn objection(&self, variant: &Variant) -> Option<Why> {
        let changed = variant.dependencies.iter().find(|(dependency, then)| self.now.of(dependency) != *then);
        if let Some((dependency, _)) = changed {
            return Some(Why::Changed(dependency.words()));
        }
        if variant.root.as_ref().is_some_and(|root| *root != self.root.shown()) {
            return Some(Why::Elsewhere);
        }
        if variant.resumed && !self.settings.resumed {
            return Some(Why::Resumed);
        }
        let stable = variant.stable.as_ref().filter(|stable| !stable.counts_on(self.today));
        stable.map(|stable| Why::Day(stable.why.clone()))
    }

    /// A word for all that a session was given and has read, but for its steps and its limits; none where something of it changed since then.
    fn witness(
        &self,
        session: &Session,
        key: &Key,
        reads: &Reads,
        since: Option<SystemTime>,
    ) -> Option<String> {
        let dependencies = Dependency::all(reads, self.root);
        if let Some(since) = since {
            let is_changed = |dependency: &Dependency| self.now.changed_since(dependency, since);
            if dependencies.iter().any(is_changed)
                || session.files.iter().any(|path| any_younger(path, since))
            {
                return None;
            }
        }
        let mut parts = Parts::default();
        for part in key.surroundings() {
            parts.digest(part);
        }
        for dependency in &dependencies {
            parts.digest(self.now.of(dependency));
        }
        Some(parts.done().hex())
    }

    /// Keeps what a session gave. Says why it does not, as a clause.
    fn keep(&self, session: &Session, key: &Key, ran: &Ran<'_>) -> Result<(), String> {
        let reads = ran.reads.ok_or("it did not come to its end")?;
        let steps = Kept::all(session, ran.outcomes)
            .ok_or("it crashed, ran into a limit or left something behind")?;
        if let Some(hidden) = &reads.hidden {
            return Err(hidden.clone());
        }
        let resumed = ran.resumed > 0;
        if let Some(word) = codes(session, reads).find_map(|code| hiding(&code)) {
            return Err(format!("it reads what can't be seen, by `{word}`"));
        }
        if session.steps.iter().any(|step| step.mode == StepMode::Shell) {
            return Err("it runs commands of a shell".to_owned());
        }
        let dependencies = Dependency::all(reads, self.root);
        let changed = dependencies.iter().find(|dependency| self.now.changed_since(dependency, self.started));
        if let Some(changed) = changed {
            return Err(format!("{} changed while it ran", changed.words()));
        }
        if let Some(changed) = session.files.iter().find(|path| any_younger(path, self.started)) {
            return Err(format!("`{}` changed while it ran", changed.display()));
        }
        let dependencies: Vec<_> = dependencies
            .into_iter()
            .map(|it| (self.now.of(&it), it))
            .map(|(digest, it)| (it, digest))
            .collect();
        let names_root = steps.iter().flat_map(Kept::texts).any(|text| self.root.is_named_in(text));
        let mut record = self.store.read(key.digest).unwrap_or_default();
        // What ran from its beginning takes the place of what did not, and is not given up for it.
        let is_same = |it: &Variant| it.dependencies == dependencies && (it.resumed || !resumed);
        let same = record.variants.iter().position(is_same);
        let before = same.map(|place| record.variants.remove(place));
        let stable = self.why_changing(session, reads).map(|why| {
            let before = before.filter(|before| {
                before.steps.len() == steps.len()
                    && before.steps.iter().zip(&steps).all(|(before, step)| before.is_same(step))
            });
            match before.and_then(|before| before.stable) {
                Some(stable) => stable.confirmed(self.today),
                None => Stable::new(self.today, why),
            }
        });
        let mut interpreter = ran.interpreter.clone();
        interpreter.executable = self.root.relative(&interpreter.executable);
        record.variants.insert(
            0,
            Variant {
                dependencies,
                root: names_root.then(|| self.root.shown()),
                stable,
                interpreter,
                isolation: ran.isolation.clone(),
                resumed,
                steps,
            },
        );
        record.variants.truncate(MOST_VARIANTS);
        if self.now.is_over() {
            return Err("the run was interrupted".to_owned());
        }
        self.note(self.store.write(key.digest, &record));
        if let Some(remote) = self.remote.as_ref().filter(|_| !resumed) {
            record.variants.retain(|variant| !variant.resumed);
            remote.put(key.digest, &record);
        }
        Ok(())
    }

    /// What it may read that is another thing tomorrow, in words.
    fn why_changing(&self, session: &Session, reads: &Reads) -> Option<String> {
        let word = codes(session, reads).find_map(|code| changing(&code));
        word.map(|word| format!("`{word}`")).or_else(|| reads.changing.first().cloned()).or_else(|| {
            let given = session
                .files
                .iter()
                .find(|path| path.is_dir() || has_extension(&path.to_string_lossy(), "py"));
            given.map(|path| format!("code in `{}`", path.display()))
        })
    }

    fn note(&self, done: std::io::Result<()>) {
        if let (Err(error), Ok(mut trouble)) = (done, self.trouble.lock()) {
            trouble.get_or_insert(error);
        }
    }

    /// At the end of a run, however it ended.
    fn close(&self, programs: &Programs, sessions: &explain::Sessions, before: &explain::Sessions) {
        if sessions != before {
            self.note(self.store.write_aside(&explain::file(self.root), sessions));
        }
        self.note(programs.keep(self.store));
        self.note(self.store.bound(self.settings.limit));
        if let Some(remote) = &self.remote {
            remote.finish();
        }
        if let Some(error) = self.trouble.lock().ok().and_then(|mut trouble| trouble.take()) {
            tracing::warn!("results are not kept for later runs: {error}");
        }
    }
}

/// The code of a session, and of the modules that it has read.
fn codes<'a>(session: &'a Session, reads: &'a Reads) -> impl Iterator<Item = Cow<'a, str>> {
    let modules = reads.files.iter().filter(|path| has_extension(path, "py"));
    let modules = modules.filter_map(|path| fs_err::read_to_string(path).ok().map(Cow::Owned));
    session.steps.iter().map(|step| Cow::Borrowed(step.code.as_str())).chain(modules)
}

fn steps_in_words(steps: usize) -> String {
    if steps == 1 { "its first step".to_owned() } else { format!("its first {steps} steps") }
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

/// Kept and new results in one, as if all sessions had run.
fn assemble(
    sessions: &[Session],
    mut executed: Executed,
    variants: Vec<Option<Variant>>,
    reasons: Vec<Option<String>>,
    root: &Root,
    ended: &Ended<'_>,
) -> Recalled {
    let some_are_kept = variants.iter().any(Option::is_some);
    let some_ran = executed.interpreters.iter().any(Option::is_some);
    let mut isolations: Vec<Isolation> = if some_ran { vec![executed.isolation.clone()] } else { Vec::new() };
    let recalled: Vec<Option<(Vec<Outcome>, Interpreter, Isolation)>> = (0..sessions.len())
        .into_par_iter()
        .zip(variants)
        .map(|(index, variant)| {
            let Variant { mut interpreter, isolation, steps, .. } = variant?;
            interpreter.executable = root.absolute(&interpreter.executable).to_string_lossy().into_owned();
            let mut outcomes = steps.into_iter().map(|kept| kept.outcome(&sessions[index])).collect();
            let ran = Ran {
                outcomes: &mut outcomes,
                reads: None,
                interpreter: &interpreter,
                isolation: &isolation,
                resumed: 0,
                kept: true,
            };
            ended(index, ran);
            Some((outcomes, interpreter, isolation))
        })
        .collect();
    for (index, recalled) in recalled.into_iter().enumerate() {
        let Some((outcomes, interpreter, isolation)) = recalled else { continue };
        executed.outcomes[index] = outcomes;
        executed.interpreters[index] = Some(interpreter);
        if !isolations.contains(&isolation) {
            isolations.push(isolation);
        }
    }
    if some_are_kept {
        executed.isolation = together(&isolations);
        let own =
            |index: &usize| sessions[*index].python.is_none() && executed.interpreters[*index].is_some();
        let first = (0..sessions.len()).find(own);
        let first = first.or_else(|| executed.interpreters.iter().position(Option::is_some));
        executed.interpreter = first.and_then(|index| executed.interpreters[index].clone());
    }
    Recalled { executed, reasons }
}
