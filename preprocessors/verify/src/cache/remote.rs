//! Results that several machines share: records of the same form, somewhere in a network.
//!
//! The program `exemplar-remote-cache` keeps them ([`exemplar_model::remote`]); here it is asked for what the folder lacks, all at once, and
//! given what is new.
//!
//! Invariants: a run is never the worse for it. Whatever goes wrong is told once, and the run goes on as if there were no such place; it
//! waits no longer than [`LOOK_LIMIT`] before the sessions and [`KEEP_LIMIT`] behind them. What comes is believed as little as what lies in
//! the folder: a record that is damaged is none.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use exemplar_model::remote::{Answer, Request, message, read_message};

use super::digest::Digest;
use super::entry::{Record, VERSION};
use crate::load::project::Project;

/// The environment variable that names the place, or none if it is empty.
pub const REMOTE_VARIABLE: &str = "EXEMPLAR_REMOTE_CACHE";

/// The environment variable that says whether it may be written.
pub const MODE_VARIABLE: &str = "EXEMPLAR_REMOTE_CACHE_MODE";

/// How long a run waits for the records that it asks for.
const LOOK_LIMIT: Duration = Duration::from_secs(10);

/// How long it waits at its end until what is new is kept.
const KEEP_LIMIT: Duration = Duration::from_secs(20);

/// The program, which lies beside `exemplar`.
const PROGRAM: &str = "exemplar-remote-cache";

/// Where shared results are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteOptions {
    /// The place, which may name a password.
    pub url: String,
    /// Whether it is only read.
    pub read_only: bool,
}

impl RemoteOptions {
    /// What a project uses; the environment comes before its settings.
    #[must_use]
    pub fn of(project: &Project) -> Option<Self> {
        let set = std::env::var(REMOTE_VARIABLE).ok();
        let url = set.or_else(|| project.settings.remote_cache.clone()).filter(|url| !url.is_empty())?;
        let mode = std::env::var(MODE_VARIABLE).ok().filter(|mode| !mode.is_empty());
        // A word that nobody knows is no permission.
        let read_only = mode.map_or(project.settings.remote_cache_read_only, |mode| mode != "read-write");
        Some(Self { url, read_only })
    }
}

/// The shared results, for one run.
pub(super) struct Remote<'a> {
    options: &'a RemoteOptions,
    state: Mutex<State>,
}

enum State {
    /// Nobody has asked for anything.
    Idle,
    Open(Link),
    /// Something went wrong, which is told.
    Closed,
}

/// The program.
struct Link {
    process: Child,
    requests: Sender<(Request, Vec<u8>)>,
    answers: Receiver<(Answer, Vec<u8>)>,
    /// How many records it has not kept yet.
    unkept: usize,
}

impl<'a> Remote<'a> {
    pub(super) fn new(options: &'a RemoteOptions) -> Self {
        Self { options, state: Mutex::new(State::Idle) }
    }

    /// The records of these keys, as far as there are any.
    pub(super) fn get(&self, keys: &[Digest]) -> HashMap<Digest, Record> {
        let mut found = HashMap::new();
        self.with_link(|link| {
            let names: BTreeMap<String, Digest> = keys.iter().map(|&key| (name(key), key)).collect();
            for name in names.keys() {
                link.ask(Request::Get { name: name.clone() }, Vec::new())?;
            }
            let until = Instant::now() + LOOK_LIMIT;
            for _ in 0..names.len() {
                if let (Answer::Found { name }, body) = link.answer(until)?
                    && let (Some(&key), Some(record)) = (names.get(&name), Record::decode(&body))
                {
                    found.insert(key, record);
                }
            }
            Ok(())
        });
        found
    }

    /// Gives a record. Nobody waits for that before [`Self::finish`].
    pub(super) fn put(&self, key: Digest, record: &Record) {
        if self.options.read_only {
            return;
        }
        let Some(body) = record.encode() else { return };
        self.with_link(|link| {
            link.unkept += 1;
            link.ask(Request::Put { name: name(key) }, body)
        });
    }

