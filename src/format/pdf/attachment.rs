//! Files embedded in a PDF file. ISO 32000-2, 7.11.4 and 14.13: the name tree of the catalog, and associated files.

use crate::format::pdf::encoding::text_string;
use crate::format::pdf::fault::Error;
use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::Object;
use crate::format::pdf::view::View;

/// Files looked at; a signed document has a handful.
const FILES_MAX: usize = 100;
/// Nodes of the name tree, and how deep it is.
const NODES_MAX: usize = 1_000;
const DEPTH_MAX: usize = 20;

/// One embedded file, its content still in its stream.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Its name, as people read it.
    pub name: String,
    stream: Object,
}

impl Attachment {
    /// The embedded files of a revision, in the order of its name tree, then those associated with the document.
    ///
    /// # Errors
    /// If the catalog cannot be read or a budget is used up.
    pub fn list(view: View<'_, '_>) -> Result<Vec<Self>, Error> {
        let catalog = view.catalog()?;
        let names = view.value(&catalog, b"Names")?;
        let tree = names.as_dict().map_or(Ok(Object::Null), |names| view.value(names, b"EmbeddedFiles"))?;
        let mut specifications = Vec::new();
        let mut nodes = vec![(tree, 0)];
        let mut seen = 0;
        while let Some((node, depth)) = nodes.pop() {
            seen += 1;
            let Some(node) = node.as_dict().filter(|_| seen <= NODES_MAX && depth <= DEPTH_MAX) else { continue };
            let pairs = view.value(node, b"Names")?;
            specifications.extend(pairs.as_array().unwrap_or_default().iter().skip(1).step_by(2).cloned());
            for kid in view.value(node, b"Kids")?.as_array().unwrap_or_default().iter().take(NODES_MAX) {
                nodes.push((view.resolve(kid)?, depth + 1));
            }
        }
        specifications.extend(view.value(&catalog, b"AF")?.as_array().unwrap_or_default().iter().cloned());
        specifications.truncate(FILES_MAX);
        let mut files = Vec::new();
        for specification in &specifications {
            if let Some(specification) = view.resolve(specification)?.as_dict() {
                files.extend(Self::of(view, specification)?);
            }
        }
        Ok(files)
    }

    fn of(view: View<'_, '_>, specification: &Dictionary) -> Result<Option<Self>, Error> {
        let named = |key: &[u8]| view.value(specification, key).map(|name| name.as_string().map(text_string));
        let name = named(b"UF")?.or(named(b"F")?).unwrap_or_default();
        let embedded = view.value(specification, b"EF")?;
        let stream = embedded.as_dict().map_or(Ok(Object::Null), |embedded| view.value(embedded, b"F"))?;
        Ok(stream.as_stream().is_some().then(|| Self { name, stream: stream.clone() }))
    }

    /// The content; `None` where its stream cannot be read.
    ///
    /// # Errors
    /// If a budget is used up.
    pub fn content(&self, view: View<'_, '_>) -> Result<Option<Vec<u8>>, Error> {
        match self.stream.as_stream().map(|stream| view.inflate(stream)).transpose() {
            Err(error @ Error::Limit { .. }) => Err(error),
            Err(_) => Ok(None),
            Ok(bytes) => Ok(bytes),
        }
    }
}
