//! `exemplar serve`: what a browser sees after each thing that an author does, the clumsy ones included. Each wait is for something that
//! must happen, and ends the test when it does not.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::run::exemplar;

/// How long a change may take until browsers hear of it.
const PATIENCE: Duration = Duration::from_secs(90);

struct Served {
    child: Child,
    address: String,
    events: BufReader<TcpStream>,
    told: Value,
    /// What it says in its terminal.
    said: Arc<Mutex<String>>,
}

impl Served {
    fn of(book: &Path, cache: &Path) -> Self {
        let mut child = Command::new(exemplar())
            .args(["serve", "--port", "0"])
            .current_dir(book)
            .env("NO_COLOR", "1")
            .env("EXEMPLAR_CACHE_DIR", cache)
            .env_remove("EXEMPLAR_NO_CACHE")
            .env_remove("VIRTUAL_ENV")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let address =
            line.split("http://").nth(1).and_then(|rest| rest.split('/').next()).unwrap().to_owned();
        assert!(address.starts_with("127.0.0.1:"), "{line}");
        // What it says further is read, so that it never waits for that.
        let heard = Arc::new(Mutex::new(String::new()));
        let hears = Arc::clone(&heard);
        std::thread::spawn(move || {
            for line in said.lines() {
                let Ok(line) = line else { return };
                *hears.lock().unwrap() += &format!("{line}\n");
            }
        });
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(b"GET /__exemplar/events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        Self { child, address, events: BufReader::new(stream), told: Value::Null, said: heard }
    }

    /// Hears until this is so.
    fn until(&mut self, what: &str, is_so: impl Fn(&Value) -> bool) {
        let begun = Instant::now();
        while !is_so(&self.told) {
            assert!(begun.elapsed() < PATIENCE, "{what}: {:#}", self.told);
            let mut line = String::new();
            self.events
                .read_line(&mut line)
                .unwrap_or_else(|error| panic!("{what}: {error}: {:#}", self.told));
            if let Some(data) = line.strip_prefix("data:") {
                self.told = serde_json::from_str(data).unwrap();
            }
        }
    }

    fn version(&self, page: &str) -> u64 {
        version(&self.told, page)
    }

    /// The body of an answer, and its status line.
    fn get(&self, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), body.to_owned())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn version(told: &Value, page: &str) -> u64 {
    told["pages"][page]["version"].as_u64().unwrap_or_default()
}

fn issues<'a>(told: &'a Value, page: &str) -> &'a [Value] {
    told["pages"][page]["issues"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A page without its tags.
fn text_of(html: &str) -> String {
    let parts = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    parts.collect()
}

const SUMMARY: &str = "# Summary\n\n- [One](one.md)\n- [Two](part/two.md)\n";

fn example(code: &str, output: &str) -> String {
    format!("# A page\n\n```python\n>>> {code}\n{output}\n```\n")
}

#[test]
fn a_browser_sees_what_an_author_does() {
    let folder = tempfile::tempdir().unwrap();
    let (book, cache) = (folder.path().join("book"), folder.path().join("cache"));
    let write = |name: &str, text: &str| {
        let path = book.join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    };
    let settings = "[book]\ntitle = \"T\"\nsrc = \"src\"\n[build]\nbuild-dir = \"dist\"\n";
    write("book.toml", settings);
    write("src/SUMMARY.md", SUMMARY);
    write("src/one.md", &example("1 + 1", "2"));
    write("src/part/two.md", &example("2 + 2", "4"));
    let mut served = Served::of(&book, &cache);
    served.until("the first site", |told| version(told, "one.html") > 0);
    let (status, page) = served.get("/");
    assert!(status.contains("200") && page.contains("/__exemplar/page.js"), "{status}\n{page}");
    assert!(served.get("/no/such/page.html").0.contains("404"));
    assert!(served.get("/%2e%2e/%2e%2e/etc/passwd").0.contains("400"));

    // A stale example is shown over its page, with what mends it.
    write("src/part/two.md", &example("2 + 3", "4"));
    served.until("a stale example", |told| !issues(told, "part/two.html").is_empty());
    let issue = &issues(&served.told, "part/two.html")[0];
    assert_eq!(
        (&issue["code"], &issue["fix"]),
        (&"stale-output".into(), &"exemplar fix src/part/two.md:4".into())
    );
    assert_eq!(issue["diff"], serde_json::json!([["-", "4"], ["+", "5"]]));
    assert!(text_of(&served.get("/part/two.html").1).contains("2 + 3"));
    write("src/part/two.md", &example("2 + 3", "5"));
    served.until("it is mended", |told| issues(told, "part/two.html").is_empty());

    // Links that lead nowhere are told with the first news of the page, before the whole book is rendered, and are gone with the next.
    for (links, codes) in [
        ("[Nowhere](three.md) [No place](../one.md#none)", &["broken-link", "broken-anchor"][..]),
        ("[A page](../one.md#a-page)", &[]),
    ] {
        let before = version(&served.told, "part/two.html");
        write("src/part/two.md", &(example("2 + 3", "5") + links));
        served.until("a page with links", |told| version(told, "part/two.html") > before);
        let told = issues(&served.told, "part/two.html").iter().map(|issue| issue["code"].as_str());
        assert_eq!(told.map(Option::unwrap).collect::<Vec<_>>(), codes, "{links}");
    }

    // Code that is half written.
    write("src/one.md", &example("def f(:", ""));
    served.until("a syntax error", |told| !issues(told, "one.html").is_empty());
    write("src/one.md", &example("1 + 2", "3"));
    served.until("it is whole", |told| issues(told, "one.html").is_empty());

    // Fifty saves a second; the last one counts.
    for number in 0..50 {
        write("src/one.md", &example(&format!("{number} + 7000"), &format!("{}", number + 7000)));
        std::thread::sleep(Duration::from_millis(20));
    }
    let begun = Instant::now();
    while !text_of(&served.get("/one.html").1).contains("7049") {
        assert!(begun.elapsed() < PATIENCE, "the last save is not shown");
        std::thread::sleep(Duration::from_millis(50));
    }

    // Lists and settings that are broken: the pages stay, and the reason is told.
    let has_problem = |told: &Value| told["problem"].is_string();
    for (name, broken, whole) in [
        ("src/SUMMARY.md", "- [One](one.md\n  - [\n- [Nowhere](nowhere.md)\n", SUMMARY),
        ("book.toml", "[book\n", settings),
    ] {
        write(name, broken);
        served.until(&format!("a broken {name}"), has_problem);
        assert!(text_of(&served.get("/one.html").1).contains("7049"));
        write(name, whole);
        served.until(&format!("a whole {name}"), |told| !has_problem(told));
    }

    // A page is deleted, and a folder renamed; both come back.
    fs_err::remove_file(book.join("src/one.md")).unwrap();
    served.until("a deleted page", has_problem);
    write("src/one.md", &example("1 + 2", "3"));
    served.until("it is back", |told| !has_problem(told));
    fs_err::rename(book.join("src/part"), book.join("src/other")).unwrap();
    served.until("a renamed folder", has_problem);
    fs_err::rename(book.join("src/other"), book.join("src/part")).unwrap();
    served.until("it is back", |told| !has_problem(told));
    let seen = served.version("part/two.html");
    write("src/part/two.md", &example("3 + 3", "6"));
    served.until("a save in a folder that was renamed", |told| version(told, "part/two.html") > seen);

    assert!(served.child.try_wait().unwrap().is_none(), "it serves on");
    assert!(!book.join("dist").exists(), "only a build writes there");
}

#[test]
fn an_edit_does_not_pay_for_what_stands_above_it() {
    let folder = tempfile::tempdir().unwrap();
    let (book, cache) = (folder.path().join("book"), folder.path().join("cache"));
    let write = |name: &str, text: &str| {
        fs_err::create_dir_all(book.join("src")).unwrap();
        fs_err::write(book.join(name), text).unwrap();
    };
    // When the block above ran stands in what the one below prints, which is not what the page says.
    let page = |above: &str, below: &str| {
        format!(
            "# A page\n\n```python\nimport time, local\ntime.sleep(0.2)\nborn = (time.monotonic_ns(), local.VALUE)\n{above}\n```\n\n\
             ```python\n>>> {below}; born\n0\n```\n"
        )
    };
    write("book.toml", "[book]\ntitle = \"T\"\nsrc = \"src\"\n[build]\nbuild-dir = \"dist\"\n");
    write("exemplar.toml", "pythonpath = [\"src\"]\n");
    write("src/SUMMARY.md", "# Summary\n\n- [One](one.md)\n");
    write("src/local.py", "VALUE = 1\n");
    write("src/one.md", &page("", "a = 1"));
    let mut served = Served::of(&book, &cache);
    // What the page prints after a save, once it is another version.
    let mut seen = 0;
    let mut born = |served: &mut Served| {
        served
            .until("a save", |told| version(told, "one.html") > seen && !issues(told, "one.html").is_empty());
        seen = served.version("one.html");
        let diff = issues(&served.told, "one.html")[0]["diff"].as_array().unwrap().clone();
        diff.iter().find(|line| line[0] == "+").unwrap()[1].as_str().unwrap().to_owned()
    };
    let first = born(&mut served);
    write("src/one.md", &page("", "a = 2"));
    let second = born(&mut served);
    write("src/one.md", &page("", "a = 3\n>>> born"));
    let third = born(&mut served);
    assert_eq!(second, third, "{first}: {}", served.said.lock().unwrap());
    write("src/one.md", &page("# Another beginning.", "a = 3"));
    let fourth = born(&mut served);
    assert_ne!(third, fourth);
    // What the block above has read is another.
    std::thread::sleep(Duration::from_millis(30));
    write("src/local.py", "VALUE = 22\n");
    write("src/one.md", &page("# Another beginning.", "a = 4"));
    let fifth = born(&mut served);
    assert!(fifth.ends_with("22)"), "{fifth}");
}

#[test]
fn a_port_that_is_taken_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("book.toml"), "[book]\nsrc = \"src\"\n[build]\nbuild-dir = \"dist\"\n")
        .unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = crate::run::run(folder.path(), &["serve", "--port", &port]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("name another one: `--port 0`"), "{said}");
}
