//! One element of a file with its content.

use quick_xml::events::BytesStart;

use crate::readers::entities;
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
        Some(value)
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

    /// All text inside, without tags, white space folded. May be empty.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.collect(&mut text);
        fold_white_space(&text)
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

    pub(super) fn push_text(&mut self, text: &str) {
        if let Some(Node::Text(last)) = self.nodes.last_mut() {
            last.push_str(text);
        } else {
            self.nodes.push(Node::Text(text.to_owned()));
        }
    }
}

/// Adds a text with its references resolved; unknown references stay as they are.
fn push_resolved(into: &mut String, mut text: &str) {
    while let Some((before, after)) = text.split_once('&') {
        into.push_str(before);
        let resolved = after.split_once(';').and_then(|(name, rest)| Some((entities::resolve(name)?, rest)));
        text = match resolved {
            Some((character, rest)) => {
                into.push(character);
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
