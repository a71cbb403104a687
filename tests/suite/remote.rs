//! Results that several machines share: on a real Redis, on a real server of S3's protocol, in a folder; and whatever can be wrong with those.
//!
//! Two machines are two checkouts with a folder of kept results each.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cache::{checking, numbered, taken, write_pages};
use crate::run::{build_folder, workspace};

/// How long a server may take to begin.
const PATIENCE: Duration = Duration::from_secs(30);

const PAGES: usize = 5;
const PASSWORD: &str = "hush-hush-hush";

/// A server on a port of this machine, with a folder of its own. It goes with the test.
struct Server {
    process: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start(program: &Path, arguments: impl FnOnce(u16, &Path) -> Vec<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(program);
        command.args(arguments(port, folder.path())).current_dir(folder.path());
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap_or_else(|error| {
            panic!("{} can't be started: {error}; `setup/prepare test` installs it", program.display())
        });
        let mut server = Self { process, port, _folder: folder };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "{} does not answer", program.display());
            assert_eq!(server.process.try_wait().unwrap(), None, "{} has ended", program.display());
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    fn redis() -> Self {
        Self::start(Path::new("redis-server"), |port, folder| {
            let folder = folder.display();
            let line = format!(
                "--port {port} --bind 127.0.0.1 --save  --appendonly no --dir {folder} --requirepass {PASSWORD}"
            );
            line.split(' ').map(str::to_owned).collect()
        })
    }

    fn s3() -> Self {
        let target = build_folder();
        let tools =
            [target.parent().unwrap().join("tools/bin/s3s-fs"), workspace().join("target/tools/bin/s3s-fs")];
        let program = tools.iter().find(|path| path.is_file()).cloned().unwrap_or_else(|| "s3s-fs".into());
        Self::start(&program, |port, folder| {
            fs_err::create_dir(folder.join("bucket")).unwrap();
            let line = format!("--access-key key --secret-key {PASSWORD} --host 127.0.0.1 --port {port} .");
            line.split(' ').map(str::to_owned).collect()
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A machine: a checkout, and what it has kept.
struct Machine {
    folder: tempfile::TempDir,
    url: String,
}

impl Machine {
    fn new(url: &str) -> Self {
        let program = build_folder().join("exemplar-remote-cache");
        assert!(
            program.is_file(),
            "the program is not built: run `make test`, or `cargo build --release -p exemplar-remote --features remote-cache`"
        );
        let machine = Self { folder: tempfile::tempdir().unwrap(), url: url.to_owned() };
        write_pages(&machine.book(), &numbered(PAGES, |number| format!("print({number})")));
        machine
    }

    fn book(&self) -> PathBuf {
        self.folder.path().join("book")
    }

    fn check(&self, mode: &str) -> (Value, Output) {
        let mut command = checking(&self.book(), &self.folder.path().join("cache"));
        command
            .env("EXEMPLAR_REMOTE_CACHE", &self.url)
            .env("EXEMPLAR_REMOTE_CACHE_MODE", mode)
            .env("AWS_ACCESS_KEY_ID", "key")
            .env("AWS_SECRET_ACCESS_KEY", PASSWORD)
            .env("AWS_EC2_METADATA_DISABLED", "true");
        for proxy in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            command.env_remove(proxy);
        }
        let output = command.output().unwrap();
        let report = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        (report, output)
    }

    /// How many results were not had by running, where nothing is wrong.
    fn taken(&self, mode: &str) -> usize {
        let (report, output) = self.check(mode);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "at {}", self.url);
        taken(&report)
    }
}

/// What must hold wherever the results are.
fn is_shared_at(url: &str) {
    assert_eq!(Machine::new(url).taken("read-only"), 0, "nothing is there yet");
    assert_eq!(Machine::new(url).taken("read-write"), 0, "who only reads has left nothing");
    let second = Machine::new(url);
    assert_eq!(second.taken("read-only"), PAGES);
    // What came is kept here too: now without the place.
    let alone = Machine { url: String::new(), ..second };
    assert_eq!(alone.taken("read-write"), PAGES);
    // One page is another; the rest is still had.
    let third = Machine::new(url);
    write_pages(&third.book(), &numbered(1, |_| "print('another')".to_owned()));
    assert_eq!(third.taken("read-write"), PAGES - 1);
    let fourth = Machine::new(url);
    write_pages(&fourth.book(), &numbered(1, |_| "print('another')".to_owned()));
    assert_eq!(fourth.taken("read-write"), PAGES);
}

#[test]
fn results_are_shared_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    is_shared_at(&format!("file://{}", folder.path().join("shared").display()));
}

#[test]
fn results_are_shared_on_redis() {
    let server = Server::redis();
    is_shared_at(&format!("redis://:{PASSWORD}@127.0.0.1:{}/0/exemplar", server.port));
}

#[test]
fn results_are_shared_on_s3() {
    let server = Server::s3();
    let port = server.port;
    is_shared_at(&format!("s3://bucket/exemplar?region=us-east-1&endpoint=http://127.0.0.1:{port}"));
}

/// Everything runs, one warning says why, and nothing says a password.
fn is_told_once(url: &str, words: &str) {
    let (report, output) = Machine::new(url).check("read-write");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), taken(&report)), (Some(0), 0), "{said}");
    assert_eq!(report["summary"]["ran"], PAGES);
    assert_eq!(said.lines().filter(|line| line.contains("are not used")).count(), 1, "{said}");
    assert!(said.contains(words), "{said}");
    assert!(!said.contains("hush"), "{said}");
}

#[test]
fn a_place_that_can_not_be_used_costs_a_warning() {
    let redis = Server::redis();
    let port = redis.port;
    is_told_once(&format!("redis://:hush@127.0.0.1:{port}/"), &format!("`redis://127.0.0.1:{port}/`"));
    let s3 = Server::s3();
    let endpoint = format!("http://127.0.0.1:{}", s3.port);
    let place =
        format!("s3://bucket/?region=us-east-1&endpoint={endpoint}&access_key_id=key&secret_access_key=hush");
    is_told_once(&place, "`s3://bucket/`");
    drop((redis, s3));
    is_told_once(&format!("redis://:{PASSWORD}@127.0.0.1:{port}/"), "refused");
    is_told_once("ftp://me:hush@127.0.0.1/", "is none of `s3://`");
    // One that accepts and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    is_told_once(&format!("redis://:hush@127.0.0.1:{port}/"), "takes too long");
}

#[test]
fn a_shared_record_that_is_damaged_is_as_good_as_none() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", folder.path().display());
    assert_eq!(Machine::new(&url).taken("read-write"), 0);
    for (place, path) in crate::run::files_below(folder.path()).into_iter().enumerate() {
        let bytes = fs_err::read(&path).unwrap();
        fs_err::write(&path, if place % 2 == 0 { &bytes[..bytes.len() / 2] } else { b"rubbish" }).unwrap();
    }
    assert_eq!(Machine::new(&url).taken("read-write"), 0);
    assert_eq!(Machine::new(&url).taken("read-only"), PAGES);
}
