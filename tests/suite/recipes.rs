//! The recipes for CI services: they are what the services' schemas ask for, and what runs in them runs here, over small pages.
//!
//! What the services themselves do stands in for: a matrix is a loop, an artifact is a file that is copied from one job's folder to the
//! next one's. The steps that install are left out.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use saphyr::{LoadableYamlNode, Yaml};

use crate::run::{build_folder, exemplar, guarded, workspace};

/// The recipes, and the hook that pre-commit finds.
fn recipes() -> Vec<PathBuf> {
    let folder = fs_err::read_dir(workspace().join("docs/ci")).unwrap();
    let mut recipes: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    recipes.push(workspace().join(".pre-commit-hooks.yaml"));
    recipes
}

/// The texts in a YAML document.
fn texts<'y>(yaml: &'y Yaml<'_>, found: &mut Vec<&'y str>) {
    if let Some(text) = yaml.as_str() {
        found.push(text);
    }
    for inner in yaml.as_vec().into_iter().flatten() {
        texts(inner, found);
    }
    for (_, inner) in yaml.as_mapping().into_iter().flatten() {
        texts(inner, found);
    }
}

/// The `exemplar` command lines of a shell script, with values for what the machine would fill in.
fn command_lines(text: &str) -> Vec<String> {
    let filled = [
        ("${{ matrix.part }}", "2"),
        ("$((JOB_COMPLETION_INDEX + 1))", "2"),
        ("$JOB_COMPLETION_INDEX", "1"),
        ("$CI_NODE_INDEX", "2"),
        ("$CI_NODE_TOTAL", "4"),
        ("*", "1"),
    ];
    let lines = text.lines().filter(|line| line.starts_with("exemplar "));
    let lines = lines.map(|line| line.split(" || ").next().unwrap_or_default());
    lines.map(|line| filled.iter().fold(line.to_owned(), |line, (from, to)| line.replace(from, to))).collect()
}

/// Whether `exemplar` takes this command line. It is run where there is nothing, so it fails, but not for what is written in it: clap says
/// that with a usage, or where to find one.
fn is_taken(line: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let output = guarded(&exemplar(), folder.path()).args(line.split_whitespace().skip(1)).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("Usage:") || said.contains("--help") { Err(said.into_owned()) } else { Ok(()) }
}

#[test]
fn the_recipes_are_yaml_and_their_commands_are_ours() {
    let mut lines = 0;
    for path in recipes() {
        let text = fs_err::read_to_string(&path).unwrap();
        let documents =
            Yaml::load_from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut found = Vec::new();
        documents.iter().for_each(|document| texts(document, &mut found));
        let commands: Vec<String> = found.into_iter().flat_map(command_lines).collect();
        assert!(!commands.is_empty(), "{} runs nothing", path.display());
        for command in commands {
            lines += 1;
            assert_eq!(is_taken(&command), Ok(()), "{}: {command}", path.display());
        }
    }
    assert!(lines > 6, "{lines}");
    assert!(is_taken("exemplar check --no-such-option").is_err());
    assert!(is_taken("exemplar check --partition 5/4").is_err());
}

#[test]
fn the_page_about_ci_names_commands_and_files_that_there_are() {
    let page = fs_err::read_to_string(workspace().join("docs/ci.md")).unwrap();
    for block in page.split("\n```console\n").skip(1) {
        let block = block.split("\n```").next().unwrap();
        for line in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
            let command = line.split("  #").next().unwrap().trim_end();
            for command in command_lines(command) {
                assert_eq!(is_taken(&command), Ok(()), "{command}");
            }
        }
    }
    for path in recipes() {
        let name = path.file_name().unwrap().to_string_lossy();
        assert!(page.contains(&*name), "docs/ci.md does not name {name}");
    }
}

/// A program of the tests' Python packages.
fn tool(name: &str) -> Command {
    let path = build_folder().parent().unwrap().join("tools/python/bin").join(name);
    assert!(path.is_file(), "{name} is not installed: run `setup/prepare test`");
    Command::new(path)
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned()).concat()
}

/// Whether a service would take a file, and what is wrong with it.
fn judged(schema: &str, file: &Path) -> Result<(), String> {
    let mut command = match schema {
        "validate-config" | "validate-manifest" => tool("pre-commit"),
        _ => tool("check-jsonschema"),
    };
    let home = tempfile::tempdir().unwrap();
    command.env("PRE_COMMIT_HOME", home.path());
    match schema {
        "validate-config" | "validate-manifest" => command.arg(schema),
        _ => command.args(["--builtin-schema", schema]),
    };
    let output = command.arg(file).output().unwrap();
    if output.status.success() { Ok(()) } else { Err(said(&output)) }
}

