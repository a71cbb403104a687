//! The forms of the report are what their readers' specifications ask for.

use std::collections::{BTreeMap, HashSet};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

use crate::run::{copy, exemplar, guarded, run, workspace};

/// Folders whose reports have findings of all kinds.
const CASES: [&str; 8] = [
    "baseline-new",
    "missing-parts",
    "foreign-folder",
    "hostile-session",
    "crlf",
    "control-characters",
    "refused-actions",
    "stale-book",
];

/// What `check` prints about a case in a format.
fn printed(case: &str, format: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    copy(&workspace().join("tests/cases").join(case).join("in"), folder.path());
    if folder.path().join("baseline.json").exists() {
        let baseline = ["check", ".", "--baseline", "baseline.json", "--format", format];
        return String::from_utf8(run(folder.path(), &baseline).stdout).unwrap();
    }
    let output = run(folder.path(), &["check", "--format", format]);
    let output = if output.stdout.is_empty() {
        run(folder.path(), &["check", ".", "--format", format])
    } else {
        output
    };
    String::from_utf8(output.stdout).unwrap()
}

/// What the schema of Jenkins' xUnit plugin (junit-10.xsd) allows: of each element the attributes, those that it must have, and the
/// children.
#[expect(clippy::type_complexity, reason = "a table, read once")]
const JUNIT: [(&str, &[&str], &[&str], &[&str]); 6] = [
    ("testsuites", &["name", "time", "tests", "failures", "errors"], &[], &["testsuite"]),
    (
        "testsuite",
        &["name", "tests", "failures", "errors", "time", "skipped", "timestamp"],
        &["name", "tests", "failures", "errors"],
        &["testcase"],
    ),
    ("testcase", &["name", "time", "classname"], &["name", "classname"], &["skipped", "error", "failure"]),
    ("failure", &["type", "message"], &[], &[]),
    ("error", &["type", "message"], &[], &[]),
    ("skipped", &["type", "message"], &[], &[]),
];

/// One open element: its name, its attributes, and how many elements of each name stood in it, at any depth.
struct Open {
    name: String,
    attributes: BTreeMap<String, String>,
    inside: BTreeMap<String, usize>,
}

fn opened(tag: &BytesStart<'_>, parent: Option<&Open>) -> Open {
    let name = String::from_utf8(tag.name().as_ref().to_vec()).unwrap();
    let (_, allowed, required, _) =
        JUNIT.iter().find(|rule| rule.0 == name).unwrap_or_else(|| panic!("`{name}` is no element of JUnit"));
    let attributes: BTreeMap<String, String> = tag
        .attributes()
        .map(|attribute| {
            let attribute = attribute.unwrap();
            let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
            (key, String::from_utf8(attribute.value.into_owned()).unwrap())
        })
        .collect();
    assert!(attributes.keys().all(|key| allowed.contains(&key.as_str())), "{name}: {attributes:?}");
    assert!(required.iter().all(|key| attributes.contains_key(*key)), "{name}: {attributes:?}");
    match parent {
        Some(parent) => {
            let rule = JUNIT.iter().find(|rule| rule.0 == parent.name).unwrap();
            assert!(rule.3.contains(&name.as_str()), "`{name}` stands in `{}`", parent.name);
        }
        None => assert_eq!(name, "testsuites"),
    }
    Open { name, attributes, inside: BTreeMap::new() }
}

/// Checks the counts of an element, and adds it to its parent's.
fn closed(element: Open, parent: Option<&mut Open>) {
    if element.name.starts_with("testsuite") {
        for (attribute, counted) in
            [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
        {
            let Some(stated) = element.attributes.get(attribute) else { continue };
            let stated: usize = stated.parse().unwrap();
            assert_eq!(stated, element.inside.get(counted).copied().unwrap_or(0), "{attribute}");
        }
    }
    if let Some(parent) = parent {
        for (name, count) in element.inside {
            *parent.inside.entry(name).or_default() += count;
        }
        *parent.inside.entry(element.name).or_default() += 1;
    }
}

#[test]
fn junit_is_what_its_schema_allows() {
    for case in CASES {
        let text = printed(case, "junit");
        let mut reader = Reader::from_str(&text);
        let mut open: Vec<Open> = Vec::new();
        let mut cases = 0;
        loop {
            match reader.read_event().unwrap_or_else(|error| panic!("{case}: {error}\n{text}")) {
                Event::Start(tag) => {
                    let element = opened(&tag, open.last());
                    cases += usize::from(element.name == "testcase");
                    open.push(element);
                }
                Event::Empty(tag) => {
                    let element = opened(&tag, open.last());
                    cases += usize::from(element.name == "testcase");
                    closed(element, open.last_mut());
                }
                Event::End(_) => {
                    let element = open.pop().unwrap();
                    closed(element, open.last_mut());
                }
                Event::Eof => break,
                _ => {}
            }
        }
        assert!(open.is_empty() && cases > 0, "{case}: {text}");
    }
}

/// The object at a place, with these fields and no others than those that are named.
fn object<'v>(value: &'v Value, required: &[&str], optional: &[&str]) -> &'v serde_json::Map<String, Value> {
    let object = value.as_object().unwrap_or_else(|| panic!("no object: {value}"));
    assert!(required.iter().all(|key| object.contains_key(*key)), "{value}");
    assert!(
        object.keys().all(|key| required.contains(&key.as_str()) || optional.contains(&key.as_str())),
        "{value}"
    );
    object
}

