//! What a session prints: bytes to texts, cut at the boundaries that the driver writes between examples.
//!
//! A boundary is `NUL · nonce in hex · ':' · word · NUL`, the words as in [`exemplar_model::protocol`]. The nonce is fresh for each session, so that no printed text looks like one.

use memchr::memmem::Finder;

/// The most bytes of a word: two numbers and their signs.
const LONGEST_WORD: usize = 64;

/// What one step printed to one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct StepText {
    /// All of it.
    pub(super) text: Vec<u8>,
    /// What each statement with a stated output printed; none when it was never reached.
    pub(super) marks: Vec<Option<Vec<u8>>>,
}

/// Cuts a stream into the texts of its steps.
pub(super) struct OutputDecoder {
    opening: Finder<'static>,
    /// What may be a part of a boundary.
    pending: Vec<u8>,
    /// The texts of finished steps, in order.
    finished: Vec<StepText>,
    /// The longest of them, in bytes.
    most_bytes: usize,
    current: StepText,
    open_marks: Vec<usize>,
    marks_of_steps: Vec<usize>,
}

impl OutputDecoder {
    /// A decoder for a session whose steps have so many marks each, some of which have ended already.
    pub(super) fn new(nonce: &str, marks_of_steps: Vec<usize>, finished: Vec<StepText>) -> Self {
        let mut decoder = Self {
            opening: Finder::new(format!("\0{nonce}:").as_bytes()).into_owned(),
            pending: Vec::new(),
            finished: with_room(finished, marks_of_steps.len() + 1),
            most_bytes: 0,
            current: StepText::default(),
            open_marks: Vec::new(),
            marks_of_steps,
        };
        decoder.begin_step();
        decoder
    }

    /// Takes bytes from the stream.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        let mut pending = std::mem::take(&mut self.pending);
        let mut start = 0;
        loop {
            let Some(found) = self.opening.find(&pending[start..]).map(|at| start + at) else {
                // All but what may be the beginning of a boundary is text.
                let keep = pending[start..].len().min(self.opening.needle().len() - 1);
                let text_end = pending.len() - keep;
                let held = memchr::memchr(0, &pending[text_end..]).map_or(pending.len(), |at| text_end + at);
                self.take_text(&pending[start..held]);
                start = held;
                break;
            };
            let word_start = found + self.opening.needle().len();
            let may_be_word = &pending[word_start..pending.len().min(word_start + LONGEST_WORD)];
            let Some(word_end) = memchr::memchr(0, may_be_word).map(|at| word_start + at) else {
                if may_be_word.len() == LONGEST_WORD {
                    // Who has found the nonce out must not make us wait for the end of a word that never comes.
                    self.take_text(&pending[start..word_start]);
                    start = word_start;
                    continue;
                }
                self.take_text(&pending[start..found]);
                start = found;
                break;
            };
            self.take_text(&pending[start..found]);
            self.take_word(&pending[word_start..word_end]);
            start = word_end + 1;
        }
        pending.drain(..start);
        self.pending = pending;
    }

    /// How many bytes the most talkative step has printed so far.
    pub(super) fn most_bytes(&self) -> usize {
        self.most_bytes.max(self.current.text.len())
    }

    /// The texts of all steps that ended, then that of the step that did not.
    pub(super) fn finish(mut self) -> Vec<StepText> {
        let rest = std::mem::take(&mut self.pending);
        self.take_text(&rest);
        self.finished.push(self.current);
        self.finished
    }

    fn take_text(&mut self, text: &[u8]) {
        self.current.text.extend_from_slice(text);
        let open = self.open_marks.last().and_then(|&mark| self.current.marks.get_mut(mark));
        if let Some(printed) = open {
            printed.get_or_insert_default().extend_from_slice(text);
        }
    }

    fn take_word(&mut self, word: &[u8]) {
        let word = std::str::from_utf8(word).unwrap_or_default();
        let step = |number: &str| number.parse().is_ok_and(|step: usize| step == self.finished.len());
        if let Some(ended) = word.strip_prefix('e') {
            if step(ended) {
                let done = std::mem::take(&mut self.current);
                self.most_bytes = self.most_bytes.max(done.text.len());
                self.finished.push(done);
                self.begin_step();
            }
            return;
        }
        // A function with marks may be called by a later step, in which nothing is stated about it.
        let mark = word.get(1..).and_then(|word| word.split_once('.')).filter(|(number, _)| step(number));
        let Some(mark) = mark.and_then(|(_, mark)| mark.parse::<usize>().ok()) else { return };
        if word.starts_with('>') {
            self.open_marks.push(mark);
            if let Some(printed) = self.current.marks.get_mut(mark) {
                printed.get_or_insert_default();
            }
        } else if let Some(at) = self.open_marks.iter().rposition(|&open| open == mark) {
            // Not always the last one: generators and tasks are suspended within statements.
            self.open_marks.remove(at);
        }
    }

    fn begin_step(&mut self) {
        self.open_marks.clear();
        let marks = self.marks_of_steps.get(self.finished.len()).copied().unwrap_or_default();
        self.current.marks = vec![None; marks];
    }
}

