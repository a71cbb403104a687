//! What teaches beside prose and examples: interview questions, cheat sheets, gotchas, labs, quizzes and terms, as their author wrote them.
//!
//! All ranges are of the text that was parsed, which is a page's expanded text or a woven chapter; all text of a body is Markdown without
//! the marks of the block quote that it stands in.
//!
//! Deliberately absent: what a fence within one printed, which is the report's, and where an entry is collected, which is the appendix's.

use std::ops::Range;

/// Some text and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Its place.
    pub range: Range<usize>,
}

/// Who is asked a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Somebody in their first job.
    Junior,
    /// Somebody who works alone.
    Mid,
    /// Somebody who decides for others.
    Senior,
}

impl Level {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Junior, Self::Mid, Self::Senior];

    /// The word that authors write.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Junior => "junior",
            Self::Mid => "mid",
            Self::Senior => "senior",
        }
    }

    /// The level of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

/// A teaching element of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The block quote, from its first `>` on.
    pub range: Range<usize>,
    /// Its first line from `[!` on.
    pub header: Range<usize>,
    /// What it is called by, read raw: a question, or a title. Empty where it may be left out.
    pub title: Piece,
    /// `{#id}`, where its author gave one.
    pub id: Option<Piece>,
    /// Everything below its first line.
    pub body: String,
    /// What is special about its kind.
    pub content: Content,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// `[!INTERVIEW]`.
    Interview(Interview),
    /// `[!CHEATSHEET]`: the title is the topic, and what stands behind its colon, if there is one, is the box's own.
    Cheatsheet {
        /// The topic as it is written.
        topic: Piece,
    },
    /// `[!GOTCHA]`.
    Gotcha,
    /// `[!LAB]`. Its parts are fences of the page.
    Lab {
        /// Its name; the title is that, and behind a colon what the lab is called.
        name: Piece,
    },
    /// `[!QUIZ]`.
    Quiz(Quiz),
    /// `[!TERM]`.
    Term,
}

impl Content {
    /// The word between `[!` and `]`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Interview(_) => "INTERVIEW",
            Self::Cheatsheet { .. } => "CHEATSHEET",
            Self::Gotcha => "GOTCHA",
            Self::Lab { .. } => "LAB",
            Self::Quiz(_) => "QUIZ",
            Self::Term => "TERM",
        }
    }
}

/// An interview question. The question itself is the entry's title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interview {
    /// Who is asked it.
    pub level: Level,
    /// The topic as it is written.
    pub topic: Piece,
    /// What belongs to the question beside its words, such as the code that it is about.
    pub prompt: String,
    /// The answer in a few words.
    pub short: Piece,
    /// The whole answer.
    pub answer: String,
    /// What it is asked for.
    pub tests: Vec<String>,
    /// What is asked next.
    pub follow_ups: Vec<String>,
    /// What had better not be said.
    pub weak_answers: Vec<String>,
}

/// A quiz: the output is to be predicted, or the right answer chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quiz {
    /// The answers to choose from; none, or two and more with one right one.
    pub choices: Vec<Choice>,
    /// The body without the choices.
    pub text: String,
}

/// An answer that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it says.
    pub text: Piece,
    /// Whether its author marked it as the right one.
    pub right: bool,
}

impl Entry {
    /// The anchor of the entry in its chapter: its id, else one made of its kind and title. None without either.
    #[must_use]
    pub fn anchor(&self) -> Option<String> {
        match &self.id {
            Some(id) => Some(id.text.clone()),
            None if self.title.text.is_empty() => None,
            None => Some(format!("{}-{}", self.content.name().to_lowercase(), slug(&self.title.text))),
        }
    }
}

/// A text as a word of an address: letters and digits in lower case, anything between them one hyphen.
#[must_use]
pub fn slug(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn a_slug_is_what_two_spellings_have_in_common() {
        for (text, expected) in [
            ("Iterators and generators", "iterators-and-generators"),
            ("iterators-and-generators", "iterators-and-generators"),
            ("Why `__init__`?", "why-init"),
            ("Über 3.13", "über-3-13"),
            ("?", ""),
        ] {
            assert_eq!(slug(text), expected);
        }
    }
}
