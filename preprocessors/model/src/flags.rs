//! The options by which an expected output is compared.
//!
//! Names and meanings are those of the standard library's `doctest`, section "Option Flags", of pytest ("Doctest integration for modules
//! and test files") and of pytest-doctestplus; only [`Flags::ADDRESS`] is Exemplar's own.

use std::fmt;

/// A set of option flags.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Flags(u32);

impl Flags {
    /// `1` and `True` differ.
    pub const DONT_ACCEPT_TRUE_FOR_1: Self = Self(1);
    /// `<BLANKLINE>` is just that text.
    pub const DONT_ACCEPT_BLANKLINE: Self = Self(1 << 1);
    /// All runs of white space are equal.
    pub const NORMALIZE_WHITESPACE: Self = Self(1 << 2);
    /// `...` matches anything.
    pub const ELLIPSIS: Self = Self(1 << 3);
    /// The example is not run.
    pub const SKIP: Self = Self(1 << 4);
    /// Only the type of an exception is compared, without its module.
    pub const IGNORE_EXCEPTION_DETAIL: Self = Self(1 << 5);
    /// `0x…` within `<… at 0x…>` compares equal. Exemplar's own, on by default.
    pub const ADDRESS: Self = Self(1 << 6);
    /// Reporting options of doctest: accepted, and without effect on a comparison.
    pub const REPORTING: Self = Self(1 << 7);
    /// Numbers that are equal as far as they are written out are equal. pytest's.
    pub const NUMBER: Self = Self(1 << 8);
    /// The prefix `u` of string literals is not compared. pytest's.
    pub const ALLOW_UNICODE: Self = Self(1 << 9);
    /// The prefix `b` of string literals is not compared. pytest's.
    pub const ALLOW_BYTES: Self = Self(1 << 10);
    /// Numbers with a fraction are compared as `numpy.isclose` does. pytest-doctestplus's, as all below.
    pub const FLOAT_CMP: Self = Self(1 << 11);
    /// The example runs, and its output is not compared.
    pub const IGNORE_OUTPUT: Self = Self(1 << 12);
    /// Warnings of the example are nobody's business.
    pub const IGNORE_WARNINGS: Self = Self(1 << 13);
    /// Warnings of the example are compared as if it had printed them, after its output.
    pub const SHOW_WARNINGS: Self = Self(1 << 14);
    /// The example needs the internet, which no session has, so it is not run.
    pub const REMOTE_DATA: Self = Self(1 << 15);
    /// Spellings of Python 2, and of numpy's data types on other machines, are made alike.
    pub const FIX: Self = Self(1 << 16);

    const NAMES: [(&'static str, Self); 23] = [
        ("DONT_ACCEPT_TRUE_FOR_1", Self::DONT_ACCEPT_TRUE_FOR_1),
        ("DONT_ACCEPT_BLANKLINE", Self::DONT_ACCEPT_BLANKLINE),
        ("NORMALIZE_WHITESPACE", Self::NORMALIZE_WHITESPACE),
        ("ELLIPSIS", Self::ELLIPSIS),
        ("SKIP", Self::SKIP),
        ("IGNORE_EXCEPTION_DETAIL", Self::IGNORE_EXCEPTION_DETAIL),
        ("ADDRESS", Self::ADDRESS),
        ("REPORT_UDIFF", Self::REPORTING),
        ("REPORT_CDIFF", Self::REPORTING),
        ("REPORT_NDIFF", Self::REPORTING),
        ("REPORT_ONLY_FIRST_FAILURE", Self::REPORTING),
        ("FAIL_FAST", Self::REPORTING),
        ("NUMBER", Self::NUMBER),
        ("ALLOW_UNICODE", Self::ALLOW_UNICODE),
        ("ALLOW_BYTES", Self::ALLOW_BYTES),
        ("FLOAT_CMP", Self::FLOAT_CMP),
        ("IGNORE_OUTPUT", Self::IGNORE_OUTPUT),
        // As older releases of pytest-doctestplus have it: on one of the two Pythons only.
        ("IGNORE_OUTPUT_2", Self::REPORTING),
        ("IGNORE_OUTPUT_3", Self::IGNORE_OUTPUT),
        ("IGNORE_WARNINGS", Self::IGNORE_WARNINGS),
        ("SHOW_WARNINGS", Self::SHOW_WARNINGS),
        ("REMOTE_DATA", Self::REMOTE_DATA),
        ("FIX", Self::FIX),
    ];

    /// No flag at all: doctest's own default.
    #[must_use]
    pub const fn none() -> Self {
        Self(0)
    }

    /// The flag of a name, if there is one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|&(_, flag)| flag)
    }

    /// All names, for a "did you mean".
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().map(|&(name, _)| name)
    }

    /// Whether every flag of `other` is set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether an example with these flags is left out.
    #[must_use]
    pub const fn skips(self) -> bool {
        self.has(Self::SKIP) || self.has(Self::REMOTE_DATA)
    }

    /// This set with the flags of `other`.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set without the flags of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set()
            .entries(Self::NAMES.iter().filter(|(_, flag)| self.has(*flag)).map(|(name, _)| name))
            .finish()
    }
}

/// A change of some flags: `+ELLIPSIS, -SKIP`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FlagChange {
    /// Set by this change.
    pub on: Flags,
    /// Cleared by this change.
    pub off: Flags,
}

impl FlagChange {
    /// The flags after this change.
    #[must_use]
    pub const fn apply(self, flags: Flags) -> Flags {
        flags.with(self.on).without(self.off)
    }

    /// This change and then another one, which holds where both are about the same flag.
    #[must_use]
    pub const fn then(self, later: Self) -> Self {
        Self {
            on: self.on.without(later.off).with(later.on),
            off: self.off.without(later.on).with(later.off),
        }
    }

    /// Adds one change; of two about the same flag, the later one holds, as in doctest.
    pub fn set(&mut self, flag: Flags, on: bool) {
        let (on_set, off_set) = if on { (flag, Flags::none()) } else { (Flags::none(), flag) };
        self.on = self.on.without(flag).with(on_set);
        self.off = self.off.without(flag).with(off_set);
    }
}
