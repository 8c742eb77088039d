//! A small writer of incremental updates, which an attacker or a tool appends to a finished file.
//! ISO 32000-2, 7.5.6: objects, a cross-reference section, a trailer with /Prev.

use std::io::Write as _;

/// An update being written behind a file.
pub(crate) struct Update {
    bytes: Vec<u8>,
    /// Object number and offset, or none where the object is freed.
    entries: Vec<(u32, Option<usize>)>,
    /// The trailer's keys besides /Size, /ID and /Prev.
    root: String,
    id: String,
    previous: usize,
}

impl Update {
    /// Behind a file that ends in `startxref`, a number and `%%EOF`.
    pub(crate) fn onto(file: &[u8]) -> Self {
        let id = between(file, rfind(file, b"/ID"), b"]");
        let previous = between(file, rfind(file, b"startxref") + b"startxref\n".len(), b"\n");
        Self {
            bytes: file.to_vec(),
            entries: Vec::new(),
            root: "/Root 1 0 R /Info 46 0 R".to_owned(),
            id: format!("{id}]"),
            previous: previous.trim().parse().expect("an offset"),
        }
    }

    pub(crate) fn object(mut self, number: u32, body: &str) -> Self {
        self.entries.push((number, Some(self.bytes.len())));
        write!(self.bytes, "{number} 0 obj\n{body}\nendobj\n").expect("memory");
        self
    }

    pub(crate) fn stream(mut self, number: u32, keys: &str, data: &[u8]) -> Self {
        self.entries.push((number, Some(self.bytes.len())));
        write!(self.bytes, "{number} 0 obj\n<<{keys} /Length {}>>\nstream\n", data.len()).expect("memory");
        self.bytes.extend_from_slice(data);
        self.bytes.extend_from_slice(b"\nendstream\nendobj\n");
        self
    }

    /// Says that nothing has this number any longer.
    pub(crate) fn free(mut self, number: u32) -> Self {
        self.entries.push((number, None));
        self
    }

    /// Other trailer keys than the usual /Root and /Info.
    pub(crate) fn root(mut self, keys: &str) -> Self {
        self.root = keys.to_owned();
        self
    }

    /// Another /Prev than the newest section.
    pub(crate) fn previous(mut self, at: usize) -> Self {
        self.previous = at;
        self
    }

    /// Where the next byte goes.
    pub(crate) fn position(&self) -> usize {
        self.bytes.len()
    }

    /// Closes the update with a cross-reference table.
    pub(crate) fn table(mut self) -> Vec<u8> {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(b"xref\n0 1\n0000000000 65535 f \n");
        for (number, offset) in &self.entries {
            let line = match offset {
                Some(offset) => format!("{number} 1\n{offset:010} 00000 n \n"),
                None => format!("{number} 1\n0000000000 00001 f \n"),
            };
            self.bytes.extend_from_slice(line.as_bytes());
        }
        let (keys, size) = (self.keys(), self.size());
        write!(self.bytes, "trailer\n<<{keys} /Size {size}>>\nstartxref\n{at}\n%%EOF\n").expect("memory");
        self.bytes
    }

    /// Closes the update with a cross-reference stream, which has this object number itself.
    pub(crate) fn cross_reference_stream(mut self, own: u32) -> Vec<u8> {
        let at = self.bytes.len();
        self.entries.push((own, Some(at)));
        let (mut rows, mut index) = (Vec::new(), String::new());
        for (number, offset) in &self.entries {
            let field = u32::try_from(offset.unwrap_or_default()).expect("a small file");
            rows.push(u8::from(offset.is_some()));
            rows.extend_from_slice(&field.to_be_bytes());
            rows.push(0);
            index += &format!("{number} 1 ");
        }
        let keys = format!("/Type /XRef /W [1 4 1] /Index [{index}] /Size {} {}", self.size(), self.keys());
        let mut bytes = self.stream(own, &keys, &rows).bytes;
        write!(bytes, "startxref\n{at}\n%%EOF\n").expect("memory");
        bytes
    }

    fn keys(&self) -> String {
        format!("{} {} /Prev {}", self.root, self.id, self.previous)
    }

    /// The fixture has 57; a number used beyond that raises it.
    fn size(&self) -> u32 {
        self.entries.iter().map(|(number, _)| number + 1).max().unwrap_or_default().max(57)
    }
}

/// The text from an offset up to a mark.
fn between(file: &[u8], from: usize, mark: &[u8]) -> String {
    let rest = &file[from..];
    let end = rest.windows(mark.len()).position(|window| window == mark).expect("the mark is there");
    String::from_utf8_lossy(&rest[..end]).into_owned()
}

fn rfind(file: &[u8], part: &[u8]) -> usize {
    file.windows(part.len()).rposition(|window| window == part).expect("it is there")
}
