//! XML from outside, read within limits, and the signatures in it; and XML of our own.
//! W3C XML 1.0 through roxmltree; no DTD, so no entities of its own and nothing fetched.

pub use roxmltree::Document;
pub use roxmltree::Node;

pub mod algorithm;
pub mod canonical;
pub mod signature;
pub mod write;

use crate::format::budget::Budget;

/// Largest text read. AuthnContext extensions have about 2 KiB; the room is for trust lists.
pub const BYTES_MAX: usize = 16 << 20;
/// Elements, attributes and texts in one document: more than 16 MiB of real XML have.
const NODES_MAX: u32 = 1_000_000;
/// Comparisons of namespaces while the tree is built: each element that declares one compares all that are in scope,
/// each with each. The real trust lists declare a dozen, once.
const NAMESPACE_WORK_MAX: usize = 50_000_000;
/// Attributes of one element; AuthnContexts have five at most.
const ATTRIBUTES_MAX: usize = 256;

/// Why a text is not an XML document we read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Longer than the limit.
    #[error("XML of {0} bytes is larger than any we read")]
    TooLarge(usize),
    /// Elements within one another deeper than the budget allows.
    #[error("XML nested more than {0} deep")]
    Depth(u32),
    /// More attributes on one element than any real one has.
    #[error("an XML element with more than {0} attributes")]
    Attributes(usize),
    /// More namespaces within one another than any real document has.
    #[error("too many XML namespaces")]
    Namespaces,
    /// Another encoding than UTF-8, so that the bytes would say something else to another reader.
    #[error("XML that is not UTF-8")]
    Encoding,
    /// Not well formed, with a DTD, or with too many nodes. The parser's words, without the text.
    #[error("malformed XML: {0}")]
    Malformed(String),
}

/// Reads a document.
///
/// # Errors
/// When it is too large or too deep, has a DTD, or is not well formed.
pub fn read(text: &str) -> Result<Document<'_>, Error> {
    if text.len() > BYTES_MAX {
        return Err(Error::TooLarge(text.len()));
    }
    shape_is_bounded(text)?;
    let options = roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, ..Default::default() };
    Document::parse_with_options(text, options).map_err(|error| Error::Malformed(error.to_string()))
}

/// The text of a document in UTF-8. Another encoding, also one that is only declared, is refused.
///
/// # Errors
/// [`Error::Encoding`].
pub fn decode(bytes: &[u8]) -> Result<&str, Error> {
    let text = std::str::from_utf8(bytes).map_err(|_| Error::Encoding)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let declaration = text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>"));
    let declared = declaration.and_then(|(inside, _)| inside.split_once("encoding"));
    let named = declared.map(|(_, rest)| rest.trim_start_matches(['=', '"', '\'', ' ', '\t', '\r', '\n']));
    let unicode = |name: &str| name.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("utf-8"));
    if named.is_none_or(unicode) { Ok(text) } else { Err(Error::Encoding) }
}

/// All text directly in an element: a comment that divides it must not make half a value pass for the whole.
#[must_use]
pub fn text(node: Node<'_, '_>) -> String {
    node.children().filter(Node::is_text).filter_map(|child| child.text()).collect()
}

/// The only child element with this name; `None` where there is none, or more than one.
#[must_use]
pub fn only<'a, 'input>(node: Node<'a, 'input>, name: (&str, &str)) -> Option<Node<'a, 'input>> {
    let mut found = node.children().filter(|child| child.has_tag_name(name));
    found.next().filter(|_| found.next().is_none())
}

/// Markup in which nothing is a tag, and what ends it.
const OPAQUE: [(&str, &str); 3] = [("!--", "-->"), ("![CDATA[", "]]>"), ("?", "?>")];

