//! Labs: exercises whose starter, tests and solution are fences of their own, and what is to be proved of them.
//!
//! A lab's name is that of its module, so that what readers write is what the tests import: the lab `binary-search` has `binary_search.py`
//! and `test_binary_search.py`.

use crate::fence::Raises;

/// What a fence is to its lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LabRole {
    /// The module as readers get it.
    Starter,
    /// What tells whether they are done: a file for pytest.
    Tests,
    /// The module as it may look in the end.
    Solution,
    /// A module that is wrong, as the tests have to find out.
    Mutant,
    /// A file that the module or the tests read.
    Data,
}

impl LabRole {
    /// Those that authors name, in the order in which messages do.
    pub const WRITTEN: [Self; 4] = [Self::Starter, Self::Tests, Self::Solution, Self::Mutant];

    /// The word in attributes and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Starter => "starter",
            Self::Tests => "tests",
            Self::Solution => "solution",
            Self::Mutant => "mutant",
            Self::Data => "data",
        }
    }

    /// The role of this name, as far as authors can write it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::WRITTEN.into_iter().find(|role| role.name() == name)
    }

    /// The file that the fence is written into; none for data, which names its own.
    #[must_use]
    pub fn file(self, lab: &str) -> Option<String> {
        match self {
            Self::Starter | Self::Solution | Self::Mutant => Some(format!("{}.py", module(lab))),
            Self::Tests => Some(format!("test_{}.py", module(lab))),
            Self::Data => None,
        }
    }
}

/// A fence as a part of a lab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabPart {
    /// The lab's name.
    pub lab: String,
    /// What it is to the lab; none where that could not be read.
    pub role: Option<LabRole>,
}

/// A lab of a page that has all its parts. Fences are named by their place on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lab {
    /// Its name.
    pub name: String,
    /// The module as readers get it.
    pub starter: usize,
    /// The tests.
    pub tests: usize,
    /// The module as it may look in the end.
    pub solution: usize,
    /// Wrong ones.
    pub mutants: Vec<usize>,
    /// Files beside the module.
    pub data: Vec<usize>,
}

/// What a run of a lab's tests is to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// That pytest finds tests, and can import them.
    Tests,
    /// That the starter fails: by an assertion, by `NotImplementedError`, or by what its author says.
    StarterFails(Option<Raises>),
    /// That the solution passes.
    SolutionPasses,
    /// That a test fails for this wrong module.
    MutantDies,
}

impl Proof {
    /// The role of the fence that it is about.
    #[must_use]
    pub fn role(&self) -> LabRole {
        match self {
            Self::Tests => LabRole::Tests,
            Self::StarterFails(_) => LabRole::Starter,
            Self::SolutionPasses => LabRole::Solution,
            Self::MutantDies => LabRole::Mutant,
        }
    }
}

/// The module of a lab.
#[must_use]
pub fn module(lab: &str) -> String {
    lab.replace('-', "_")
}

/// Whether a word can name a lab: the module of that name can be imported.
#[must_use]
pub fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'-' | b'_'))
}
