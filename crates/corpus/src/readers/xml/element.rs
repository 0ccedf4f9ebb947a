//! One element of a file with its content.

use quick_xml::events::BytesStart;

use super::reference;
use crate::readers::joined::fold_white_space;

/// An element, the elements in it and the text between them.
#[derive(Debug)]
pub(crate) struct Element {
    /// The tag, without brackets: the name and then the attributes.
    tag: Box<str>,
    /// The range of the name without its prefix in the tag.
    name: (usize, usize),
    line: u64,
    pub(super) nodes: Vec<Node>,
}

#[derive(Debug)]
pub(super) enum Node {
    Element(Element),
    Text(String),
}

/// Elements of JATS, DataCite and HTML between which a space is due.
const BLOCKS: [&str; 22] = [
    "p",
    "sec",
    "title",
    "label",
    "list",
    "list-item",
    "def-item",
    "term",
    "def",
    "disp-formula",
    "disp-quote",
    "break",
    "br",
    "div",
    "li",
    "tr",
    "td",
    "th",
    "h1",
    "h2",
    "h3",
    "h4",
];

/// Control characters have no place in a text. XML does not allow most of them, but repositories send them.
fn without_controls(mut text: String) -> String {
    // The bytes of which control characters consist. Most texts have none, and are looked at without decoding them.
    if text.bytes().any(|byte| byte < b'\t' || (b'\x0e'..b' ').contains(&byte) || byte == 0x7f || byte == 0xc2) {
        text.retain(|c| !c.is_control() || c.is_whitespace());
    }
    text
}

impl Element {
    pub(super) fn new(start: &BytesStart<'_>, line: u64) -> Element {
        let (end, name) = (start.name().as_ref().len(), start.local_name().into_inner());
        let tag: &str = start;
        Element { tag: tag.into(), name: (end - name.len(), end), line, nodes: Vec::new() }
    }

    /// The name, without a prefix.
    pub(crate) fn name(&self) -> &str {
        &self.tag[self.name.0..self.name.1]
    }

    /// The length of the tag in bytes, attributes included.
    pub(super) fn tag_length(&self) -> usize {
        self.tag.len()
    }

    /// The line its start tag begins on.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// The value of an attribute. Prefixes are ignored.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let tag = BytesStart::from_content(&*self.tag, self.name.1);
        // Checks would compare every pair of attributes.
        let mut attributes = tag.attributes();
        let found = attributes.with_checks(false).flatten().find(|at| at.key.local_name().into_inner() == name)?;
        let mut value = String::new();
        push_resolved(&mut value, &found.value);
        Some(without_controls(value))
    }

    /// The child elements.
    pub(crate) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The child elements of this name.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &Element> {
        self.elements().filter(move |element| element.name() == name)
    }

    /// The first element at the end of a path of names.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Element> {
        match path {
            [] => Some(self),
            [name, rest @ ..] => self.all(name).find_map(|element| element.at(rest)),
        }
    }

    /// All text inside, without tags and control characters, white space folded. May be empty.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.collect(&mut text);
        fold_white_space(&without_controls(text))
    }

    /// As [`text`](Self::text), with a space where a paragraph, an item of a list or a line ends, and without the elements
    /// that are passed over.
    pub(crate) fn prose(&self, is_passed_over: &dyn Fn(&str) -> bool) -> String {
        let mut text = String::new();
        self.collect_prose(is_passed_over, &mut text);
        fold_white_space(&without_controls(text))
    }

    /// The lines of all text inside, without empty ones. Programs put lists into one element so.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut text = String::new();
        self.collect(&mut text);
        let lines = without_controls(text);
        lines.split(['\n', '\r']).map(fold_white_space).filter(|line| !line.is_empty()).collect()
    }

    /// The text of the element at the end of a path, unless it is empty.
    pub(crate) fn text_at(&self, path: &[&str]) -> Option<String> {
        self.at(path).map(Element::text).filter(|text| !text.is_empty())
    }

    /// The texts of the child elements of this name, without empty ones.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        self.all(name).map(Element::text).filter(|text| !text.is_empty()).collect()
    }

    // Recursion is as deep as elements nest, which `walk` bounds.
    fn collect(&self, into: &mut String) {
        for node in &self.nodes {
            match node {
                Node::Element(element) => element.collect(into),
                Node::Text(text) => into.push_str(text),
            }
        }
    }

    fn collect_prose(&self, is_passed_over: &dyn Fn(&str) -> bool, into: &mut String) {
        for node in &self.nodes {
            match node {
                Node::Element(element) if is_passed_over(element.name()) => {}
                Node::Element(element) => {
                    let space = if BLOCKS.contains(&element.name()) { " " } else { "" };
                    into.push_str(space);
                    element.collect_prose(is_passed_over, into);
                    into.push_str(space);
                }
                Node::Text(text) => into.push_str(text),
            }
        }
    }

    pub(super) fn push_text(&mut self, text: &str) {
        if let Some(Node::Text(last)) = self.nodes.last_mut() {
            last.push_str(text);
        } else {
            self.nodes.push(Node::Text(text.to_owned()));
        }
    }
}