/// Walks the markup once and counts, before a tree is built: depth, and attributes in one tag, which roxmltree
/// compares each with each. Up to the first thing that is not well formed this sees the tags roxmltree sees.
fn shape_is_bounded(text: &str) -> Result<(), Error> {
    let depth_max = Budget::STANDARD.nesting_max;
    let mut depth: u32 = 0;
    let mut scope = Scope::default();
    let mut rest = text;
    while let Some((_, markup)) = rest.split_once('<') {
        let opaque = OPAQUE.iter().find_map(|(start, end)| Some((markup.strip_prefix(start)?, end)));
        if let Some((inside, end)) = opaque {
            // What never ends is malformed: the parser says so, and there are no tags in it.
            let Some((_, after)) = inside.split_once(end) else {
                return Ok(());
            };
            rest = after;
            continue;
        }
        let (tag, attributes) = tag(markup);
        if attributes > ATTRIBUTES_MAX {
            return Err(Error::Attributes(ATTRIBUTES_MAX));
        }
        if tag.starts_with('/') {
            depth = depth.saturating_sub(1);
            scope.close();
        } else {
            scope.open(tag)?;
            if tag.ends_with('/') {
                scope.close();
            } else {
                depth += 1;
            }
        }
        if depth > depth_max {
            return Err(Error::Depth(depth_max));
        }
        rest = markup.get(tag.len()..).unwrap_or_default();
    }
    Ok(())
}

/// How many namespaces the elements around declare, and what that costs the parser.
#[derive(Default)]
struct Scope {
    declared: Vec<usize>,
    work: usize,
}

impl Scope {
    fn open(&mut self, tag: &str) -> Result<(), Error> {
        let around = self.declared.last().copied().unwrap_or(0);
        let own = tag.matches("xmlns").count();
        let inside = around.saturating_add(own);
        if own > 0 {
            self.work = self.work.saturating_add(inside.saturating_mul(inside));
        }
        self.declared.push(inside);
        if self.work > NAMESPACE_WORK_MAX { Err(Error::Namespaces) } else { Ok(()) }
    }

    fn close(&mut self) {
        self.declared.pop();
    }
}

/// The text of a tag up to its `>`, and how many quoted values it has; a `>` in quotes does not end it.
fn tag(markup: &str) -> (&str, usize) {
    let mut quote = None;
    let mut values = 0;
    for (index, byte) in markup.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return (markup.get(..index).unwrap_or_default(), values),
            (None, b'"' | b'\'') => {
                quote = Some(byte);
                values += 1;
            }
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    (markup, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_formed_text_is_read() {
        let document = read("<a xmlns='urn:x'><b c='1'>å</b></a>").unwrap();
        assert_eq!(document.descendants().find(|node| node.has_tag_name(("urn:x", "b"))).unwrap().text(), Some("å"));
    }

    #[test]
    fn no_dtd_no_depth_no_excess() {
        assert!(matches!(read("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), Err(Error::Malformed(_))));
        assert_eq!(read(&"<a>".repeat(200_000)).err(), Some(Error::Depth(100)));
        assert_eq!(read(&format!("<a>{}</a>", " ".repeat(BYTES_MAX))).err(), Some(Error::TooLarge(BYTES_MAX + 7)));
        let hidden = "<a b='/>' c='</a>'><!-- </a> --><![CDATA[</a>]]><?x </a>?>".repeat(101);
        assert_eq!(read(&hidden).err(), Some(Error::Depth(100)), "what looks like an end is none");
        let attributes: String = (0..300).map(|n| format!(" b{n}='>'")).collect();
        assert_eq!(read(&format!("<a{attributes}/>")).err(), Some(Error::Attributes(256)));
        assert!(read(&format!("<a>{}</a>", "<b/>".repeat(1_000))).is_ok());
        assert!(matches!(read("<a>"), Err(Error::Malformed(_))));
    }

    #[test]
    fn namespaces_in_scope_are_bounded_before_the_parser_compares_them() {
        let level = |n: usize| (0..200).map(|m| format!(" xmlns:p{n}x{m}='u'")).collect::<String>();
        let deep: String = (0..90).map(|n| format!("<a{}>", level(n))).collect();
        assert_eq!(read(&deep).err(), Some(Error::Namespaces));
        assert!(read(&format!("<a>{}</a>", "<b xmlns='u'/>".repeat(10_000))).is_ok());
    }

    #[test]
    fn bytes_are_utf_8_and_say_so_or_nothing() {
        for fine in
            ["<a>å</a>", "\u{feff}<a/>", "<?xml version='1.0' encoding = 'utf-8'?><a/>", "<?xml version='1.0'?>"]
        {
            assert!(decode(fine.as_bytes()).is_ok(), "{fine}");
        }
        assert_eq!(decode(b"<a>\xe5</a>"), Err(Error::Encoding));
        assert_eq!(decode(b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>"), Err(Error::Encoding));
    }
}
