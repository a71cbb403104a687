//! What templates lay out. Names and shapes are those of `docs/teaching.md`; Markdown is as its author wrote it, with links that lead
//! where they led; everything called `html` stands on one line.

use std::collections::BTreeMap;

use exemplar_model::lab::LabRole;
use exemplar_model::teaching::{Content, Level, slug};
use serde::Serialize;

use crate::AppendixOptions;
use crate::chapter::{answer, cheatsheet_title, download, mutants, quiz_title};
use crate::collect::{Collected, asked};
use crate::lab::{self, Parts};
use crate::markdown::{escape, html, inline, relink, title};
use crate::references::References;

/// How far a generated chapter lies below the book's source. Sheets lie one deeper.
const UP: &str = "../";
const SHEET_UP: &str = "../../";

/// An entry's place.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Place {
    /// From a generated chapter to the entry.
    pub(crate) link: String,
    /// Chapter and section, as HTML.
    pub(crate) html: String,
}

/// An interview question.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Question {
    id: String,
    level: &'static str,
    topic: String,
    html: String,
    short_html: String,
    /// What belongs to the question and the folded answer, as Markdown.
    answer: String,
    place: Place,
}

/// The questions of a level or topic.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Group {
    title: String,
    slug: String,
    questions: Vec<Question>,
}

/// A box of a cheat sheet.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SheetBox {
    html: String,
    body: String,
    place: Place,
}

/// A cheat sheet.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Sheet {
    pub(crate) title: String,
    pub(crate) slug: String,
    boxes: Vec<SheetBox>,
}

/// A gotcha or a term.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Item {
    html: String,
    body: String,
    place: Place,
    #[serde(skip)]
    key: String,
}

/// A lab with what stands at the back of the book.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct LabItem {
    /// Its name, which is that of its module.
    name: String,
    html: String,
    /// Markdown.
    solution: String,
    /// Markdown, folded; empty where there are none.
    mutants: String,
    /// The link to what readers take home.
    download: String,
    place: Place,
}

/// A card: a question or a quiz.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Card {
    /// What learners' history is kept under.
    pub(crate) id: String,
    pub(crate) front: String,
    pub(crate) back: String,
    /// Topic and level, or `quiz`.
    pub(crate) tags: Vec<String>,
    place: Place,
}

/// Everything that was collected.
#[derive(Debug, Serialize)]
pub(crate) struct Library {
    pub(crate) title: String,
    levels: Vec<Group>,
    topics: Vec<Group>,
    pub(crate) questions: Vec<Question>,
    pub(crate) sheets: Vec<Sheet>,
    pub(crate) gotchas: Vec<Item>,
    pub(crate) labs: Vec<LabItem>,
    pub(crate) terms: Vec<Item>,
    pub(crate) cards: Vec<Card>,
    pub(crate) references: References,
}

/// A topic's title as the settings have it.
pub(crate) fn topic_title(written: &str, topics: &[String]) -> String {
    let word = slug(written);
    topics.iter().find(|topic| slug(topic) == word).map_or_else(|| written.to_owned(), Clone::clone)
}

fn place(collected: &Collected, up: &str) -> Place {
    let path = collected.path.to_string_lossy().replace('\\', "/");
    let chapter = escape(&collected.chapter);
    let html = match &collected.section {
        Some(section) => format!("{chapter} › {}", escape(section)),
        None => chapter,
    };
    let path = path.strip_suffix(".md").unwrap_or(&path).to_owned() + ".html";
    Place { link: format!("{up}{path}#{}", collected.anchor), html }
}

impl Library {
    /// Sorts what was collected, in the order of the book.
    pub(crate) fn new(options: AppendixOptions<'_>, collected: &[Collected], references: References) -> Self {
        let questions: Vec<Question> =
            collected.iter().filter_map(|found| question(found, options.topics)).collect();
        let group = |title: &str, slug: String, is_in: &dyn Fn(&Question) -> bool| {
            let questions: Vec<Question> = questions.iter().filter(|it| is_in(it)).cloned().collect();
            (!questions.is_empty()).then(|| Group { title: title.to_owned(), slug, questions })
        };
        let level = |level: Level| {
            let name = level.name();
            let title = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
            group(&title, name.to_owned(), &|question| question.level == name)
        };
        let topic = |topic: &String| group(topic, slug(topic), &|question| question.topic == *topic);
        let mut terms = items(collected, |content| matches!(content, Content::Term));
        terms.sort_by(|a, b| a.key.cmp(&b.key));
        Self {
            title: options.title.to_owned(),
            levels: Level::ALL.into_iter().filter_map(level).collect(),
            topics: options.topics.iter().filter_map(topic).collect(),
            sheets: sheets(collected, options.topics),
            gotchas: items(collected, |content| matches!(content, Content::Gotcha)),
            labs: collected.iter().filter_map(lab).collect(),
            terms,
            cards: collected.iter().filter_map(|found| card(found, options.topics)).collect(),
            references,
            questions,
        }
    }
}

