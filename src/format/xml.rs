//! XML from outside, read within limits.
//! W3C XML 1.0 through roxmltree; no DTD, so no entities of its own and nothing fetched.

pub use roxmltree::Document;
pub use roxmltree::Node;

use crate::format::budget::Budget;

/// Largest text read. AuthnContext extensions have about 2 KiB; the room is for trust lists.
pub const BYTES_MAX: usize = 16 << 20;
/// Elements, attributes and texts in one document: more than 16 MiB of real XML have.
const NODES_MAX: u32 = 1_000_000;
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

/// Markup in which nothing is a tag, and what ends it.
const OPAQUE: [(&str, &str); 3] = [("!--", "-->"), ("![CDATA[", "]]>"), ("?", "?>")];

/// Walks the markup once and counts, before a tree is built: depth, and attributes in one tag, which roxmltree
/// compares each with each. Up to the first thing that is not well formed this sees the tags roxmltree sees.
fn shape_is_bounded(text: &str) -> Result<(), Error> {
    let depth_max = Budget::STANDARD.nesting_max;
    let mut depth: u32 = 0;
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
        } else if !tag.ends_with('/') {
            depth += 1;
        }
        if depth > depth_max {
            return Err(Error::Depth(depth_max));
        }
        rest = markup.get(tag.len()..).unwrap_or_default();
    }
    Ok(())
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
}