#[test]
fn the_services_take_their_recipes() {
    let root = workspace();
    for (schema, file) in [
        ("vendor.github-workflows", "docs/ci/github.yml"),
        ("vendor.github-workflows", "docs/ci/github-matrix.yml"),
        ("vendor.gitlab-ci", "docs/ci/gitlab.yml"),
        ("validate-config", "docs/ci/pre-commit.yml"),
        ("validate-manifest", ".pre-commit-hooks.yaml"),
    ] {
        assert_eq!(judged(schema, &root.join(file)), Ok(()), "{file}");
        // The judge is awake.
        let broken = tempfile::Builder::new().suffix(".yml").tempfile().unwrap();
        let text = fs_err::read_to_string(root.join(file)).unwrap();
        let text =
            text.replace("steps:", "stepps:").replace("script:", "scripts:").replace("entry:", "entree:");
        fs_err::write(broken.path(), text).unwrap();
        assert!(judged(schema, broken.path()).is_err(), "{file} is taken however it is written");
    }
}

/// Pages for several machines; one of them is stale, or none.
fn pages(is_stale: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs_err::create_dir(folder.path().join("docs")).unwrap();
    for number in 0..5 {
        let output = if is_stale && number == 3 { 0 } else { number };
        let page = format!("# {number}\n\n```python\n>>> {number}\n{output}\n```\n");
        fs_err::write(folder.path().join(format!("docs/{number}.md")), page).unwrap();
    }
    folder
}

/// Runs a line of a recipe in a shell, as the service does: in this folder, with `exemplar` on PATH.
fn shell(program: &str, script: &str, folder: &Path, environment: &[(&str, &str)]) -> Output {
    let path = std::env::var("PATH").unwrap();
    guarded(Path::new(program), folder)
        .args(["-e", "-c", script])
        .env("PATH", format!("{}:{path}", build_folder().display()))
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

fn recipe(name: &str) -> String {
    fs_err::read_to_string(workspace().join("docs/ci").join(name)).unwrap()
}

fn field<'y, 'i>(yaml: &'y Yaml<'i>, path: &[&str]) -> &'y Yaml<'i> {
    path.iter().fold(yaml, |yaml, key| {
        yaml.as_mapping_get(key).unwrap_or_else(|| panic!("no `{key}` of {path:?} in the recipe"))
    })
}

/// What the steps of a job of GitHub run, those that install aside.
fn steps(job: &Yaml<'_>) -> Vec<String> {
    let steps = field(job, &["steps"]).as_vec().unwrap();
    let scripts = steps.iter().filter_map(|step| step.as_mapping_get("run")?.as_str());
    scripts.filter(|script| !script.starts_with("cargo install")).map(str::to_owned).collect()
}

/// Copies the files of a folder whose names begin and end so: what a service does with artifacts.
fn hand_over(from: &Path, to: &Path, (start, end): (&str, &str)) -> usize {
    let mut count = 0;
    for file in fs_err::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let name = file.file_name().into_string().unwrap();
        if name.starts_with(start) && name.ends_with(end) {
            fs_err::copy(file.path(), to.join(name)).unwrap();
            count += 1;
        }
    }
    count
}

/// What came of the last job: the status that `exemplar check` would have ended with, and the same failures.
#[track_caller]
fn check_joined(output: &Output, folder: &Path, is_stale: bool) {
    assert_eq!(output.status.code(), Some(i32::from(is_stale)), "{}", said(output));
    let junit = fs_err::read_to_string(folder.join("junit.xml")).unwrap();
    assert_eq!(junit.matches("<testcase ").count(), 5, "{junit}");
    assert_eq!(junit.matches("<failure ").count(), usize::from(is_stale), "{junit}");
}

#[test]
fn the_recipe_for_github_runs() {
    let text = recipe("github.yml");
    let documents = Yaml::load_from_str(&text).unwrap();
    for is_stale in [false, true] {
        let folder = pages(is_stale);
        for script in steps(field(&documents[0], &["jobs", "check"])) {
            let output = shell("bash", &script, folder.path(), &[]);
            assert_eq!(output.status.code(), Some(i32::from(is_stale)), "{}", said(&output));
            assert_eq!(
                said(&output).contains("::error file=docs/3.md,line=4,"),
                is_stale,
                "{}",
                said(&output)
            );
        }
    }
}