fn question(collected: &Collected, topics: &[String]) -> Option<Question> {
    let Content::Interview(interview) = &collected.entry.content else { return None };
    Some(Question {
        id: collected.anchor.clone(),
        level: interview.level.name(),
        topic: topic_title(&interview.topic.text, topics),
        html: inline(&relink(&collected.entry.title.text, &collected.path, UP)),
        short_html: inline(&relink(&interview.short.text, &collected.path, UP)),
        answer: relink(&answer(interview), &collected.path, UP),
        place: place(collected, UP),
    })
}

fn sheets(collected: &[Collected], topics: &[String]) -> Vec<Sheet> {
    let mut boxes: BTreeMap<String, Vec<SheetBox>> = BTreeMap::new();
    for found in collected {
        let Content::Cheatsheet { topic } = &found.entry.content else { continue };
        let html = match (cheatsheet_title(&found.entry.title.text, &topic.text), &found.section) {
            (Some(own), _) => title(&capitalised(own)),
            (None, Some(section)) => escape(section),
            (None, None) => escape(&found.chapter),
        };
        let body = relink(&found.entry.body, &found.path, SHEET_UP);
        let place = place(found, SHEET_UP);
        boxes.entry(topic_title(&topic.text, topics)).or_default().push(SheetBox { html, body, place });
    }
    let sheet = |topic: &String| {
        let boxes = boxes.remove(topic)?;
        Some(Sheet { title: topic.clone(), slug: slug(topic), boxes })
    };
    topics.iter().filter_map(sheet).collect()
}

fn items(collected: &[Collected], is_one: fn(&Content) -> bool) -> Vec<Item> {
    let item = |found: &Collected| Item {
        html: title(&found.entry.title.text),
        body: relink(&found.entry.body, &found.path, UP),
        place: place(found, UP),
        key: slug(&found.entry.title.text),
    };
    collected.iter().filter(|found| is_one(&found.entry.content)).map(item).collect()
}

fn lab(collected: &Collected) -> Option<LabItem> {
    let Content::Lab { name } = &collected.entry.content else { return None };
    let parts = Parts::of(&collected.entry.body);
    Some(LabItem {
        name: name.text.clone(),
        html: title(lab::title(&collected.entry)),
        solution: parts.woven(LabRole::Solution),
        mutants: mutants(&parts).unwrap_or_default(),
        download: download(collected),
        place: place(collected, UP),
    })
}

fn card(collected: &Collected, topics: &[String]) -> Option<Card> {
    let path = &collected.path;
    let (front, back, tags) = match &collected.entry.content {
        Content::Interview(interview) => {
            let prompt = html(&relink(&interview.prompt, path, UP));
            let tags =
                vec![slug(&topic_title(&interview.topic.text, topics)), interview.level.name().to_owned()];
            let question = inline(&collected.entry.title.text);
            (format!("<p>{question}</p>{prompt}"), html(&relink(&interview.short.text, path, UP)), tags)
        }
        Content::Quiz(quiz) => {
            let asked = asked(&collected.entry);
            let listing = |text: &str| html_of_code(text.trim_end());
            let code = asked.as_ref().map(|asked| listing(&asked.code)).unwrap_or_default();
            let choices: String =
                quiz.choices.iter().map(|choice| format!("<li>{}</li>", inline(&choice.text.text))).collect();
            let choices = if choices.is_empty() { choices } else { format!("<ul>{choices}</ul>") };
            let right = quiz.choices.iter().find(|choice| choice.right);
            let back = match (right, &asked) {
                (Some(right), _) => html(&right.text.text),
                (None, Some(asked)) => listing(&asked.output),
                (None, None) => html(&quiz.text),
            };
            let title = quiz_title(collected, asked.as_ref());
            let title = capitalised(&title);
            (format!("<p>{title}</p>{code}{choices}"), back, vec!["quiz".to_owned()])
        }
        _ => return None,
    };
    Some(Card { id: collected.anchor.clone(), front, back, tags, place: place(collected, UP) })
}

/// A text with a capital at its start; what begins with code keeps its letters.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + letters.as_str()
}

fn html_of_code(code: &str) -> String {
    let code = escape(code).replace('\n', "&#10;");
    format!("<pre><code>{code}</code></pre>")
}
