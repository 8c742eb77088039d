//! What the document's authors permit after signing, and whether that was kept. VALIDATION 6.6.

use super::After;
use super::Change;
use super::ChangeLevel;
use crate::format::pdf::FieldLock;
use crate::format::pdf::LockAction;
use crate::format::pdf::SignatureField;
use crate::verify::indication::SubIndication;
use crate::verify::policy::AnnotationRule;
use crate::verify::policy::Policy;

/// Receipt: nothing came after a signature that its author, a certifying author or the policy forbids.
#[derive(Clone, Copy, Debug)]
pub struct Unchanged(());

/// What the document's authors permit after signing. VALIDATION 6.6.
#[derive(Clone, Debug, Default)]
pub struct Permission {
    /// 1, 2 or 3 where a certification signature or a lock says so; none where only approvals were given.
    doc_mdp: Option<u8>,
    /// Whether this signature's own author permits it; an approver answers for nobody's permission but their own.
    own: bool,
    locks: Vec<FieldLock>,
}

impl Permission {
    /// What holds for the signature `this`, given all the document's signatures: the certification's and its own.
    pub fn of(this: &SignatureField, all: &[SignatureField]) -> Self {
        let certified = all.iter().filter(|other| other.revision <= this.revision).filter_map(|other| other.doc_mdp);
        let locked = this.lock.iter().filter_map(|lock| lock.permission);
        let locks = this.field_mdp.iter().chain(&this.lock).cloned().collect();
        Self { doc_mdp: certified.chain(locked).min(), own: this.doc_mdp.is_some(), locks }
    }

    /// Whether nothing at all may change: then even validation data makes older readers complain (6.6).
    pub fn forbids_everything(&self) -> bool {
        self.doc_mdp == Some(1)
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
    /// The receipt, or the standard's word for why there is none.
    ///
    /// # Errors
    /// `FORMAT_FAILURE` for a change nobody permits. `SIG_CONSTRAINTS_FAILURE` for annotations over an approval, for
    /// whatever may hide or replace what was signed, and where nothing could be compared.
    pub fn permitted(&self, permission: &Permission, policy: &Policy) -> Result<Unchanged, SubIndication> {
        let any = |is: &dyn Fn(&Change) -> bool| self.changes.iter().any(is);
        let locked = |change: &Change| change.field.as_deref().is_some_and(|name| permission.locks_field(name));
        // MD-24: who certified with P=2 permitted filling in and signing, not new pictures on the pages.
        let sneaked = permission.doc_mdp.is_some_and(|permission| permission < 3) && any(&|c| c.rule == "MD-24");
        if any(&locked) || sneaked {
            return Err(SubIndication::FormatFailure);
        }
        // 6.6 takes a field filled in after an approval as mere information. That holds for an empty field. One that
        // held a value was read as part of what was approved, and whoever writes over it answers to nobody: undecided.
        // Whoever certified a form to be filled in permitted that for their own signature, not for those who approved.
        let replaced = !permission.own && any(&|change| change.overwrites);
        // 6.1, overlay through form fill, evil annotation: text that nobody can read any longer was not permitted.
        let hidden = any(&|change| change.covers);
        match (self.level, permission.doc_mdp) {
            (ChangeLevel::None | ChangeLevel::LtaUpdates, _) => Ok(Unchanged(())),
            (ChangeLevel::FormFilling, None | Some(2 | 3)) | (ChangeLevel::Annotations, Some(3)) => {
                if replaced || hidden { Err(SubIndication::SigConstraintsFailure) } else { Ok(Unchanged(())) }
            }
            (ChangeLevel::Annotations, None) => match policy.annotations {
                AnnotationRule::Allow if !replaced => Ok(Unchanged(())),
                AnnotationRule::Allow | AnnotationRule::Refuse => Err(SubIndication::SigConstraintsFailure),
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
    use crate::verify::changes::ChangeKind;

    fn filled(overwrites: bool, covers: bool) -> After {
        let change = Change::new(ChangeKind::Form, ChangeLevel::FormFilling, ("MD-21", ""), ("", ""));
        let change = Change { field: Some("vote.1".to_owned()), overwrites, covers, ..change };
        After { level: ChangeLevel::FormFilling, changes: vec![change] }
    }

    fn refusal(after: &After, doc_mdp: Option<u8>, locks: Vec<FieldLock>) -> Option<SubIndication> {
        after.permitted(&Permission { doc_mdp, own: doc_mdp.is_some(), locks }, &Policy::swedish_minutes()).err()
    }

    #[test]
    fn an_empty_field_may_be_filled_in_unless_the_author_forbids_it() {
        let after = filled(false, false);
        assert_eq!([None, Some(2), Some(3)].map(|p| refusal(&after, p, Vec::new())), [None, None, None]);
        assert_eq!(refusal(&after, Some(1), Vec::new()), Some(SubIndication::FormatFailure));
    }

    #[test]
    fn a_value_that_was_approved_is_not_replaced_unless_the_author_permits_it() {
        let after = filled(true, false);
        assert_eq!(refusal(&after, None, Vec::new()), Some(SubIndication::SigConstraintsFailure));
        assert_eq!(refusal(&after, Some(2), Vec::new()), None);
        let approver = Permission { doc_mdp: Some(2), own: false, locks: Vec::new() };
        let refused = after.permitted(&approver, &Policy::swedish_minutes()).err();
        assert_eq!(refused, Some(SubIndication::SigConstraintsFailure), "certified by another");
    }

    #[test]
    fn text_is_not_covered_whoever_permits_it() {
        let after = filled(false, true);
        for permission in [None, Some(2), Some(3)] {
            assert_eq!(refusal(&after, permission, Vec::new()), Some(SubIndication::SigConstraintsFailure));
        }
    }

    #[test]
    fn a_lock_names_a_field_and_all_below_it() {
        let lock = |action, names: &[&str]| {
            let fields = names.iter().map(|name| (*name).to_owned()).collect();
            vec![FieldLock { action, fields, permission: None }]
        };
        let breaks = |lock| refusal(&filled(false, false), None, lock) == Some(SubIndication::FormatFailure);
        assert!(breaks(lock(LockAction::All, &[])));
        assert!(breaks(lock(LockAction::Include, &["vote"])));
        assert!(!breaks(lock(LockAction::Include, &["vo", "vote.12"])));
        assert!(!breaks(lock(LockAction::Exclude, &["vote"])));
        assert!(breaks(lock(LockAction::Exclude, &["vote.2"])));
    }
}
