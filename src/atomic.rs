//! Files that are written whole or not at all: on a full disk, and when somebody ends the program, the old one stays.

use std::fs::Permissions;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What a new file may be used for, before the user's mask.
const MODE: u32 = 0o666;

/// Puts a file with this content in the place of the one that may be there. A link stays one.
pub(crate) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let real = path.canonicalize();
    let path = real.as_deref().unwrap_or(path);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".exemplar-")
        .permissions(Permissions::from_mode(MODE))
        .tempfile_in(folder)?;
    file.write_all(content)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::write;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_is_replaced_and_a_link_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        write(&file, b"one").unwrap();
        fs_err::os::unix::fs::symlink("file", &link).unwrap();
        write(&link, b"two").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs_err::read_to_string(&file).unwrap(), "two");
        // As any other new file.
        fs_err::write(folder.path().join("other"), "").unwrap();
        let mode = |name: &str| folder.path().join(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode("file"), mode("other"));
        write(&folder.path().join("no/such/folder"), b"").unwrap_err();
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 3, "nothing is left behind");
    }
}
