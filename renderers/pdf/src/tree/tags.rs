//! HTML as it stands in Markdown, read by html5ever's tokenizer.

use std::cell::RefCell;
use std::ops::Range;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use super::build::Builder;
use super::{Element, Node, Text};

/// Reads HTML into the tree. A tag and its end may come in different pieces.
pub(super) fn read(html: &str, range: &Range<usize>, builder: &mut Builder) {
    let sink = Sink(RefCell::new(Reading { builder, range: range.clone() }));
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(html));
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
}

struct Reading<'a> {
    builder: &'a mut Builder,
    range: Range<usize>,
}

struct Sink<'a>(RefCell<Reading<'a>>);

impl TokenSink for Sink<'_> {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        let mut reading = self.0.borrow_mut();
        let range = reading.range.clone();
        match token {
            Token::TagToken(tag) => reading.tag(&tag),
            Token::CharacterTokens(text) => {
                reading.builder.add(Node::Text(Text { text: text.to_string(), range, html: true }));
            }
            Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

impl Reading<'_> {
    fn tag(&mut self, tag: &Tag) {
        let name = tag.name.to_string();
        if tag.kind == TagKind::EndTag {
            self.builder.close_tag(&name);
            return;
        }
        let attributes =
            tag.attrs.iter().map(|attribute| (attribute.name.local.to_string(), attribute.value.to_string()));
        let element = Element {
            name,
            attributes: attributes.collect(),
            children: Vec::new(),
            range: self.range.clone(),
        };
        self.builder.open_tag(element, tag.self_closing);
    }
}
