use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::Staging;

/// Sizes of sources for which there is room in memory, if the system has any, and for which there is none.
const SIZES: [u64; 2] = [0, u64::MAX];

/// A tree: what its files hold, by their paths.
type Files = BTreeMap<PathBuf, String>;

fn staged(html: &Path, size: u64, files: &Files) -> Staging {
    let staging = Staging::of(html, size).unwrap();
    fs_err::create_dir(staging.path()).unwrap();
    for (path, text) in files {
        let path = staging.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    staging
}

fn written(html: &Path, text: &str) -> Staging {
    staged(html, 0, &files(&[("index.html", text)]))
}

fn files(of: &[(&str, &str)]) -> Files {
    of.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect()
}

/// The files below a folder, and its folders as files without a text.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Option<String>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(at) = waiting.pop() {
        for entry in fs_err::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            assert!(!path.is_symlink(), "{}", path.display());
            let text = path.is_file().then(|| fs_err::read_to_string(&path).unwrap());
            found.insert(path.strip_prefix(folder).unwrap().to_owned(), text);
            if path.is_dir() {
                waiting.push(path);
            }
        }
    }
    found
}

#[test]
fn the_old_folder_stays_until_the_new_one_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let html = folder.path().join("dist/html");
    written(&html, "first").replace().unwrap();
    drop(written(&html, "abandoned"));
    assert_eq!(fs_err::read_to_string(html.join("index.html")).unwrap(), "first");
    written(&html, "second").replace().unwrap();
    assert_eq!(fs_err::read_to_string(html.join("index.html")).unwrap(), "second");
    assert_eq!(fs_err::read_dir(folder.path().join("dist")).unwrap().count(), 1, "nothing is left behind");
}

#[test]
fn where_the_folder_is_a_link_what_it_points_to_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (html, real) = (folder.path().join("dist/html"), folder.path().join("www"));
    fs_err::create_dir_all(html.parent().unwrap()).unwrap();
    fs_err::create_dir(&real).unwrap();
    fs_err::os::unix::fs::symlink("../www", &html).unwrap();
    for text in ["first", "second"] {
        written(&html, text).replace().unwrap();
        assert!(html.is_symlink());
        assert_eq!(fs_err::read_to_string(real.join("index.html")).unwrap(), text);
    }
    assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
}

#[test]
fn what_is_no_folder_is_named_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (file, dangling) = (folder.path().join("file"), folder.path().join("dangling"));
    fs_err::write(&file, "mine").unwrap();
    fs_err::os::unix::fs::symlink("nowhere", &dangling).unwrap();
    for (path, what) in [(&file, "no folder"), (&dangling, "a link that leads to no folder")] {
        let message = Staging::of(path, 0).err().unwrap().to_string();
        assert!(message.contains(what) && message.contains(&*path.to_string_lossy()), "{message}");
    }
    assert_eq!(fs_err::read_to_string(&file).unwrap(), "mine");
    assert!(dangling.is_symlink());
    // What comes there while the site is rendered is not deleted either.
    let html = folder.path().join("html");
    let staging = written(&html, "new");
    fs_err::write(&html, "mine").unwrap();
    staging.replace().unwrap_err();
    assert_eq!(fs_err::read_to_string(&html).unwrap(), "mine");
}

#[test]
fn what_stays_the_same_stays_the_same_file() {
    for size in SIZES {
        let folder = tempfile::tempdir().unwrap();
        let html = folder.path().join("html");
        let number = |path: &str| fs_err::metadata(html.join(path)).unwrap().ino();
        staged(&html, size, &files(&[("a", "1"), ("b/c", "1"), ("d", "1")])).replace().unwrap();
        let (site, a, c, d) = (number(""), number("a"), number("b/c"), number("d"));
        let mut reader = fs_err::File::open(html.join("d")).unwrap();
        staged(&html, size, &files(&[("a", "1"), ("b/c", "1"), ("d", "1")])).replace().unwrap();
        assert_eq!(number(""), site, "nothing has changed, so nothing is done");
        staged(&html, size, &files(&[("a", "1"), ("b/c", "1"), ("d", "2")])).replace().unwrap();
        assert_eq!((number("a"), number("b/c")), (a, c));
        assert_ne!(number("d"), d);
        let mut read = String::new();
        std::io::Read::read_to_string(&mut reader, &mut read).unwrap();
        assert_eq!(read, "1", "who has the old file open goes on reading that");
    }
}

