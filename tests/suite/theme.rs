//! Templates that are forks of mdBook's: what upstream changes has to come over.

use mdbook::MDBook;
use sha2::{Digest, Sha256};

/// The forks, with the digest of the upstream text that they were made from.
const FORKS: [(&str, &str); 1] =
    [("index.hbs", "bf8b6b7cc5c1e44b03ab0392297705a220b569b601286e0ad538cca6d56717f1")];

#[test]
fn forked_templates_are_forks_of_the_mdbook_that_is_used() {
    let folder = tempfile::tempdir().unwrap();
    MDBook::init(folder.path()).copy_theme(true).build().unwrap();
    for (name, known) in FORKS {
        let upstream = fs_err::read(folder.path().join("theme").join(name)).unwrap();
        let digest: String = Sha256::digest(upstream).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            digest, known,
            "mdBook has changed {name}: bring the change into theme/{name}, name the version there, and the digest here"
        );
    }
}
