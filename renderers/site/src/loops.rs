//! Links to a folder around themselves.
//!
//! mdBook follows links when it copies what lies beside the pages, and we do so in a theme. At such a link that has no end: one makes forty
//! folders in one another, and two of them more than any disk holds.

use std::path::{Path, PathBuf};

use crate::SiteError;

/// Refuses a folder with such a link below it.
///
/// # Errors
/// Names the first one.
pub(crate) fn refuse(folder: &Path) -> Result<(), SiteError> {
    walk(folder, &mut Vec::new())
}

/// `around` holds the real paths of the folders around this one. What can't be read is for mdBook to say.
fn walk(folder: &Path, around: &mut Vec<PathBuf>) -> Result<(), SiteError> {
    let (Ok(real), Ok(entries)) = (fs_err::canonicalize(folder), fs_err::read_dir(folder)) else {
        return Ok(());
    };
    if around.iter().any(|inner| inner.starts_with(&real)) {
        return Err(SiteError::Loop { path: folder.to_owned() });
    }
    around.push(real);
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    for folder in folders {
        walk(&folder, around)?;
    }
    around.pop();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::refuse;
    use fs_err::os::unix::fs::symlink;

    #[test]
    fn a_link_is_refused_where_it_leads_to_a_folder_around_it() {
        let root = tempfile::tempdir().unwrap();
        let book = root.path().join("book");
        fs_err::create_dir_all(book.join("part")).unwrap();
        fs_err::create_dir(root.path().join("images")).unwrap();
        symlink("../images", book.join("images")).unwrap();
        symlink("../book/part", book.join("same-part")).unwrap();
        refuse(&book).unwrap();
        for target in [".", "..", "../..", "../part"] {
            let link = book.join("part/link");
            symlink(target, &link).unwrap();
            let message = refuse(&book).unwrap_err().to_string();
            assert!(message.contains(&*link.to_string_lossy()), "{message}");
            fs_err::remove_file(link).unwrap();
        }
    }
}
