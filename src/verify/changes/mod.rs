//! What moved since: every later revision compared with the one before it, once. VALIDATION 6.2–6.6.
//! Conservative: what no rule grants is [`ChangeLevel::Other`], and what cannot be read counts as that too.

use crate::format::pdf::Document;
use crate::format::pdf::FieldLock;
use crate::format::pdf::LockAction;
use crate::format::pdf::SignatureField;
use crate::verify::indication::SubIndication;
use crate::verify::policy::AnnotationRule;
use crate::verify::policy::Policy;
use crate::verify::text::Text;

mod delta;
mod form;
mod references;
mod store;

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

/// One change that a revision brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The revision, counted from 0.
    pub revision: usize,
    /// What kind of thing changed.
    pub kind: ChangeKind,
    /// How far it goes.
    pub level: ChangeLevel,
    /// The page it concerns, counted from 1.
    pub page: Option<usize>,
    /// The form field it fills in, by its full name.
    pub field: Option<String>,
    /// The rule that granted or refused it, and the place in the file's structure.
    pub path: String,
    /// In words.
    pub text: Text,
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
        let readable = document.sealed().is_none();
        let mut deltas = vec![Vec::new(); count];
        if readable {
            let mut compare = delta::Comparison::new(document);
            for (revision, delta) in deltas.iter_mut().enumerate().skip(first.max(1)) {
                *delta = compare.revision(revision);
            }
        }
        Self { deltas, readable }
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

/// Receipt: nothing came after a signature that its author, a certifying author or the policy forbids.
#[derive(Clone, Copy, Debug)]
pub struct Unchanged(());

/// What the document's authors permit after signing. VALIDATION 6.6.
#[derive(Clone, Debug, Default)]
pub struct Permission {
    /// 1, 2 or 3 where a certification signature or a lock says so; none where only approvals were given.
    doc_mdp: Option<u8>,
    locks: Vec<FieldLock>,
}

impl Permission {
    /// What holds for the signature `this`, given all the document's signatures: the certification's and its own.
    pub fn of(this: &SignatureField, all: &[SignatureField]) -> Self {
        let certified = all.iter().filter(|other| other.revision <= this.revision).filter_map(|other| other.doc_mdp);
        let locked = this.lock.iter().filter_map(|lock| lock.permission);
        let locks = this.field_mdp.iter().chain(&this.lock).cloned().collect();
        Self { doc_mdp: certified.chain(locked).min(), locks }
    }

    fn locks_field(&self, name: &str) -> bool {
        self.locks.iter().any(|lock| {
            let named = lock.fields.iter().any(|field| {
                name == field || name.strip_prefix(field.as_str()).is_some_and(|rest| rest.starts_with('.'))
            });
            match lock.action {
                LockAction::All => true,
                LockAction::Include => named,
                LockAction::Exclude => !named,
            }
        })
    }
}

impl After {
    fn not_checked() -> Self {
        Self { level: ChangeLevel::NotChecked, changes: Vec::new() }
    }

    /// The receipt, or the standard's word for why there is none.
    ///
    /// # Errors
    /// `FORMAT_FAILURE` for a change nobody permits, `SIG_CONSTRAINTS_FAILURE` for annotations and filled fields over an
    /// approval and where nothing could be compared.
    pub fn permitted(&self, permission: &Permission, policy: &Policy) -> Result<Unchanged, SubIndication> {
        let breaks_lock = self.changes.iter().filter_map(|change| change.field.as_deref());
        if breaks_lock.into_iter().any(|name| permission.locks_field(name)) {
            return Err(SubIndication::FormatFailure);
        }
        let filled = self.changes.iter().any(|change| change.field.is_some());
        match (self.level, permission.doc_mdp) {
            // Whether what a filled field shows is what it says (MD-26) is not judged yet; minutes have no such fields.
            (ChangeLevel::FormFilling, None) if filled => Err(SubIndication::SigConstraintsFailure),
            (ChangeLevel::None | ChangeLevel::LtaUpdates, _) | (ChangeLevel::FormFilling, None | Some(2 | 3)) => {
                Ok(Unchanged(()))
            }
            // P=3 permits annotations, but whether one covers the text is not judged yet (MD-31, MD-33).
            (ChangeLevel::Annotations, None | Some(3)) => match policy.annotations {
                AnnotationRule::Allow => Ok(Unchanged(())),
                AnnotationRule::Refuse => Err(SubIndication::SigConstraintsFailure),
            },
            (ChangeLevel::FormFilling | ChangeLevel::Annotations, Some(_)) | (ChangeLevel::Other, _) => {
                Err(SubIndication::FormatFailure)
            }
            (ChangeLevel::NotChecked, _) => Err(SubIndication::SigConstraintsFailure),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filled_field_is_undecided_unless_a_certifying_author_permits_it() {
        let filled = Change {
            revision: 1,
            kind: ChangeKind::Form,
            level: ChangeLevel::FormFilling,
            page: None,
            field: Some("name".to_owned()),
            path: String::new(),
            text: Text::default(),
        };
        let after = After { level: ChangeLevel::FormFilling, changes: vec![filled] };
        let by = |doc_mdp| {
            let permission = Permission { doc_mdp, locks: Vec::new() };
            after.permitted(&permission, &Policy::swedish_minutes()).err()
        };
        assert_eq!(by(None), Some(SubIndication::SigConstraintsFailure));
        assert_eq!(by(Some(1)), Some(SubIndication::FormatFailure));
        assert_eq!((by(Some(2)), by(Some(3))), (None, None));
    }
}
