//! Changing the retention schedule: what it would do is shown first, a shorter term needs a new decision, and every version
//! that was in force stays in the ledger. USERS 3b: lengthened freely, shortened only by decision; no silent rewriting.

use crate::archive::act::Acted;
use crate::archive::act::Deed;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::record::RecordId;
use crate::archive::retention::Answer;
use crate::archive::retention::Outcome;
use crate::archive::retention::Schedule;
use crate::archive::rooms::Layout;
use crate::store::disk;

/// What another schedule would do to the records that are here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// How many records there are.
    pub records: usize,
    /// Those for which the answer changes at all, with the rule that they fall under.
    pub changed: Vec<Changed>,
}

/// A record for which another schedule gives another answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The record's id.
    pub record: String,
    /// Its title.
    pub title: Option<String>,
    /// Why it is kept now, and until when.
    pub now: Answer,
    /// The same under the other schedule.
    pub then: Answer,
    /// Whether it may be disposed of sooner.
    pub shorter: bool,
}

impl Preview {
    /// The records that may be disposed of sooner.
    pub fn shorter(&self) -> impl Iterator<Item = &Changed> {
        self.changed.iter().filter(|changed| changed.shorter)
    }

    /// Those of them that rest on no other decision than now: nobody decided to shorten.
    pub fn undecided(&self) -> impl Iterator<Item = &Changed> {
        let decision = |answer: &Answer| answer.basis.as_ref().and_then(|basis| basis.decision.clone());
        self.shorter().filter(move |changed| changed.now.adopted && decision(&changed.now) == decision(&changed.then))
    }
}

impl Archive {
    /// What a schedule would do to the records that are here, against the one in force. Changes nothing.
    ///
    /// # Errors
    /// The store's, or damage.
    pub fn preview(&self, other: &Schedule) -> Result<Preview, Error> {
        let mut preview = Preview::default();
        let schedule = self.schedule();
        self.each_listed(|row| {
            preview.records += 1;
            let (now, then) = (row.answer(&schedule), row.answer(other));
            if (now.outcome, now.until, now.deliver_from) != (then.outcome, then.until, then.deliver_from) {
                let shorter = sooner(&now, &then);
                let (record, title) = (row.id, Some(row.title));
                preview.changed.push(Changed { record, title, now, then, shorter });
            }
        })?;
        Ok(preview)
    }

    /// Puts a schedule in force, writes its text into the ledger, and keeps the old one there too. Other processes that
    /// have the archive open follow it from their next opening on.
    ///
    /// # Errors
    /// The disk's and the ledger's. The file is written last.
    pub fn adopt(&self, schedule: &Schedule, text: &str, decision: Option<&str>, by: &str) -> Result<Acted, Error> {
        let text = match decision {
            Some(decision) => Schedule::put_in_force_by(text, decision),
            None => text.to_owned(),
        };
        let deed = Deed::ScheduleAdopted {
            version: schedule.version.clone(),
            decision: decision.map(str::to_owned),
            text: text.clone(),
        };
        let acted = self.act(RecordId::ARCHIVE, &[0; 32], deed, by)?;
        disk::replace(&Layout::new(self.directory()).schedule(), text.as_bytes())?;
        self.follow(schedule.clone());
        Ok(acted)
    }

    /// Every schedule that was put in force through [`Self::adopt`], oldest first.
    ///
    /// # Errors
    /// The store's, or damage.
    pub fn schedules(&self) -> Result<Vec<Acted>, Error> {
        let mut acts = self.acts(RecordId::ARCHIVE)?;
        acts.retain(|acted| matches!(acted.act.deed, Deed::ScheduleAdopted { .. }));
        Ok(acts)
    }

    /// Writes into the ledger what was done to the archive itself and to no record, such as who may come in.
    ///
    /// # Errors
    /// The disk's and the ledger's.
    pub fn done_to_archive(&self, deed: Deed, by: &str) -> Result<Acted, Error> {
        self.act(RecordId::ARCHIVE, &[0; 32], deed, by)
    }
}

/// Whether a record may be disposed of sooner by one answer than by another.
fn sooner(now: &Answer, then: &Answer) -> bool {
    let may = |answer: &Answer| match answer.outcome {
        Outcome::Preserve { .. } | Outcome::Investigate => None,
        // At any time, once a person says so.
        Outcome::DisposeWhenObsolete => Some(None),
        Outcome::Dispose { .. } => answer.until.map(Some),
    };
    match (may(now), may(then)) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(now), Some(then)) => then < now,
    }
}