fn location(value: &Value) {
    let place = object(value, &["physicalLocation"], &["message"]);
    let physical = object(&place["physicalLocation"], &["artifactLocation", "region"], &[]);
    let artifact = object(&physical["artifactLocation"], &["uri"], &["uriBaseId"]);
    let uri = artifact["uri"].as_str().unwrap();
    assert!(!uri.is_empty() && uri.bytes().all(|byte| byte.is_ascii_graphic()), "{uri}");
    let region = object(&physical["region"], &["startLine", "startColumn"], &["endLine", "endColumn"]);
    let number = |name: &str| region.get(name).map(|number| number.as_u64().unwrap());
    assert!(region.values().all(|number| number.as_u64().unwrap() >= 1), "{value}");
    if number("endLine") == number("startLine") {
        assert!(number("endColumn") >= number("startColumn"), "{value}");
    }
    assert!(number("endLine").is_none_or(|end| Some(end) >= number("startLine")), "{value}");
}

#[test]
fn sarif_is_what_its_specification_asks_for() {
    for case in CASES {
        let log: Value = serde_json::from_str(&printed(case, "sarif")).unwrap();
        let top = object(&log, &["$schema", "version", "runs"], &[]);
        assert_eq!(top["version"], "2.1.0");
        let run = object(&log["runs"][0], &["tool", "results"], &["columnKind"]);
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        let driver = object(&run["tool"]["driver"], &["name", "rules"], &["semanticVersion"]);
        let rules = driver["rules"].as_array().unwrap();
        for rule in rules {
            let optional = ["shortDescription", "help", "defaultConfiguration"];
            let rule = object(rule, &["id"], &optional);
            object(&rule["help"], &["text", "markdown"], &[]);
            object(&rule["shortDescription"], &["text"], &[]);
        }
        let results = run["results"].as_array().unwrap();
        assert!(!results.is_empty(), "{case}");
        let mut fingerprints = HashSet::new();
        for result in results {
            let required = ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"];
            let result = object(result, &required, &["relatedLocations", "suppressions"]);
            // All results have some, or none has (SARIF, 3.27.23).
            assert_eq!(result.contains_key("suppressions"), results[0].get("suppressions").is_some());
            for suppression in result.get("suppressions").and_then(Value::as_array).into_iter().flatten() {
                let suppression = object(suppression, &["kind"], &["justification"]);
                assert!(["inSource", "external"].contains(&suppression["kind"].as_str().unwrap()));
            }
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
            object(&result["message"], &["text"], &[]);
            let related = result.get("relatedLocations").and_then(Value::as_array).into_iter().flatten();
            result["locations"].as_array().unwrap().iter().chain(related).for_each(location);
            let prints = result["partialFingerprints"].as_object().unwrap();
            assert!(
                prints.values().all(|print| fingerprints.insert(print.to_string())),
                "{case}: {prints:?}"
            );
        }
    }
}

/// The fingerprints of a page's findings.
fn fingerprints(page: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("page.md"), page).unwrap();
    let output = run(folder.path(), &["check", "page.md", "--format", "sarif"]);
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    results.iter().map(|result| result["partialFingerprints"].clone()).collect()
}

#[test]
fn a_finding_is_recognised_when_its_lines_moved() {
    let page = "```python {ignore}\nx\n```\n\n```python\n>>> 1\n2\n>>> 1\n3\n```\n";
    let before = fingerprints(page);
    assert_eq!(before.len(), 3);
    assert_eq!(before, fingerprints(&format!("# A title\n\nAnd words.\n\n{page}")));
    assert_ne!(before, fingerprints(&page.replace(">>> 1\n3", ">>> 1 + 0\n3")));
}

#[test]
fn github_gets_few_annotations_and_the_summary_of_the_job_has_them_all() {
    let folder = tempfile::tempdir().unwrap();
    let stale = "```python\n>>> 1\n2\n```\n\n".repeat(12);
    fs_err::write(folder.path().join("a,b.md"), &stale).unwrap();
    fs_err::write(folder.path().join("c.md"), "```python\n>>> x = 1/0\n>>> x\n1\n>>> x\n1\n```\n").unwrap();
    let summary = folder.path().join("summary.md");
    fs_err::write(&summary, "before\n").unwrap();
    let output = guarded(&exemplar(), folder.path())
        .args(["check", ".", "--format", "github"])
        .env("GITHUB_STEP_SUMMARY", &summary)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    let count = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(count("::error file=a%2Cb.md,line="), 10, "{text}");
    // One root cause; what follows from it is said with it.
    assert_eq!(count("::error file=c.md,line=2,endLine=2,col=5,title=unexpected-exception::"), 1, "{text}");
    assert_eq!(count("::"), 11, "{text}");
    assert!(text.contains("a,b.md: 2 more without an annotation\n"), "{text}");
    let summary = fs_err::read_to_string(summary).unwrap();
    assert!(summary.starts_with("before\n### "), "{summary}");
    assert_eq!(summary.matches("| `stale-output` |").count(), 12, "{summary}");
    assert!(summary.contains("2 examples later failed because of it"), "{summary}");
}
