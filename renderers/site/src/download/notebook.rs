//! A chapter as a Jupyter notebook (nbformat 4.5), with the outputs that its examples really gave.
//!
//! A cell's id is its number, so that two builds give the same bytes.

use exemplar_model::fence::{CodeLine, Content, Fence};
use exemplar_model::report::{Python, Status};
use exemplar_verify::report::PlacedExample;
use exemplar_verify::weave::plain;
use serde_json::{Value, json};

use crate::chapter::VerifiedChapter;

/// The notebook; none for a chapter that runs nothing.
pub(super) fn text(chapter: &VerifiedChapter<'_>, python: Option<&Python>) -> Option<String> {
    let mut cells = Cells::default();
    let text = &chapter.page.expanded.text;
    let mut from = 0;
    for (index, fence) in chapter.page.fences.iter().enumerate() {
        cells.markdown(prose(&text[from..fence.range.start], &fence.prefix));
        from = fence.output_range.as_ref().map_or(fence.range.end, |output| output.end);
        cells.fence(fence, &chapter.of_fence(index));
    }
    cells.markdown(text[from..].trim());
    if cells.runs == 0 {
        return None;
    }
    let version = python.map_or("3", |python| python.version.as_str());
    let notebook = json!({
        "cells": cells.list,
        "metadata": {
            "kernelspec": { "display_name": "Python 3", "language": "python", "name": "python3" },
            "language_info": { "name": "python", "version": version, "file_extension": ".py", "mimetype": "text/x-python" },
            "title": chapter.title,
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    });
    Some(format!("{notebook:#}\n"))
}

#[derive(Default)]
struct Cells {
    list: Vec<Value>,
    /// How many cells run.
    runs: usize,
}

impl Cells {
    fn id(&self) -> String {
        format!("cell-{}", self.list.len() + 1)
    }

    fn markdown(&mut self, text: &str) {
        if !text.is_empty() {
            let cell =
                json!({ "cell_type": "markdown", "id": self.id(), "metadata": {}, "source": lines(text) });
            self.list.push(cell);
        }
    }

    fn code(&mut self, source: &str, outputs: &[Value], tags: &[&str]) {
        self.runs += 1;
        let metadata = if tags.is_empty() { json!({}) } else { json!({ "tags": tags }) };
        let cell = json!({
            "cell_type": "code",
            "execution_count": self.runs,
            "id": self.id(),
            "metadata": metadata,
            "outputs": outputs,
            "source": lines(source.trim_end()),
        });
        self.list.push(cell);
    }

    fn fence(&mut self, fence: &Fence, examples: &[&PlacedExample]) {
        let ran = |example: &&PlacedExample| matches!(example.result.status, Status::Passed | Status::Ran);
        let hidden: &[&str] = if fence.attributes.hidden { &["remove-input"] } else { &[] };
        match &fence.content {
            _ if fence.attributes.lab.is_some() => self.markdown(&plain::fence(fence, examples)),
            _ if examples.is_empty() || !examples.iter().all(ran) => {
                if !fence.attributes.hidden {
                    self.markdown(&plain::fence(fence, examples));
                }
            }
            Content::Session(prompted) => {
                // A notebook shows the value of a cell's last statement alone: a cell goes to the next output.
                let mut source = String::new();
                for (index, (one, example)) in prompted.iter().zip(examples).enumerate() {
                    source.push_str(&joined(&one.code));
                    let outputs = outputs(example);
                    if !outputs.is_empty() || index + 1 == prompted.len() {
                        self.code(&source, &outputs, hidden);
                        source.clear();
                    }
                }
            }
            Content::Script { code, .. } => {
                let outputs: Vec<Value> = examples.iter().flat_map(|example| outputs(example)).collect();
                self.code(&joined(code), &outputs, hidden);
            }
            Content::File { path, text, .. } => {
                self.code(&format!("%%writefile {path}\n{}", joined(text)), &[], hidden);
            }
            Content::Console(_) | Content::Excerpt { .. } => self.markdown(&plain::fence(fence, examples)),
        }
    }
}

/// What an example printed, raised and showed.
fn outputs(example: &PlacedExample) -> Vec<Value> {
    let mut outputs = Vec::new();
    if let Some(printed) = example.result.actual.as_deref().filter(|printed| !printed.is_empty()) {
        match printed.find("Traceback (most recent call last):\n") {
            Some(at) => {
                if at > 0 {
                    outputs.push(stream(&printed[..at]));
                }
                let traceback: Vec<&str> = printed[at..].trim_end().lines().collect();
                let last =
                    traceback.iter().rev().find(|line| !line.starts_with(' ')).copied().unwrap_or_default();
                let (name, value) = last.split_once(": ").unwrap_or((last, ""));
                outputs.push(
                    json!({ "output_type": "error", "ename": name, "evalue": value, "traceback": traceback }),
                );
            }
            None => outputs.push(stream(printed)),
        }
    }
    for display in &example.displays {
        let data = match display.mime.as_str() {
            "image/png" => json!(display.data),
            _ => json!(lines(&display.data)),
        };
        outputs.push(
            json!({ "output_type": "display_data", "metadata": {}, "data": { display.mime.as_str(): data } }),
        );
    }
    outputs
}

fn stream(text: &str) -> Value {
    json!({ "output_type": "stream", "name": "stdout", "text": lines(text) })
}

/// Prose between two fences, without the marks of the list or quote that begin the next fence's line.
fn prose<'a>(text: &'a str, prefix: &str) -> &'a str {
    let text = text.trim_end_matches([' ', '\t']);
    let text = if prefix.contains('>') { text.trim_end_matches(['>', ' ']) } else { text };
    text.trim()
}

fn joined(code: &[CodeLine]) -> String {
    code.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect()
}

/// Text as nbformat stores it: its lines, each with its line feed.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}
