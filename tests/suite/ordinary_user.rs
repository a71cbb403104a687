//! What holds for root holds for an ordinary user: confinement needs no privilege.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::run::{build_folder, copy, workspace};

#[test]
fn an_ordinary_user_is_served_and_confined_as_root_is() {
    let python = Path::new("/usr/bin/python3");
    let can_change = rustix::process::geteuid().is_root()
        && Command::new("setpriv").arg("--version").output().is_ok_and(|output| output.status.success());
    if !can_change || !python.is_file() {
        println!(
            "skipped: it takes root, setpriv (util-linux) and a Python that everybody can read, {}",
            python.display()
        );
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let open = |path: &Path| {
        fs_err::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    };
    open(folder.path());
    // Where the suite was built, nobody else may be able to read.
    for program in ["exemplar", "exemplar-python"] {
        fs_err::copy(build_folder().join(program), folder.path().join(program)).unwrap();
        open(&folder.path().join(program));
    }
    copy(&workspace().join("tests/cases/as-in-a-terminal/in"), &folder.path().join("pages"));
    let output = Command::new("timeout")
        .args(["60", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(folder.path().join("exemplar"))
        .args(["check", "page.md", "--python"])
        .arg(python)
        .current_dir(folder.path().join("pages"))
        .env("HOME", "/nonexistent")
        .env_remove("VIRTUAL_ENV")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("(confined by landlock, seccomp)"), "{said}");
}
