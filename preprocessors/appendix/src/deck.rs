//! The cards as a deck for Anki: an `.apkg`, which is a zip of an `SQLite` database in Anki's schema 11.
//!
//! A note's guid is made from its `{#id}`, and deck and note type are named by numbers made from the book's: so an import of a later
//! edition finds the notes that there are, and what somebody has learnt survives a rewording. A note's modification time is a number made
//! from its text, the same in every build; so Anki can't tell which edition is the later one, and takes the new text for certain only where
//! its import is told to update notes always. The page says so.
//!
//! The bytes depend on the cards alone. Anki's own manual has the schema only in part; the tables are those of its `schema11.sql`.

use std::borrow::Cow;
use std::io::{Cursor, Write};
use std::sync::LazyLock;

use regex::Regex;
use rusqlite::{Connection, MAIN_DB, params};
use serde_json::json;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::AppendixError;
use crate::data::Card;

/// The day from which Anki counts, and from which the times of notes begin: 2024-01-01.
const EPOCH: i64 = 1_704_067_200;

/// Between the fields of a note.
const SEPARATOR: char = '\u{1f}';

const SCHEMA: &str = "
CREATE TABLE col (id integer primary key, crt integer not null, mod integer not null, scm integer not null, ver integer not null,
  dty integer not null, usn integer not null, ls integer not null, conf text not null, models text not null, decks text not null,
  dconf text not null, tags text not null);
CREATE TABLE notes (id integer primary key, guid text not null, mid integer not null, mod integer not null, usn integer not null,
  tags text not null, flds text not null, sfld integer not null, csum integer not null, flags integer not null, data text not null);
CREATE TABLE cards (id integer primary key, nid integer not null, did integer not null, ord integer not null, mod integer not null,
  usn integer not null, type integer not null, queue integer not null, due integer not null, ivl integer not null,
  factor integer not null, reps integer not null, lapses integer not null, left integer not null, odue integer not null,
  odid integer not null, flags integer not null, data text not null);
CREATE TABLE revlog (id integer primary key, cid integer not null, usn integer not null, ease integer not null, ivl integer not null,
  lastIvl integer not null, factor integer not null, time integer not null, type integer not null);
CREATE TABLE graves (usn integer not null, oid integer not null, type integer not null);
CREATE INDEX ix_notes_usn ON notes (usn);
CREATE INDEX ix_cards_usn ON cards (usn);
CREATE INDEX ix_revlog_usn ON revlog (usn);
CREATE INDEX ix_cards_nid ON cards (nid);
CREATE INDEX ix_cards_sched ON cards (did, queue, due);
CREATE INDEX ix_revlog_cid ON revlog (cid);
CREATE INDEX ix_notes_csum ON notes (csum);
";

const STYLE: &str =
    ".card { font: 1.2rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 1rem auto; text-align: left; }
pre { overflow-x: auto; padding: .5rem; border: 1px solid; }
code { font-family: ui-monospace, monospace; font-size: .9em; }";

/// Writes the deck. `name` is the book's as a word, `title` as it is shown.
pub(crate) fn write(name: &str, title: &str, cards: &[Card]) -> Result<Vec<u8>, AppendixError> {
    let database = database(name, title, cards)?;
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    zip.start_file("collection.anki2", options)?;
    zip.write_all(&database)?;
    zip.start_file("media", options)?;
    zip.write_all(b"{}")?;
    Ok(zip.finish()?.into_inner())
}

