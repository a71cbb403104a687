//! Solutions at the back: what a screen folds, paper puts elsewhere.
//!
//! The answers of quizzes and labs leave their chapter, which keeps the page that they went to. Each stands below what it answers, and
//! leads back. Answers of interview questions
//! stay, since the appendix has them and the chapter leads there; where an appendix has the solutions of labs, the chapter leads there too.

use crate::tree::{Element, Node};

/// The chapter that has all answers of interview questions.
pub(crate) const INTERVIEW: &str = "appendix/interview.md";

/// Where the appendix of labs has solutions.
const LABS: &str = "appendix/labs.html#solution-";

/// A solution.
#[derive(Debug, Clone)]
pub(crate) struct Solution {
    /// The chapter that it answers something of.
    pub(crate) chapter: usize,
    /// What it answers.
    pub(crate) title: String,
    /// The key of its place at the back.
    pub(crate) key: String,
    /// The key of what it answers.
    pub(crate) back: String,
    /// What it says.
    pub(crate) nodes: Vec<Node>,
}

/// Takes the solutions out of a chapter.
pub(crate) fn take(tree: &mut [Node], chapter: usize) -> Vec<Solution> {
    let mut solutions = Vec::new();
    take_from(tree, chapter, &mut solutions);
    solutions
}

fn take_from(nodes: &mut [Node], chapter: usize, solutions: &mut Vec<Solution>) {
    for node in nodes {
        let Node::Element(element) = node else { continue };
        let is_exercise = element.has_class("exemplar-quiz") || element.has_class("exemplar-lab");
        if !is_exercise {
            take_from(&mut element.children, chapter, solutions);
            continue;
        }
        let title = element
            .elements()
            .find(|inner| inner.has_class("exemplar-box-title"))
            .map_or_else(|| "Exercise".to_owned(), Element::text);
        let is_details =
            |node: &Node| node.named("details").is_some_and(|it| !it.has_class("exemplar-lab-tests"));
        let in_appendix = |inner: &Element| inner.attribute("href").is_some_and(|href| href.contains(LABS));
        if element.has_class("exemplar-lab") && element.find(&in_appendix).is_some() {
            element.children.retain(|node| !is_details(node));
            continue;
        }
        let (folded, kept): (Vec<Node>, Vec<Node>) =
            std::mem::take(&mut element.children).into_iter().partition(is_details);
        element.children = kept;
        if folded.is_empty() {
            continue;
        }
        let number = solutions.len();
        let (key, back) = (format!("s{chapter}-{number}"), format!("e{chapter}-{number}"));
        let marker =
            Element::new("exemplar-solution", element.range.clone()).with("key", &key).with("back", &back);
        element.children.push(Node::Element(marker));
        let nodes = folded.into_iter().flat_map(opened).collect();
        solutions.push(Solution { chapter, title, key, back, nodes });
    }
}

/// What was folded, without the words that unfold it.
fn opened(node: Node) -> Vec<Node> {
    match node {
        Node::Element(details) => {
            details.children.into_iter().filter(|node| node.named("summary").is_none()).collect()
        }
        Node::Text(_) => vec![node],
    }
}

#[cfg(test)]
mod tests {
    use super::take;
    use crate::tree::Element;
    use crate::tree::read;

    #[test]
    fn answers_leave_their_chapter_and_are_found_again() {
        let text = "<div class=\"exemplar-box exemplar-quiz\" id=\"q\">\n<p class=\"exemplar-box-title\">Quiz: x</p>\n\nAsk\n\n<details>\n<summary>Reveal</summary>\n\nTold\n\n</details>\n\n</div>\n";
        let mut tree = read(text, true);
        let solutions = take(&mut tree, 3);
        assert_eq!(solutions.len(), 1);
        let solution = &solutions[0];
        assert_eq!(
            (solution.title.as_str(), solution.key.as_str(), solution.back.as_str()),
            ("Quiz: x", "s3-0", "e3-0")
        );
        let words: String =
            solution.nodes.iter().filter_map(|node| node.element()).map(Element::text).collect();
        assert_eq!(words, "Told");
        assert!(tree[0].element().unwrap().find(&|it| it.name == "exemplar-solution").is_some());
    }
}