#[test]
fn a_file_that_somebody_else_may_read_now_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let html = folder.path().join("html");
    let mode = || fs_err::metadata(html.join("index.html")).unwrap().mode();
    written(&html, "same").replace().unwrap();
    let usual = mode();
    for changed in [0o600, 0o777, 0o444, 0o000] {
        let permissions = std::fs::Permissions::from_mode(changed);
        fs_err::set_permissions(html.join("index.html"), permissions).unwrap();
        written(&html, "same").replace().unwrap();
        assert_eq!(mode(), usual);
    }
}

/// What somebody does to a published site between two builds.
#[derive(Debug, Clone)]
enum Meddling {
    Nothing,
    Edit(usize),
    Remove(usize),
    Add,
    Link(usize),
    Forbid(usize),
    RemoveAll,
}

fn meddle(html: &Path, meddling: &Meddling) {
    let published: Vec<PathBuf> =
        tree(html).into_iter().filter_map(|(path, text)| text.map(|_| html.join(path))).collect();
    let chosen = |number: usize| published.get(number % published.len().max(1));
    match meddling {
        Meddling::Nothing => {}
        // In place, with as many bytes.
        Meddling::Edit(number) => {
            if let Some(path) = chosen(*number) {
                let length = fs_err::read(path).unwrap().len();
                fs_err::write(path, "#".repeat(length)).unwrap();
            }
        }
        Meddling::Remove(number) => {
            if let Some(path) = chosen(*number) {
                fs_err::remove_file(path).unwrap();
            }
        }
        Meddling::Add => fs_err::create_dir_all(html.join("foreign/folder")).unwrap(),
        Meddling::Link(number) => {
            if let Some(path) = chosen(*number) {
                let real = html.with_file_name("real");
                fs_err::rename(path, &real).unwrap();
                fs_err::os::unix::fs::symlink(real, path).unwrap();
            }
        }
        Meddling::Forbid(number) => {
            if let Some(path) = chosen(*number) {
                fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o400)).unwrap();
            }
        }
        Meddling::RemoveAll => fs_err::remove_dir_all(html).unwrap(),
    }
}

fn any_meddling() -> impl Strategy<Value = Meddling> {
    let number = any::<usize>();
    prop_oneof![
        Just(Meddling::Nothing),
        number.prop_map(Meddling::Edit),
        number.prop_map(Meddling::Remove),
        Just(Meddling::Add),
        number.prop_map(Meddling::Link),
        number.prop_map(Meddling::Forbid),
        Just(Meddling::RemoveAll),
    ]
}

/// A tree of few names and few texts, so that builds have some in common, and a file becomes a folder.
fn any_files() -> impl Strategy<Value = Files> {
    let path = proptest::sample::select(vec!["a", "b", "a/b", "a/c", "a/b/d", "c/e"]);
    let text = proptest::sample::select(vec!["", "one", "two", "three"]);
    proptest::collection::vec((path, text), 0..6).prop_map(|chosen| {
        let mut files = Files::new();
        for (path, text) in chosen {
            let path = PathBuf::from(path);
            let is_free = files.keys().all(|known| !known.starts_with(&path) && !path.starts_with(known));
            if is_free {
                files.insert(path, text.to_owned());
            }
        }
        files
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_any_builds_the_site_is_that_of_the_last_one(
        builds in proptest::collection::vec((any_files(), any_meddling(), 0_usize..2), 1..6)
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (html, empty) = (folder.path().join("html"), folder.path().join("empty"));
        for (files, meddling, size) in &builds {
            staged(&html, SIZES[*size], files).replace().unwrap();
            staged(&empty, SIZES[*size], files).replace().unwrap();
            prop_assert_eq!(tree(&html), tree(&empty));
            fs_err::remove_dir_all(&empty).unwrap();
            meddle(&html, meddling);
        }
    }
}