fn database(name: &str, title: &str, cards: &[Card]) -> Result<Vec<u8>, rusqlite::Error> {
    let mut connection = Connection::open_in_memory()?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    let (deck, model) = (number(&["deck", name]), number(&["model", name]));
    transaction.execute(
        "INSERT INTO col VALUES (1, ?1, ?2, ?2, 11, 0, 0, 0, ?3, ?4, ?5, ?6, '{}')",
        params![
            EPOCH,
            EPOCH * 1000,
            json!({ "curDeck": deck, "activeDecks": [deck], "curModel": model.to_string(), "nextPos": 1,
                "sortType": "noteFld", "sortBackwards": false, "collapseTime": 1200, "estTimes": true,
                "dueCounts": true, "newSpread": 0, "timeLim": 0, "addToCur": true })
            .to_string(),
            json!({ model.to_string(): note_type(model, deck, title) }).to_string(),
            json!({ "1": deck_of(1, "Default"), deck.to_string(): deck_of(deck, title) }).to_string(),
            json!({ "1": options() }).to_string(),
        ],
    )?;
    for (index, card) in cards.iter().enumerate() {
        let fields = format!("{}{SEPARATOR}{}", without_links(&card.front), without_links(&card.back));
        let id = number(&["note", name, &card.id]);
        let changed = EPOCH + number(&[&fields]) % (365 * 24 * 3600);
        transaction.execute(
            "INSERT INTO notes VALUES (?1, ?2, ?3, ?4, -1, ?5, ?6, ?7, ?8, 0, '')",
            params![
                id,
                format!("{name}#{}", card.id),
                model,
                changed,
                format!(" {} ", card.tags.join(" ")),
                fields,
                card.front,
                i64::from(checksum(&card.front)),
            ],
        )?;
        let due = i64::try_from(index).unwrap_or(i64::MAX);
        transaction.execute(
            "INSERT INTO cards VALUES (?1, ?1, ?2, 0, ?3, -1, 0, 0, ?4, 0, 0, 0, 0, 0, 0, 0, 0, '')",
            params![id, deck, changed, due],
        )?;
    }
    transaction.commit()?;
    Ok(connection.serialize(MAIN_DB)?.to_vec())
}

/// A number of at most 41 bits, as a time in milliseconds has, that stands for these words.
fn number(words: &[&str]) -> i64 {
    let digest = Sha256::digest(words.join("\0"));
    digest.iter().take(5).fold(1, |number, &byte| number << 8 | i64::from(byte))
}

/// HTML whose links are their words: on a card there is no page that they could lead from.
fn without_links(html: &str) -> Cow<'_, str> {
    static LINK: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"</?a\b[^>]*>").expect("the pattern is a constant"));
    LINK.replace_all(html, "")
}

/// What Anki finds notes with the same first field by. It takes SHA-1; a number that differs only costs it that search.
fn checksum(field: &str) -> u32 {
    let digest = Sha256::digest(field);
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

fn note_type(id: i64, deck: i64, title: &str) -> serde_json::Value {
    let field = |name: &str, order: i64| json!({ "name": name, "ord": order, "font": "Arial", "size": 20, "sticky": false, "rtl": false, "media": [] });
    json!({
        "id": id, "name": title, "type": 0, "mod": EPOCH, "usn": -1, "sortf": 0, "did": deck, "css": STYLE,
        "flds": [field("Front", 0), field("Back", 1)], "tags": [], "vers": [], "req": [[0, "any", [0]]],
        "latexPre": "", "latexPost": "",
        "tmpls": [{ "name": "Card", "ord": 0, "qfmt": "{{Front}}", "afmt": "{{FrontSide}}<hr id=answer>{{Back}}",
            "bqfmt": "", "bafmt": "", "did": null }],
    })
}

fn deck_of(id: i64, name: &str) -> serde_json::Value {
    json!({
        "id": id, "name": name, "mod": EPOCH, "usn": -1, "desc": "", "dyn": 0, "conf": 1, "collapsed": false,
        "browserCollapsed": false, "extendNew": 10, "extendRev": 50,
        "newToday": [0, 0], "revToday": [0, 0], "lrnToday": [0, 0], "timeToday": [0, 0],
    })
}

fn options() -> serde_json::Value {
    json!({
        "id": 1, "name": "Default", "mod": 0, "usn": 0, "maxTaken": 60, "timer": 0, "autoplay": true, "replayq": true,
        "new": { "bury": true, "delays": [1, 10], "initialFactor": 2500, "ints": [1, 4, 7], "order": 1, "perDay": 20,
            "separate": true },
        "rev": { "bury": true, "ease4": 1.3, "fuzz": 0.05, "ivlFct": 1, "maxIvl": 36500, "minSpace": 1, "perDay": 100 },
        "lapse": { "delays": [10], "leechAction": 0, "leechFails": 8, "minInt": 1, "mult": 0 },
    })
}