/// The texts, with room for those of so many steps in all: a list that grows piece by piece costs more than what is in it.
fn with_room(mut texts: Vec<StepText>, steps: usize) -> Vec<StepText> {
    texts.reserve_exact(steps.saturating_sub(texts.len()));
    texts
}

#[cfg(test)]
mod tests {
    use super::OutputDecoder;

    const NONCE: &str = "00112233445566778899aabbccddeeff";

    fn boundary(word: &str) -> String {
        format!("\0{NONCE}:{word}\0")
    }

    fn decode(stream: &str, size: usize, marks: Vec<usize>) -> Vec<(String, Vec<Option<String>>)> {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let mut decoder = OutputDecoder::new(NONCE, marks, Vec::new());
        stream.as_bytes().chunks(size).for_each(|part| decoder.push(part));
        decoder
            .finish()
            .into_iter()
            .map(|step| (text(step.text), step.marks.into_iter().map(|mark| mark.map(text)).collect()))
            .collect()
    }

    #[test]
    fn what_only_begins_as_a_boundary_is_text_and_counts() {
        let mut decoder = OutputDecoder::new(NONCE, vec![0], Vec::new());
        let text = format!("\0{NONCE}:{}", "e".repeat(1 << 20));
        text.as_bytes().chunks(1000).for_each(|part| decoder.push(part));
        assert!(decoder.most_bytes() + 100 > text.len());
        decoder.push(boundary("e0").as_bytes());
        assert_eq!(decoder.finish()[0].text, text.as_bytes());
    }

    #[test]
    fn marks_may_interleave() {
        let stream =
            [&boundary(">0.0"), "a", &boundary(">0.1"), "b", &boundary("<0.0"), "c", &boundary("<0.1"), "d"];
        let decoded = decode(&stream.concat(), 7, vec![2]);
        assert_eq!(decoded, [("abcd".to_owned(), vec![Some("a".to_owned()), Some("bc".to_owned())])]);
    }

    #[test]
    fn steps_and_marks_are_cut_alike_however_the_bytes_arrive() {
        let stream = [
            "a\n",
            &boundary("e0"),
            "before ",
            &boundary(">1.0"),
            "outer ",
            &boundary(">1.1"),
            "inner\0",
            &boundary("<1.1"),
            "again",
            &boundary("<1.0"),
            &boundary("e1"),
            &boundary(">1.0"),
            "zero \0 byte",
        ]
        .concat();
        let expected = vec![
            ("a\n".to_owned(), vec![]),
            (
                "before outer inner\0again".to_owned(),
                vec![Some("outer again".to_owned()), Some("inner\0".to_owned()), None],
            ),
            ("zero \0 byte".to_owned(), vec![]),
        ];
        for size in 1..=stream.len() {
            assert_eq!(decode(&stream, size, vec![0, 3, 0]), expected, "in pieces of {size} bytes");
        }
    }
}
