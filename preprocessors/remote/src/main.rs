//! `exemplar-remote-cache`: kept results that several machines share, on S3, Google's Cloud Storage, Redis or in a folder.
//!
//! `exemplar` starts it where the settings name such a place, and speaks to it by its standard input and output
//! ([`exemplar_model::remote`]). It is a program of its own so that no network client is in the others, and nothing of it is compiled for
//! who does not want it: the feature `remote-cache`.
//!
//! Invariants: it knows no more of a record than its name and its bytes, and decides nothing about it. It never waits longer than
//! `exemplar` does, which ends it. Nothing that it says holds a password.
//!
//! Deliberately absent: its own way to sign in. Keys are found as the services' own tools find them: in environment variables, files of
//! settings, and the metadata of a machine in a cloud.

mod place;

use std::io::{self, BufReader, Read, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use exemplar_model::remote::{Answer, Request, message, read_message};
use opendal::{ErrorKind, Operator};
use tokio::sync::{Semaphore, mpsc};

use place::Place;

/// How many requests are under way at a time.
const AT_A_TIME: usize = 32;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let served = runtime.and_then(|runtime| {
        let served = runtime.block_on(serve());
        // What still waits for an answer that nobody wants any more does not keep it.
        runtime.shutdown_background();
        served
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Somebody has started it by hand, or exemplar is gone.
            let _ = writeln!(
                io::stderr(),
                "exemplar-remote-cache is started by exemplar, and speaks with it alone: {error}"
            );
            ExitCode::FAILURE
        }
    }
}

/// Answers requests until there are no more.
async fn serve() -> io::Result<()> {
    let mut requests = requests();
    let answers = Answers(Arc::new(Mutex::new(io::stdout())));
    let Some((Request::Open { url }, _)) = requests.recv().await else {
        return Err(io::Error::other("the first message is not what it must be"));
    };
    let place = match Place::of(&url) {
        Ok(place) => Arc::new(place),
        Err(reason) => return answers.give(&Answer::Failed { reason }, &[]),
    };
    let room = Arc::new(Semaphore::new(AT_A_TIME));
    while let Some((request, body)) = requests.recv().await {
        let (place, answers) = (Arc::clone(&place), answers.clone());
        let permit = Arc::clone(&room).acquire_owned().await.map_err(io::Error::other)?;
        tokio::spawn(async move {
            let (answer, body) = match answer(&place.operator, request, body).await {
                Ok(answer) => answer,
                Err(error) => (Answer::Failed { reason: place.reason(&error) }, Vec::new()),
            };
            // When nobody hears it, nobody wants it.
            let _ = answers.give(&answer, &body);
            drop(permit);
        });
    }
    // All of them have ended when all room is free.
    let all = u32::try_from(AT_A_TIME).map_err(io::Error::other)?;
    let _all = room.acquire_many(all).await.map_err(io::Error::other)?;
    Ok(())
}

/// The messages, read on a thread of its own: a standard input can't be waited for in any other way.
fn requests() -> mpsc::Receiver<(Request, Vec<u8>)> {
    let (sender, receiver) = mpsc::channel(AT_A_TIME);
    std::thread::spawn(move || {
        let mut input = BufReader::new(io::stdin().lock());
        while let Some(request) = read_message(|part| input.read_exact(part).is_ok()) {
            if sender.blocking_send(request).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Where answers go, one at a time.
#[derive(Clone)]
struct Answers(Arc<Mutex<io::Stdout>>);

impl Answers {
    fn give(&self, answer: &Answer, body: &[u8]) -> io::Result<()> {
        let message = message(answer, body).ok_or_else(|| io::Error::other("a record is too long"))?;
        let mut output = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        output.write_all(&message)?;
        output.flush()
    }
}

async fn answer(at: &Operator, request: Request, body: Vec<u8>) -> opendal::Result<(Answer, Vec<u8>)> {
    match request {
        Request::Open { .. } => {
            Ok((Answer::Failed { reason: "it was opened already".to_owned() }, Vec::new()))
        }
        Request::Get { name } => match at.read(&name).await {
            Ok(record) => Ok((Answer::Found { name }, record.to_vec())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok((Answer::None { name }, Vec::new())),
            Err(error) => Err(error),
        },
        Request::Put { name } => {
            at.write(&name, body).await?;
            Ok((Answer::Kept { name }, Vec::new()))
        }
    }
}
