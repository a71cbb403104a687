//! Reads tables of TOML so that one run names every mistake.
//!
//! serde stops at the first value that it can't use. Here that value is noted, taken out, and the rest is read again, until nothing is
//! wrong any more; each pass takes a value out, so there is an end.

use std::ops::Range;

use serde::de::{DeserializeOwned, Visitor, value::Error as Refused};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::spelling;

/// What is wrong at these bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) range: Range<usize>,
    pub(super) message: String,
}

/// Notes mistakes while tables are read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) mistakes: Vec<Mistake>,
}

impl Reader {
    /// Notes what is wrong.
    pub(super) fn wrong(&mut self, range: Range<usize>, message: impl Into<String>) {
        self.mistakes.push(Mistake { range, message: message.into() });
    }

    /// Those keys of a table that `T` has, as a `T`; values that are wrong are noted and left out.
    pub(super) fn part<T: DeserializeOwned + Default>(&mut self, table: &Spanned<DeTable<'_>>) -> T {
        let known = fields::<T>();
        let entries = table.get_ref().iter().filter(|(key, _)| known.contains(&&**key.get_ref()));
        let part = entries.map(|(key, value)| (key.clone(), value.clone())).collect();
        self.all(Spanned::new(table.span(), part))
    }

    /// A table as a `T`; values that are wrong are noted and left out.
    fn all<T: DeserializeOwned + Default>(&mut self, mut table: Spanned<DeTable<'_>>) -> T {
        loop {
            let error = match T::deserialize(toml::Deserializer::from(table.clone())) {
                Ok(read) => return read,
                Err(error) => error,
            };
            let range = error.span().unwrap_or_else(|| table.span());
            self.wrong(range.clone(), in_our_words(error.message()));
            if !take_out(table.get_mut(), &range) {
                return T::default();
            }
        }
    }

    /// Notes the keys of a table that are not `known`, with the one among `usual` that was meant.
    pub(super) fn only(&mut self, table: &Spanned<DeTable<'_>>, known: &[&str], usual: &[&str]) {
        for key in table.get_ref().keys().filter(|key| !known.contains(&&**key.get_ref())) {
            let word = &**key.get_ref();
            self.wrong(key.span(), format!("unknown key `{word}`; {}", what_is_meant(word, usual)));
        }
    }
}

/// The names of a struct's fields as serde knows them.
pub(super) fn fields<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut fields: &'static [&'static str] = &[];
    // It is refused after it has said what it wants; that is all that is asked here.
    drop(T::deserialize(Fields(&mut fields)));
    fields
}

struct Fields<'f>(&'f mut &'static [&'static str]);

impl<'de> serde::Deserializer<'de> for Fields<'_> {
    type Error = Refused;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Refused> {
        *self.0 = fields;
        Err(serde::de::Error::custom("only the names were wanted"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Refused> {
        Err(serde::de::Error::custom("no struct"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq
        tuple tuple_struct map enum identifier ignored_any
    }
}

/// Takes out the innermost value that these bytes lie in.
fn take_out(table: &mut DeTable<'_>, range: &Range<usize>) -> bool {
    let within = |span: Range<usize>| span.start <= range.start && range.end <= span.end;
    // A table under a header of its own does not lie within the bytes of the one that holds it.
    if table.iter_mut().any(|(_, value)| take_out_of(value.get_mut(), range)) {
        return true;
    }
    let culprit = table
        .iter()
        .find(|(key, value)| within(key.span()) || within(value.span()))
        .map(|(key, _)| key.get_ref().clone());
    culprit.is_some_and(|key| table.remove(&*key).is_some())
}

fn take_out_of(value: &mut DeValue<'_>, range: &Range<usize>) -> bool {
    match value {
        DeValue::Table(table) => take_out(table, range),
        DeValue::Array(items) => {
            if items.iter_mut().any(|item| take_out_of(item.get_mut(), range)) {
                return true;
            }
            let length = items.len();
            let stays = |item: &&Spanned<DeValue<'_>>| {
                !(item.span().start <= range.start && range.end <= item.span().end)
            };
            *items = items.iter().filter(stays).cloned().collect();
            items.len() < length
        }
        _ => false,
    }
}

/// What serde says of a wrong word, with the right one instead of all of them.
fn in_our_words(message: &str) -> String {
    let message = message.trim();
    if message == "wanted string or table" {
        return "expected a text".to_owned();
    }
    for (theirs, ours) in [("unknown field", "unknown key"), ("unknown variant", "unknown value")] {
        let Some((word, known)) = message.strip_prefix(theirs).and_then(|rest| rest.split_once(", expected"))
        else {
            continue;
        };
        let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        let word = word.trim().trim_matches('`');
        return format!("{ours} `{word}`; {}", what_is_meant(word, &known));
    }
    message
        .strip_prefix("missing field")
        .map_or_else(|| message.to_owned(), |rest| format!("missing key{rest}"))
}

/// The word that was meant, or the list of what there is.
pub(super) fn what_is_meant(word: &str, known: &[&str]) -> String {
    let distance = spelling::generous(word);
    match spelling::nearest(word, known.iter().copied(), distance) {
        Some(right) => format!("did you mean `{right}`?"),
        None => {
            format!("known are {}", known.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", "))
        }
    }
}
