//! Modules that could not be imported, and what to install for them.

use exemplar_model::outcome::Raised;

use super::exception::message;

/// The module that an import did not find.
pub(super) fn missing(raised: &Raised) -> Option<&str> {
    if raised.kind != "ModuleNotFoundError" {
        return None;
    }
    let (name, _) = message(raised).strip_prefix("No module named '")?.split_once('\'')?;
    Some(name)
}

/// What to do where a module is missing.
pub(super) fn hint(module: &str) -> String {
    if let Some((parent, name)) = module.rsplit_once('.') {
        // Python names the first part that it does not find, so what stands before the dot is there.
        return format!("`{parent}` is there and has no `{name}`: install a version that has it");
    }
    if let Some((_, today)) = PYTHON_2.iter().find(|(name, _)| *name == module) {
        return format!("that is Python 2: today it is `{today}`");
    }
    if let Some((_, removed)) = REMOVED.iter().find(|(name, _)| *name == module) {
        return format!("Python {removed} removed it from the standard library");
    }
    let project = PROJECTS.iter().find(|(name, _)| *name == module).map_or(module, |(_, project)| project);
    format!(
        "install it for the Python that runs the examples: `pip install {project}`; to skip the fence without it, say so: \
         `requires=\"{project}\"`"
    )
}

/// Modules whose project on `PyPI` has another name, as far as books import them.
const PROJECTS: [(&str, &str); 31] = [
    ("Crypto", "pycryptodome"),
    ("IPython", "ipython"),
    ("MySQLdb", "mysqlclient"),
    ("OpenSSL", "pyOpenSSL"),
    ("PIL", "pillow"),
    ("attr", "attrs"),
    ("bs4", "beautifulsoup4"),
    ("cairo", "pycairo"),
    ("cv2", "opencv-python"),
    ("dateutil", "python-dateutil"),
    ("discord", "discord.py"),
    ("docx", "python-docx"),
    ("dotenv", "python-dotenv"),
    ("faiss", "faiss-cpu"),
    ("fitz", "pymupdf"),
    ("git", "GitPython"),
    ("google", "protobuf"),
    ("jose", "python-jose"),
    ("jwt", "PyJWT"),
    ("magic", "python-magic"),
    ("mpl_toolkits", "matplotlib"),
    ("nacl", "pynacl"),
    ("pptx", "python-pptx"),
    ("psycopg2", "psycopg2-binary"),
    ("serial", "pyserial"),
    ("skimage", "scikit-image"),
    ("sklearn", "scikit-learn"),
    ("slugify", "python-slugify"),
    ("usb", "pyusb"),
    ("yaml", "PyYAML"),
    ("zmq", "pyzmq"),
];

/// Modules that Python 3 renamed, and what they are called now.
const PYTHON_2: [(&str, &str); 12] = [
    ("BaseHTTPServer", "http.server"),
    ("ConfigParser", "configparser"),
    ("Cookie", "http.cookies"),
    ("HTMLParser", "html.parser"),
    ("Queue", "queue"),
    ("SimpleHTTPServer", "http.server"),
    ("StringIO", "io.StringIO"),
    ("Tkinter", "tkinter"),
    ("cPickle", "pickle"),
    ("httplib", "http.client"),
    ("urllib2", "urllib.request"),
    ("urlparse", "urllib.parse"),
];

/// Modules that left the standard library, and when.
const REMOVED: [(&str, &str); 24] = [
    ("aifc", "3.13"),
    ("asynchat", "3.12"),
    ("asyncore", "3.12"),
    ("audioop", "3.13"),
    ("cgi", "3.13"),
    ("cgitb", "3.13"),
    ("chunk", "3.13"),
    ("crypt", "3.13"),
    ("distutils", "3.12"),
    ("imghdr", "3.13"),
    ("imp", "3.12"),
    ("lib2to3", "3.13"),
    ("mailcap", "3.13"),
    ("nis", "3.13"),
    ("nntplib", "3.13"),
    ("ossaudiodev", "3.13"),
    ("pipes", "3.13"),
    ("smtpd", "3.12"),
    ("sndhdr", "3.13"),
    ("spwd", "3.13"),
    ("sunau", "3.13"),
    ("telnetlib", "3.13"),
    ("uu", "3.13"),
    ("xdrlib", "3.13"),
];

#[cfg(test)]
mod tests {
    use super::{PROJECTS, PYTHON_2, REMOVED, hint, missing};
    use exemplar_model::outcome::Raised;

    #[test]
    fn the_module_is_the_one_between_the_quotes() {
        for (summary, expected) in [
            ("ModuleNotFoundError: No module named 'numpy'\n", Some("numpy")),
            (
                "ModuleNotFoundError: No module named 'os.path.x'; 'os.path' is not a package\n",
                Some("os.path.x"),
            ),
            ("ModuleNotFoundError: gone\n", None),
        ] {
            let raised = Raised {
                kind: "ModuleNotFoundError".into(),
                lineage: Vec::new(),
                summary: summary.into(),
                traceback: String::new(),
                at_compile: false,
                exit_status: None,
            };
            assert_eq!(missing(&raised), expected);
        }
    }

    #[test]
    fn a_hint_names_what_to_install() {
        for (module, expected) in [
            (
                "numpy",
                "install it for the Python that runs the examples: `pip install numpy`; to skip the fence without it, say so: \
                 `requires=\"numpy\"`",
            ),
            (
                "cv2",
                "install it for the Python that runs the examples: `pip install opencv-python`; to skip the fence without it, say so: \
                 `requires=\"opencv-python\"`",
            ),
            ("numpy.nothing", "`numpy` is there and has no `nothing`: install a version that has it"),
            ("urllib2", "that is Python 2: today it is `urllib.request`"),
            ("imp", "Python 3.12 removed it from the standard library"),
        ] {
            assert_eq!(hint(module), expected);
        }
    }

    #[test]
    fn the_tables_are_sorted_and_have_no_doubles() {
        for table in [&PROJECTS[..], &PYTHON_2, &REMOVED] {
            assert!(table.is_sorted_by(|(a, _), (b, _)| a < b), "{table:?}");
        }
    }
}
