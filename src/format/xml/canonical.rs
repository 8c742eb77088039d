//! Canonical form: the bytes an XML signature is made over. W3C Canonical XML 1.0 and 1.1 and Exclusive XML
//! Canonicalization 1.0, each without comments and for one element with all that is in it.

use super::Node;

/// Namespace of `xml:lang` and its like; its prefix is never declared.
const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";
/// Longest canonical form: escapes and repeated declarations make it longer than what was read, but not much.
const BYTES_MAX: usize = 2 * super::BYTES_MAX;
/// Comparisons of declarations in one document. A trust list of 10 MiB takes some five million.
const STEPS_MAX: u32 = 200_000_000;

/// A canonicalization method. With comments: none, for what is not read must not be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// Canonical XML 1.0: what is declared around the element is part of it.
    Inclusive,
    /// Canonical XML 1.1: as 1.0, but for `xml:id` and `xml:base`.
    Inclusive11,
    /// Exclusive: only declarations that are used, and those of the prefixes listed (empty: the default namespace).
    Exclusive(Vec<String>),
}

/// Why there is no canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Longer, or more work, than any real document.
    #[error("the canonical form is larger than any we make")]
    TooLarge,
    /// Declarations that contradict one another, or that XML Namespaces 1.0 forbids.
    #[error("namespaces declared against the rules")]
    Namespaces,
    /// `xml:base` around the element: Canonical XML 1.1 would join addresses, which nobody needs.
    #[error("xml:base around the element")]
    Base,
}

/// The canonical form of an element, or of the document for its root, leaving out one element within.
///
/// # Errors
/// When it would be too large, or cannot be made.
pub fn canonical(node: Node<'_, '_>, method: &Method, without: Option<Node<'_, '_>>) -> Result<Vec<u8>, Error> {
    let mut writer = Writer { method, without, out: Vec::new(), rendered: Vec::new(), steps: 0 };
    if node.is_root() {
        writer.document(node)?;
    } else {
        let inherited = writer.inherited(node)?;
        writer.element(node, &inherited)?;
    }
    Ok(writer.out)
}

/// A prefix (empty: none) and the namespace it stands for (empty: none).
type Binding<'t> = (&'t str, &'t str);
/// Namespace, local name, name as written, value.
type Written<'t> = (&'t str, &'t str, &'t str, &'t str);

struct Writer<'m, 'a, 'input> {
    method: &'m Method,
    without: Option<Node<'a, 'input>>,
    out: Vec<u8>,
    /// What the elements written around declare, innermost last.
    rendered: Vec<Binding<'a>>,
    steps: u32,
}

