//! Files that sessions begin with: copied into their directory, so that an example may change its own.
//!
//! A copy must not become a way round the confinement. What is copied is read by `exemplar`, which may read everything; so a link is
//! followed only within the folder that is copied, and what a setting names is itself a link only within the book.

use std::io;
use std::path::{Path, PathBuf};

use super::interrupt::Interrupt;
use super::worker::WorkerError;

/// Copies files and folders into a session's directory, each under its own name. What comes later replaces a file of the same name.
pub(super) fn copy_into(
    directory: &Path,
    files: &[PathBuf],
    book: &[PathBuf],
    interrupt: &Interrupt,
) -> Result<(), WorkerError> {
    for path in files {
        let refused = |reason: String| WorkerError::Files { path: path.clone(), reason };
        let named = path.symlink_metadata().map_err(|error| refused(in_words(&error)))?;
        let real = path.canonicalize().map_err(|error| refused(in_words(&error)))?;
        if named.is_symlink() && !book.iter().any(|root| is_below(&real, root)) {
            return Err(refused("it is a link out of the book".to_owned()));
        }
        let name = path.file_name().or_else(|| real.file_name());
        let name = name.ok_or_else(|| refused("it has no name".to_owned()))?;
        copy(&real, &directory.join(name), &real, interrupt, &mut Vec::new())?;
    }
    Ok(())
}

/// Copies what lies at `from`, within the folder `root`. `inside` holds the real paths of the folders that are being copied around it.
fn copy(
    from: &Path,
    to: &Path,
    root: &Path,
    interrupt: &Interrupt,
    inside: &mut Vec<PathBuf>,
) -> Result<(), WorkerError> {
    if let Some(signal) = interrupt.raised() {
        return Err(WorkerError::Interrupted { signal });
    }
    let refused = |reason: &str| WorkerError::Files { path: from.to_owned(), reason: reason.to_owned() };
    let failed = |error: io::Error| WorkerError::Files { path: from.to_owned(), reason: in_words(&error) };
    let real = from.canonicalize().map_err(failed)?;
    if !is_below(&real, root) {
        return Err(refused("it is a link out of the folder that is copied"));
    }
    let kind = real.metadata().map_err(failed)?.file_type();
    if kind.is_file() {
        // What was read-only stays so, and can be replaced all the same.
        let _ = fs_err::remove_file(to);
        return fs_err::copy(&real, to).map(drop).map_err(failed);
    }
    if !kind.is_dir() {
        return Err(refused("it is neither a file nor a folder"));
    }
    if inside.contains(&real) {
        return Err(refused("it is a link to a folder around it"));
    }
    inside.push(real.clone());
    fs_err::create_dir_all(to).map_err(failed)?;
    for entry in fs_err::read_dir(&real).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        copy(&from.join(&name), &to.join(&name), root, interrupt, inside)?;
    }
    inside.pop();
    Ok(())
}

fn is_below(real: &Path, root: &Path) -> bool {
    root.canonicalize().is_ok_and(|root| real.starts_with(root))
}

/// The error without its number, as the path is said elsewhere.
fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "it can't be read".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Interrupt, copy_into};
    use std::os::unix::fs::symlink;
    use std::path::{Path, PathBuf};

    fn book() -> tempfile::TempDir {
        let book = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs_err::write(book.path().join(name), text).unwrap();
        fs_err::create_dir_all(book.path().join("data/deep")).unwrap();
        write("data/deep/a.txt", "a");
        write("b.txt", "b");
        write("data/read-only", "r");
        let mut mode = fs_err::metadata(book.path().join("data/read-only")).unwrap().permissions();
        mode.set_readonly(true);
        fs_err::set_permissions(book.path().join("data/read-only"), mode).unwrap();
        symlink("deep/a.txt", book.path().join("data/link")).unwrap();
        symlink("b.txt", book.path().join("to-b")).unwrap();
        book
    }

    fn copied(book: &Path, names: &[&str]) -> Result<tempfile::TempDir, String> {
        let session = tempfile::tempdir().unwrap();
        let files: Vec<PathBuf> = names.iter().map(|name| book.join(name)).collect();
        let done = copy_into(session.path(), &files, &[book.to_owned()], &Interrupt::install().unwrap());
        done.map(|()| session).map_err(|error| error.to_string().replace(&*book.to_string_lossy(), "BOOK"))
    }

    #[test]
    fn files_and_folders_keep_their_names() {
        let book = book();
        // Twice: what is read-only is replaced too.
        let session = copied(book.path(), &["data", "b.txt", "to-b", "data"]).unwrap();
        let read = |name: &str| fs_err::read_to_string(session.path().join(name)).unwrap();
        assert_eq!(
            ["data/deep/a.txt", "data/link", "b.txt", "to-b", "data/read-only"].map(read),
            ["a", "a", "b", "b", "r"]
        );
        assert!(!session.path().join("data/link").is_symlink());
    }

    #[test]
    fn nothing_more_is_copied_after_a_signal() {
        let (book, session) = (book(), tempfile::tempdir().unwrap());
        let files = [book.path().join("b.txt")];
        let done = copy_into(session.path(), &files, &[], &Interrupt::raised_by(2));
        assert_eq!(done.unwrap_err().to_string(), "interrupted");
        assert!(!session.path().join("b.txt").exists());
    }

    #[test]
    fn what_can_not_be_copied_is_named() {
        let outside = tempfile::tempdir().unwrap();
        fs_err::write(outside.path().join("secret"), "s").unwrap();
        #[expect(clippy::type_complexity, reason = "a table, read once")]
        let cases: [(&str, &dyn Fn(&Path), &str); 5] = [
            ("gone", &|_| {}, "`BOOK/gone` can't be copied into a session: there is no such file or folder"),
            (
                "to-secret",
                &|book| symlink(outside.path().join("secret"), book.join("to-secret")).unwrap(),
                "`BOOK/to-secret` can't be copied into a session: it is a link out of the book",
            ),
            (
                "data",
                &|book| symlink("../b.txt", book.join("data/up")).unwrap(),
                "`BOOK/data/up` can't be copied into a session: it is a link out of the folder that is copied",
            ),
            (
                "data",
                &|book| symlink(".", book.join("data/round")).unwrap(),
                "`BOOK/data/round` can't be copied into a session: it is a link to a folder around it",
            ),
            (
                "data",
                &|book| drop(std::os::unix::net::UnixListener::bind(book.join("data/socket")).unwrap()),
                "`BOOK/data/socket` can't be copied into a session: it is neither a file nor a folder",
            ),
        ];
        for (name, prepare, message) in cases {
            let book = book();
            prepare(book.path());
            let said = copied(book.path(), &[name]).unwrap_err();
            assert!(said.contains(message), "{said}");
        }
    }
}