#[test]
fn the_matrix_for_github_runs() {
    let text = recipe("github-matrix.yml");
    let documents = Yaml::load_from_str(&text).unwrap();
    let check = field(&documents[0], &["jobs", "check"]);
    let parts = field(check, &["strategy", "matrix", "part"]).as_vec().unwrap();
    for is_stale in [false, true] {
        let joined = pages(is_stale);
        for part in parts {
            let part = part.as_integer().unwrap().to_string();
            let folder = pages(is_stale);
            for script in steps(check) {
                let script = script.replace("${{ matrix.part }}", &part);
                let output = shell("bash", &script, folder.path(), &[]);
                assert!(output.status.success(), "{}", said(&output));
            }
            assert_eq!(hand_over(folder.path(), joined.path(), (&format!("report-{part}"), ".json")), 1);
        }
        let scripts = steps(field(&documents[0], &["jobs", "merge"]));
        let [script] = &scripts[..] else { panic!("{scripts:?}") };
        check_joined(&shell("bash", script, joined.path(), &[]), joined.path(), is_stale);
    }
}

#[test]
fn the_recipe_for_gitlab_runs() {
    let text = recipe("gitlab.yml");
    let documents = Yaml::load_from_str(&text).unwrap();
    let script = |job: &str| {
        let lines = field(&documents[0], &[job, "script"]).as_vec().unwrap();
        lines.iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>().join("\n")
    };
    let total = field(&documents[0], &["check", "parallel"]).as_integer().unwrap();
    for is_stale in [false, true] {
        let joined = pages(is_stale);
        for index in 1..=total {
            let folder = pages(is_stale);
            let (index, total) = (index.to_string(), total.to_string());
            let environment = [("CI_NODE_INDEX", index.as_str()), ("CI_NODE_TOTAL", total.as_str())];
            let output = shell("sh", &script("check"), folder.path(), &environment);
            assert!(output.status.success(), "{}", said(&output));
            assert_eq!(hand_over(folder.path(), joined.path(), ("report-", ".json")), 1);
        }
        check_joined(&shell("sh", &script("merge"), joined.path(), &[]), joined.path(), is_stale);
    }
}

#[test]
fn the_recipe_for_kubernetes_runs() {
    let text = recipe("kubernetes.yml");
    let documents = Yaml::load_from_str(&text).unwrap();
    let reports = tempfile::tempdir().unwrap();
    let script = |job: &Yaml<'_>| {
        let containers = field(job, &["spec", "template", "spec", "containers"]).as_vec().unwrap();
        let arguments = field(&containers[0], &["args"]).as_vec().unwrap();
        arguments[0].as_str().unwrap().replace("/reports/", &format!("{}/", reports.path().display()))
    };
    let [check, merge] = &documents[..] else { panic!("two Jobs") };
    let count = field(check, &["spec", "completions"]).as_integer().unwrap();
    for is_stale in [false, true] {
        let folder = pages(is_stale);
        for index in 0..count {
            let index = index.to_string();
            let output = shell("sh", &script(check), folder.path(), &[("JOB_COMPLETION_INDEX", &index)]);
            assert!(output.status.success(), "{}", said(&output));
        }
        check_joined(&shell("sh", &script(merge), folder.path(), &[]), reports.path(), is_stale);
    }
}

#[test]
fn the_hook_runs_before_a_commit() {
    for is_stale in [false, true] {
        let folder = pages(is_stale);
        fs_err::write(folder.path().join(".pre-commit-config.yaml"), recipe("pre-commit.yml")).unwrap();
        for arguments in [["init", "--quiet"], ["add", "."]] {
            assert!(
                Command::new("git").args(arguments).current_dir(folder.path()).status().unwrap().success()
            );
        }
        let home = tempfile::tempdir().unwrap();
        let path = std::env::var("PATH").unwrap();
        let output = tool("pre-commit")
            .args(["run", "--all-files", "--color", "never"])
            .current_dir(folder.path())
            .env("PRE_COMMIT_HOME", home.path())
            .env("PATH", format!("{}:{path}", build_folder().display()))
            .env("EXEMPLAR_NO_CACHE", "1")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(i32::from(is_stale)), "{}", said(&output));
        assert_eq!(said(&output).contains("stale-output"), is_stale, "{}", said(&output));
    }
}
