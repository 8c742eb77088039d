//! What makes a commit true: the one step after which entries are in the ledger, whoever dies next.
//! Two kinds: `embedded` (a journal and an anchor on this machine) and `cluster` (one row that several processes share).

use std::time::Duration;

use jiff::Timestamp;

use crate::ledger::Fault;
use crate::ledger::edge::Edge;
use crate::ledger::error::Error;
use crate::ledger::hash::Hash;
use crate::ledger::options::Step;
use crate::ledger::record::Head;
use crate::ledger::rows::Growth;
use crate::ledger::sequencer::Published;
use crate::ledger::sequencer::Shared;

/// Told after each step of a commit; an answer that is an error makes the step fail.
pub(crate) type Told<'a> = &'a dyn Fn(Step) -> Result<(), Error>;

/// Entries that are new, and the tree that they make.
pub(crate) struct Proposal<'a> {
    /// The head that they continue.
    pub(crate) old: Head,
    /// When they are committed.
    pub(crate) time: Timestamp,
    /// The entries, in order.
    pub(crate) entries: Vec<Vec<u8>>,
    /// The rows by which the tree grows.
    pub(crate) growth: Growth,
    /// The tree's edge with the entries in it.
    pub(crate) edge: &'a Edge,
    /// Whether more entries wait already.
    pub(crate) more: bool,
}

impl Proposal<'_> {
    /// The size and the root that the entries lead to.
    pub(crate) fn leads_to(&self) -> (u64, Hash) {
        (self.edge.size(), self.edge.root())
    }
}

/// How a commit ended that met no error.
pub(crate) enum Fate {
    /// The entries are in the ledger, durably; this is what everyone may know now.
    Committed(Published),
    /// Somebody else committed first and nothing of the proposal happened: look again, then propose again.
    Outrun,
}

/// Where the ledger stands after others have made it grow.
pub(crate) struct Moved {
    pub(crate) published: Published,
    pub(crate) edge: Edge,
}

/// The source of truth behind a sequencer, which alone calls it. Whoever else holds its lock sees no half commit.
pub(crate) trait Truth: Send {
    /// Makes ready for a commit: waits until it is this process's turn and looks whether the ledger has moved.
    fn prepare(&mut self, shared: &Shared) -> Result<Option<Moved>, Error>;

    /// Commits, signs and publishes; or finds that somebody else was first.
    fn commit(&mut self, shared: &Shared, proposal: Proposal<'_>, told: Told<'_>) -> Result<Fate, Error>;

    /// For how long it may be left alone; none is until the next commit.
    fn rest(&self) -> Option<Duration>;

    /// What is to be done between two commits, when `rest` is over. Tells what everyone may know, if that is new.
    fn tend(&mut self, shared: &Shared, told: Told<'_>) -> Result<Option<Published>, Error>;

    /// What is to be done before a clean stop. Nothing is lost if it fails.
    fn close(&mut self, shared: &Shared, told: Told<'_>) -> Result<(), Error>;

    /// Compares what was published with what makes it true, between two commits.
    fn examine(&self, shared: &Shared, published: &Published) -> Vec<Fault>;
}
