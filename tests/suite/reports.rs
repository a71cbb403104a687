//! The forms of the report are what their readers' specifications ask for.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::process::Command;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

use crate::run::{build_folder, copy, exemplar, guarded, run, workspace};

/// Folders whose reports have results and findings of all kinds.
const CASES: [&str; 12] = [
    "baseline-new",
    "missing-parts",
    "foreign-folder",
    "hostile-session",
    "crlf",
    "control-characters",
    "refused-actions",
    "stale-book",
    "labs",
    "labs-wrong",
    "list",
    "mixed-page",
];

/// What is hard to write as XML or JSON: markup, the end of a CDATA section, control characters, what XML has no character for, emoji.
const ODD_PAGE: &str = r#"```python
>>> print("]]> <b>&amp;</b> <![CDATA[ x ]]> <!-- -- --> <?p ?>")
]]>
>>> print("\x00\x01\x07\x08\x0b\x0c\x1b[31m\x7f\x85\x9b\u2028\ufffe\uffff")
>>> print("👩‍🚀 é ﷽ \U0010ffff", "tab\there", "cr\rhere")
👩
>>> print("\ud800".encode("utf-8", "surrogatepass"), "\"quoted\" 'single' \\ %")
>>> raise ValueError("]]>\x00&#0;")
```

```python
print("a" * 70_000)
#> b
```
"#;

/// The reports about a folder, of one run.
struct Reports {
    junit: String,
    sarif: String,
    json: Value,
}

/// What `check` reports about a case.
fn reports(case: &str) -> Reports {
    let folder = tempfile::tempdir().unwrap();
    copy(&workspace().join("tests/cases").join(case).join("in"), folder.path());
    reports_of(folder.path())
}

fn reports_of(folder: &Path) -> Reports {
    let reports = tempfile::tempdir().unwrap();
    let forms = ["junit", "sarif", "json"];
    let paths = forms.map(|form| reports.path().join(form).to_string_lossy().into_owned());
    let mut arguments = vec!["check"];
    if !folder.join("book.toml").exists() {
        arguments.push(".");
    }
    if folder.join("baseline.json").exists() {
        arguments.extend(["--baseline", "baseline.json"]);
    }
    for (form, path) in forms.iter().zip(&paths) {
        arguments.extend(["--format", form, "--output", path]);
    }
    run(folder, &arguments);
    let [junit, sarif, json] = paths.map(|path| fs_err::read_to_string(path).unwrap());
    Reports { junit, sarif, json: serde_json::from_str(&json).unwrap() }
}

/// What the validators of others say about the files of a folder: nothing where all is well.
fn judged(folder: &Path) -> String {
    let python = build_folder().parent().unwrap().join("tools/python/bin/python");
    let mut files: Vec<_> = fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let judged = Command::new(python)
        .arg(workspace().join("tests/validate_reports.py"))
        .args(files)
        .output()
        .expect("the packages of the tests are installed: run `setup/prepare test`");
    let said = String::from_utf8(judged.stdout).unwrap() + &String::from_utf8_lossy(&judged.stderr);
    assert_eq!(judged.status.success(), said.is_empty(), "{said}");
    said
}

#[test]
fn the_validators_of_others_take_reports_with_results_of_all_kinds() {
    let odd = tempfile::tempdir().unwrap();
    fs_err::write(odd.path().join("a&b <c> \"é\".md"), ODD_PAGE).unwrap();
    let all = CASES.iter().map(|case| (*case, reports(case))).chain([("odd", reports_of(odd.path()))]);
    let folder = tempfile::tempdir().unwrap();
    let mut kinds = HashSet::new();
    for (case, reports) in all {
        fs_err::write(folder.path().join(format!("{case}.xml")), reports.junit).unwrap();
        fs_err::write(folder.path().join(format!("{case}.sarif")), reports.sarif).unwrap();
        for example in reports.json["examples"].as_array().unwrap() {
            kinds.insert(example["status"].as_str().unwrap().to_owned());
            let texts = [("cause", "cascade"), ("role", "lab"), ("included_from", "included")];
            let texts = texts.iter().filter(|(field, _)| example[field].is_string());
            kinds.extend(texts.map(|(_, kind)| (*kind).to_owned()));
        }
        let diagnostics = reports.json["diagnostics"].as_array().unwrap();
        kinds.extend(diagnostics.iter().map(|found| found["severity"].as_str().unwrap().to_owned()));
    }
    assert_eq!(judged(folder.path()), "");
    let wanted = [
        "passed", "ran", "failed", "skipped", "not_run", "ignored", "compiled", "recorded", "cascade", "lab",
        "error", "warning",
    ];
    let missing: Vec<&&str> = wanted.iter().filter(|kind| !kinds.contains(**kind)).collect();
    assert!(missing.is_empty(), "no report has these: {missing:?}");
}

#[test]
fn the_validators_of_others_refuse_what_is_wrong() {
    let good = reports("crlf");
    let wrong = [
        ("level.sarif", good.sarif.replace("\"level\": \"error\"", "\"level\": \"grave\"")),
        ("line.sarif", good.sarif.replacen("\"startLine\": ", "\"startLine\": -", 1)),
        ("attribute.xml", good.junit.replacen("<testcase ", "<testcase colour=\"red\" ", 1)),
        ("element.xml", good.junit.replacen("<testcase ", "<case/><testcase ", 1)),
        ("control.xml", good.junit.replacen("name=\"", "name=\"\u{1}", 1)),
    ];
    for (name, text) in wrong {
        assert!(text != good.sarif && text != good.junit, "{name}: nothing was changed");
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join(name), text).unwrap();
        assert!(judged(folder.path()).contains(name), "{name} is taken for right");
    }
}

/// One open element: its name, its attributes, and how many elements of each name stood in it, at any depth.
struct Open {
    name: String,
    attributes: BTreeMap<String, String>,
    inside: BTreeMap<String, usize>,
}

fn opened(tag: &BytesStart<'_>) -> Open {
    let attributes = tag.attributes().map(|attribute| {
        let attribute = attribute.unwrap();
        let key = String::from_utf8(attribute.key.as_ref().to_vec()).unwrap();
        (key, String::from_utf8(attribute.value.into_owned()).unwrap())
    });
    let name = String::from_utf8(tag.name().as_ref().to_vec()).unwrap();
    Open { name, attributes: attributes.collect(), inside: BTreeMap::new() }
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

/// What no schema can ask for.
#[test]
fn junit_counts_what_is_in_it_and_has_a_test_case_for_each_example() {
    for case in CASES {
        let Reports { junit: text, json, .. } = reports(case);
        let mut reader = Reader::from_str(&text);
        let mut open: Vec<Open> = Vec::new();
        let mut names: Vec<(String, String)> = Vec::new();
        let mut note = |element: &Open| {
            if element.name == "testcase" {
                names.push((element.attributes["classname"].clone(), element.attributes["name"].clone()));
            }
        };
        loop {
            match reader.read_event().unwrap_or_else(|error| panic!("{case}: {error}\n{text}")) {
                Event::Start(tag) => {
                    let element = opened(&tag);
                    note(&element);
                    open.push(element);
                }
                Event::Empty(tag) => {
                    let element = opened(&tag);
                    note(&element);
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
        assert!(open.is_empty(), "{case}: {text}");
        let diagnostics = json["diagnostics"].as_array().unwrap();
        let errors = diagnostics.iter().filter(|found| found["severity"] == "error").count();
        assert_eq!(names.len(), json["examples"].as_array().unwrap().len() + errors, "{case}: {text}");
        let different: HashSet<_> = names.iter().collect();
        assert_eq!(different.len(), names.len(), "{case}: two test cases are called alike");
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
    let mut results_in_all = 0;
    for case in CASES {
        let log: Value = serde_json::from_str(&reports(case).sarif).unwrap();
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
        results_in_all += results.len();
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
    assert!(results_in_all > 20, "{results_in_all}");
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