impl<'a, 'input> Writer<'_, 'a, 'input> {
    /// The document: its element, and what stands around it on lines of their own.
    fn document(&mut self, root: Node<'a, 'input>) -> Result<(), Error> {
        let mut before = true;
        for child in root.children() {
            if child.is_element() {
                self.element(child, &[])?;
                before = false;
            } else if child.is_pi() && before {
                self.instruction(child)?;
                self.put("\n")?;
            } else if child.is_pi() {
                self.put("\n")?;
                self.instruction(child)?;
            }
        }
        Ok(())
    }

    fn element(&mut self, node: Node<'a, 'input>, inherited: &[Written<'a>]) -> Result<(), Error> {
        let name = qualified_name(node);
        let mark = self.rendered.len();
        let attributes = self.attributes(node, inherited)?;
        let declarations = self.declarations(node, &attributes)?;
        self.put("<")?;
        self.put(name)?;
        for (prefix, uri) in declarations {
            self.put(if prefix.is_empty() { " xmlns" } else { " xmlns:" })?;
            self.put(prefix)?;
            self.value(uri)?;
            self.rendered.push((prefix, uri));
        }
        for (_, _, name, value) in attributes {
            self.put(" ")?;
            self.put(name)?;
            self.value(value)?;
        }
        self.put(">")?;
        let without = self.without;
        for child in node.children().filter(|child| without != Some(*child)) {
            if child.is_element() {
                self.element(child, &[])?;
            } else if child.is_pi() {
                self.instruction(child)?;
            } else if child.is_text() {
                self.escaped(child.text().unwrap_or_default(), text_escape)?;
            }
        }
        self.put("</")?;
        self.put(name)?;
        self.rendered.truncate(mark);
        self.put(">")
    }

    /// An element's attributes by namespace and name, with those it inherits.
    fn attributes(&mut self, node: Node<'a, 'input>, inherited: &[Written<'a>]) -> Result<Vec<Written<'a>>, Error> {
        let source = node.document().input_text();
        let mut attributes: Vec<Written<'a>> = node
            .attributes()
            .map(|one| {
                let name = source.get(one.range_qname()).unwrap_or_default();
                (one.namespace().unwrap_or_default(), one.name(), name, one.value())
            })
            .collect();
        let own = |of: &Written<'a>| node.has_attribute((of.0, of.1));
        attributes.extend(inherited.iter().filter(|one| !own(one)));
        attributes.sort_unstable();
        self.step(attributes.len())?;
        Ok(attributes)
    }

    /// What the element must declare: for the inclusive forms all that is in scope, for the exclusive one what it
    /// uses; in either case only what those around it have not declared alike.
    fn declarations(&mut self, node: Node<'a, 'input>, attributes: &[Written<'a>]) -> Result<Vec<Binding<'a>>, Error> {
        let mut scope: Vec<Binding<'a>> =
            node.namespaces().map(|one| (one.name().unwrap_or_default(), one.uri())).collect();
        scope.sort_unstable();
        let twice = scope.windows(2).any(|pair| matches!(pair, [(one, _), (two, _)] if one == two));
        if twice || scope.iter().any(|(prefix, uri)| !prefix.is_empty() && uri.is_empty()) {
            return Err(Error::Namespaces);
        }
        if scope.first().is_none_or(|(prefix, _)| !prefix.is_empty()) {
            scope.insert(0, ("", ""));
        }
        if let Method::Exclusive(listed) = self.method {
            let own = prefix(qualified_name(node));
            let used = |wanted: &str| {
                let of_attribute = |name: &str| name.contains(':') && prefix(name) == wanted;
                own == wanted || attributes.iter().any(|(_, _, name, _)| of_attribute(name))
            };
            self.step(scope.len().saturating_mul(attributes.len() + listed.len() + 1))?;
            scope.retain(|(prefix, _)| used(prefix) || listed.iter().any(|one| one == prefix));
        }
        self.step(scope.len().saturating_mul(self.rendered.len() + 1))?;
        let around = |wanted: &str| {
            let found = self.rendered.iter().rev().find(|(prefix, _)| *prefix == wanted);
            found.map_or("", |(_, uri)| uri)
        };
        scope.retain(|(prefix, uri)| around(prefix) != *uri);
        Ok(scope)
    }

    /// The `xml:` attributes that an element taken out of its document brings along.
    fn inherited(&mut self, node: Node<'a, 'input>) -> Result<Vec<Written<'a>>, Error> {
        let mut found: Vec<Written<'a>> = Vec::new();
        if matches!(self.method, Method::Exclusive(_)) {
            return Ok(found);
        }
        for around in node.ancestors().skip(1) {
            for one in self.attributes(around, &[])? {
                let known = found.iter().any(|(_, name, ..)| *name == one.1);
                match (one.0 == XML_NAMESPACE, self.method, one.1) {
                    (true, Method::Inclusive11, "base") => return Err(Error::Base),
                    (true, Method::Inclusive11, "id") => {}
                    (true, _, _) if !known => found.push(one),
                    (true | false, _, _) => {}
                }
            }
        }
        Ok(found)
    }

    fn instruction(&mut self, node: Node<'a, 'input>) -> Result<(), Error> {
        let Some(instruction) = node.pi() else { return Ok(()) };
        self.put("<?")?;
        self.put(instruction.target)?;
        if let Some(value) = instruction.value {
            self.put(" ")?;
            self.put(&value.replace("\r\n", "\n").replace('\r', "\n"))?;
        }
        self.put("?>")
    }

    fn value(&mut self, value: &str) -> Result<(), Error> {
        self.put("=\"")?;
        self.escaped(value, value_escape)?;
        self.put("\"")
    }

    fn escaped(&mut self, text: &str, escape: fn(u8) -> Option<&'static str>) -> Result<(), Error> {
        let mut from = 0;
        for (at, byte) in text.bytes().enumerate() {
            if let Some(instead) = escape(byte) {
                self.put(text.get(from..at).unwrap_or_default())?;
                self.put(instead)?;
                from = at + 1;
            }
        }
        self.put(text.get(from..).unwrap_or_default())
    }

    fn put(&mut self, text: &str) -> Result<(), Error> {
        if self.out.len() + text.len() > BYTES_MAX {
            return Err(Error::TooLarge);
        }
        self.out.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn step(&mut self, count: usize) -> Result<(), Error> {
        self.steps = u32::try_from(count).ok().and_then(|count| self.steps.checked_add(count)).unwrap_or(u32::MAX);
        if self.steps > STEPS_MAX { Err(Error::TooLarge) } else { Ok(()) }
    }
}

/// An element's name as it is written: the tree keeps no prefixes.
fn qualified_name<'a>(node: Node<'a, '_>) -> &'a str {
    let tag = node.document().input_text().get(node.range()).unwrap_or_default();
    let name = tag.trim_start_matches('<');
    let end = name.find(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/')).unwrap_or(name.len());
    name.get(..end).unwrap_or_default()
}

fn prefix(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

fn text_escape(byte: u8) -> Option<&'static str> {
    match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    }
}

fn value_escape(byte: u8) -> Option<&'static str> {
    match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'"' => Some("&quot;"),
        b'\t' => Some("&#x9;"),
        b'\n' => Some("&#xA;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    }
}
