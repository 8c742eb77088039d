//! What moved since: every later revision compared with the one before it, once. VALIDATION 6.2–6.6.
//! Conservative: what no rule grants is [`ChangeLevel::Other`], and what cannot be read counts as that too.

use crate::format::pdf::Document;
use crate::verify::text::Text;

mod extent;
mod geometry;
mod cover;
mod field;
mod hidden;
mod references;
mod delta;
mod reach;
mod catalog;
mod pages;
mod laid;
mod form;
mod fill;
mod style;
mod structure;
mod store;
mod metadata;
mod permission;

pub use extent::Author;
pub use extent::Extent;
pub use extent::extents;
pub use hidden::hidden;
pub use permission::Permission;
pub use permission::Unchanged;

/// How far later changes went, in rising order. VALIDATION 6.3, L0 to L4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeLevel {
    /// Nothing came after.
    None,
    /// Validation data, document timestamps, dates of the metadata (L1).
    LtaUpdates,
    /// Form fields filled in, further signatures (L2).
    FormFilling,
    /// Annotations (L3).
    Annotations,
    /// Anything else, or something that could not be read (L4).
    Other,
    /// Could not be judged: the document is encrypted, or the ByteRange names no revision.
    NotChecked,
}

impl ChangeLevel {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::LtaUpdates => "lta-updates",
            Self::FormFilling => "form-filling",
            Self::Annotations => "annotations",
            Self::Other => "other",
            Self::NotChecked => "not-checked",
        }
    }
}

/// What kind of thing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// A further signature.
    Signature,
    /// A document timestamp.
    DocumentTimestamp,
    /// Certificates and revocation data in the document security store.
    ValidationData,
    /// Dates and tools in the metadata.
    Metadata,
    /// A form field was filled in or an empty signature field added.
    Form,
    /// An annotation was added, changed or removed.
    Annotation,
    /// What the pages or the document show.
    Content,
}

impl ChangeKind {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::DocumentTimestamp => "document-timestamp",
            Self::ValidationData => "validation-data",
            Self::Metadata => "metadata",
            Self::Form => "form",
            Self::Annotation => "annotation",
            Self::Content => "content",
        }
    }
}

/// One change that a revision brought. VALIDATION 6.7.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The revision, counted from 0.
    pub revision: usize,
    /// What kind of thing changed.
    pub kind: ChangeKind,
    /// How far it goes.
    pub level: ChangeLevel,
    /// The rule that granted or refused it: `MD-15`.
    pub rule: &'static str,
    /// The place in the file's structure: `/Root/AcroForm/Fields`.
    pub path: String,
    /// The page it concerns, counted from 1.
    pub page: Option<usize>,
    /// The rectangle it takes on that page, in points, lower left and upper right.
    pub rect: Option<[f64; 4]>,
    /// The form field it fills in, by its full name.
    pub field: Option<String>,
    /// Whether the field held another value when the revision before was made.
    pub overwrites: bool,
    /// Whether it lies over text that was signed.
    pub covers: bool,
    /// Whether a reader should look at it, even where it is permitted.
    pub warns: bool,
    /// In words.
    pub text: Text,
}

impl Change {
    /// A change of a kind and level, by a rule and at a place, in Swedish and English. It does not know its revision yet.
    fn new(kind: ChangeKind, level: ChangeLevel, (rule, path): (&'static str, &str), said: (&str, &str)) -> Self {
        let (path, text) = (path.to_owned(), Text::new(said.0, said.1));
        let (page, rect, field) = (None, None, None);
        let (overwrites, covers, warns) = (false, false, false);
        Self { revision: 0, kind, level, rule, path, page, rect, field, overwrites, covers, warns, text }
    }

    fn on(mut self, page: Option<usize>) -> Self {
        self.page = page;
        self
    }

    fn at(mut self, rect: Option<[f64; 4]>) -> Self {
        self.rect = rect;
        self
    }

    fn warning(mut self) -> Self {
        self.warns = true;
        self
    }
}

/// What every revision after the first brought.
pub struct History {
    deltas: Vec<Vec<Change>>,
    readable: bool,
}

impl History {
    /// Compares each revision from `first` on with the one before it. Linear in the revisions' own objects, save for
    /// one pass over all objects if anything was overridden at all.
    pub fn read(document: &Document<'_>, first: usize) -> Self {
        let count = document.revisions().len();
        let mut deltas = vec![Vec::new(); count];
        if document.sealed().is_none() {
            let mut compare = delta::Comparison::new(document);
            for (revision, delta) in deltas.iter_mut().enumerate().skip(first.max(1)) {
                *delta = compare.revision(revision);
            }
        }
        // Comparing may have come upon what cannot be read.
        Self { deltas, readable: document.sealed().is_none() }
    }

    /// What came after a signature's own revision. `revision` must be none where the ByteRange is no whole revision.
    pub fn after(&self, revision: Option<usize>) -> After {
        let Some(revision) = revision else { return After::not_checked() };
        let later = self.deltas.get(revision.saturating_add(1)..).unwrap_or_default();
        if !self.readable && !later.is_empty() {
            return After::not_checked();
        }
        let changes: Vec<Change> = later.iter().flatten().cloned().collect();
        let level = changes.iter().map(|change| change.level).max().unwrap_or(ChangeLevel::None);
        // A revision that changes nothing we know of is still something that came after.
        let level = if later.is_empty() { level } else { level.max(ChangeLevel::LtaUpdates) };
        After { level, changes }
    }
}

/// What came after one signature.
#[derive(Clone, Debug)]
pub struct After {
    /// The worst of it.
    pub level: ChangeLevel,
    /// All of it, in the order of the revisions.
    pub changes: Vec<Change>,
}

impl After {
    fn not_checked() -> Self {
        Self { level: ChangeLevel::NotChecked, changes: Vec::new() }
    }
}