/// The longest reference in an attribute, in bytes.
const LONGEST_REFERENCE: usize = 32;

/// Adds a text with its references resolved; unknown references stay as they are.
fn push_resolved(into: &mut String, mut text: &str) {
    while let Some((before, after)) = text.split_once('&') {
        into.push_str(before);
        // Names are short. A text of many `&` and one `;` far behind them should not be searched once for each.
        let reference = after.bytes().take(LONGEST_REFERENCE).position(|byte| byte == b';');
        text = match reference.map(|end| (&after[..end], &after[end + 1..])) {
            Some((name, rest)) => {
                reference::push(into, name);
                rest
            }
            None => {
                into.push('&');
                after
            }
        };
    }
    into.push_str(text);
}

#[cfg(test)]
mod tests {
    use super::super::tests::elements;
    use super::*;

    fn element(xml: &str) -> Element {
        elements(xml, &["a"]).remove(0).unwrap()
    }

    #[test]
    fn text_is_all_text_inside_without_tags() {
        let title =
            element("<a>On <i>the  <b>deep</b></i>\n sea: H<sub>2</sub>O &amp; <![CDATA[<salt>]]><!-- no --></a>");
        assert_eq!(title.text(), "On the deep sea: H2O & <salt>");
        assert_eq!(element("<a/>").text(), "");
    }

    #[test]
    fn control_characters_are_no_text() {
        assert_eq!(element("<a b='\u{1}x'>A tide\u{1a} &#x1a;of\u{b}it</a>").text(), "A tide of it");
        assert_eq!(element("<a b='\u{1}x&#2;'/>").attribute("b").as_deref(), Some("x"));
    }

    #[test]
    fn paragraphs_are_apart_in_prose() {
        let sections =
            element("<a><sec><title>Aims</title><p>To H<sub>2</sub>O.</p></sec><p>So<br/>it <fn>no</fn>is.</p></a>");
        assert_eq!(sections.prose(&|name| name == "fn"), "Aims To H2O. So it is.");
    }

    #[test]
    fn elements_are_found_by_name_whatever_their_prefix() {
        let whole = element("<a><x:b><c>1</c></x:b><b><d>2</d><d> </d><d>3</d></b></a>");
        assert_eq!(whole.text_at(&["b", "d"]).as_deref(), Some("2"));
        assert_eq!(whole.at(&["b"]).unwrap().texts("c"), ["1"]);
        assert_eq!(whole.all("b").nth(1).unwrap().texts("d"), ["2", "3"]);
        assert_eq!(whole.text_at(&["b", "e"]), None);
    }

    #[test]
    fn attributes_are_read_whatever_they_are_quoted_with() {
        let tag = element("<a one='1 &lt; 2' x:two=\"&bogus; &\" three = 'é'/>");
        assert_eq!(tag.attribute("one").as_deref(), Some("1 < 2"));
        assert_eq!(tag.attribute("two").as_deref(), Some("&bogus; &"));
        assert_eq!(tag.attribute("three").as_deref(), Some("é"));
        assert_eq!(tag.attribute("four"), None);
    }
}