    /// Waits until all is kept, and ends the program.
    pub(super) fn finish(&self) {
        if matches!(self.state.lock().as_deref(), Ok(State::Open(_))) {
            self.with_link(|link| {
                let until = Instant::now() + KEEP_LIMIT;
                while link.unkept > 0 {
                    link.answer(until)?;
                    link.unkept -= 1;
                }
                Ok(())
            });
        }
        if let Ok(mut state) = self.state.lock() {
            *state = State::Closed;
        }
    }

    /// Does something with the program, which is started if it was not yet. What goes wrong is the end of it.
    fn with_link(&self, work: impl FnOnce(&mut Link) -> Result<(), String>) {
        let Ok(mut state) = self.state.lock() else { return };
        let done = match &mut *state {
            State::Closed => return,
            State::Open(link) => work(link),
            State::Idle => Link::open(&self.options.url).and_then(|mut link| {
                let done = work(&mut link);
                *state = State::Open(link);
                done
            }),
        };
        if let Err(reason) = done {
            *state = State::Closed;
            let place = shown(&self.options.url);
            tracing::warn!("the shared results at {place} are not used: {reason}");
        }
    }
}

impl Link {
    fn open(url: &str) -> Result<Self, String> {
        let program = program();
        if !program.is_file() {
            return Err(format!(
                "the program `{}` is missing; build it with `cargo build --release -p exemplar-remote --features remote-cache`",
                program.display()
            ));
        }
        let mut process = Command::new(&program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // What it has to say it says as an answer.
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("`{}` can't be started: {error}", program.display()))?;
        let (requests, waiting) = channel::<(Request, Vec<u8>)>();
        let (heard, answers) = channel();
        let pipes = (process.stdin.take(), process.stdout.take());
        let (Some(mut input), Some(output)) = pipes else { return Err("it has no pipes".to_owned()) };
        // Neither thread is ever waited for: both end with the program.
        std::thread::spawn(move || {
            for (request, body) in waiting {
                // What is too long to be sent is never answered, and so it is told.
                let Some(message) = message(&request, &body) else { return };
                if input.write_all(&message).is_err() {
                    return;
                }
            }
        });
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(answer) = read_message(|part| output.read_exact(part).is_ok()) {
                if heard.send(answer).is_err() {
                    return;
                }
            }
        });
        let link = Self { process, requests, answers, unkept: 0 };
        link.ask(Request::Open { url: url.to_owned() }, Vec::new())?;
        Ok(link)
    }

    fn ask(&self, request: Request, body: Vec<u8>) -> Result<(), String> {
        self.requests.send((request, body)).map_err(|_| "its program has ended".to_owned())
    }

    /// The next answer, unless it is why there is none.
    fn answer(&self, until: Instant) -> Result<(Answer, Vec<u8>), String> {
        match self.answers.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok((Answer::Failed { reason }, _)) => Err(reason),
            Ok(answer) => Ok(answer),
            Err(RecvTimeoutError::Timeout) => Err("it takes too long to answer".to_owned()),
            Err(RecvTimeoutError::Disconnected) => Err("its program has ended".to_owned()),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> PathBuf {
    std::env::current_exe().unwrap_or_default().with_file_name(PROGRAM)
}

/// The name of a record: results of another version are others.
fn name(key: Digest) -> String {
    let hex = key.hex();
    format!("{VERSION}/{}/{hex}", &hex[..2])
}

/// A place as it may be shown: without what stands before the host, and without what follows a question mark.
fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.split_once("://") {
        None => "a place that is no URL".to_owned(),
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("`{scheme}://{host}{path}`")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_place_is_shown_without_what_opens_it() {
        assert_eq!(shown("redis://me:hush@host:1/0"), "`redis://host:1/0`");
        assert_eq!(shown("rediss://:hu@sh@host"), "`rediss://host`");
        assert_eq!(shown("s3://bucket/results?secret_access_key=hush"), "`s3://bucket/results`");
        assert_eq!(shown("hush"), "a place that is no URL");
    }
}
