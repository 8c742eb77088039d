//! Truth that several processes share: one row of a common store, in which every commit compares and swaps.
//! LEDGER.md 6.6. Entries, tiles, leaves, head and checkpoint are one transaction; no journal, no anchor.
//!
//! The lease in the row keeps others from computing what will be outrun; it is never what a commit is safe by. It has
//! no time of day in it: who waits sees the row stand still for [`LEASE`], by the own clock, and takes over. So clocks
//! need not agree, and the epoch, which rises with every taking, fences whoever held it before.

use std::thread;
use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;

use crate::ledger::Fault;
use crate::ledger::Part;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::cosigned::COSIGNED_KEY;
use crate::ledger::error::Error;
use crate::ledger::hash::EMPTY_ROOT;
use crate::ledger::hash::Hash;
use crate::ledger::keys::Keys;
use crate::ledger::options::Step;
use crate::ledger::proof;
use crate::ledger::record::Applied;
use crate::ledger::record::Head;
use crate::ledger::record::take;
use crate::ledger::rows;
use crate::ledger::rows::Nodes;
use crate::ledger::sequencer::Published;
use crate::ledger::sequencer::Shared;
use crate::ledger::truth::Fate;
use crate::ledger::truth::Moved;
use crate::ledger::truth::Proposal;
use crate::ledger::truth::Told;
use crate::ledger::truth::Truth;
use crate::store;
use crate::store::Batch;
use crate::store::Expectation;
use crate::store::Outcome;
use crate::store::Store;
use crate::store::journal::Mark;

/// For how long a row that names a holder may stand still before others take over.
const LEASE: Duration = Duration::from_secs(3);
/// For how long one process commits without a break while others may be waiting.
const TURN: Duration = Duration::from_millis(500);
/// The break after a turn: several looks of whoever waits.
const BREAK: Duration = Duration::from_millis(30);
/// How often who waits looks.
const LOOK: Duration = Duration::from_millis(5);
/// How often who has nothing to do looks, so that readers see what others committed.
const WATCH: Duration = Duration::from_millis(50);
/// For how long a store that cannot be reached is tried again before who waits is told.
const PATIENCE: Duration = Duration::from_secs(8);
/// The pause between two such trials.
const PAUSE: Duration = Duration::from_millis(100);
/// How often this process writes down the newest checkpoint that it has seen.
const REMEMBER: Duration = Duration::from_secs(1);

/// The row that everything hangs by, among the ledger's own.
const STATE_KEY: &[u8] = b"state";
const VERSION: u8 = 1;

/// What a process calls itself in the row: random, of this run only.
pub(crate) type Name = [u8; 16];
/// Who holds a lease that nobody holds.
const NOBODY: Name = [0; 16];

/// What the row says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    /// How often the lease has been taken.
    epoch: u64,
    holder: Name,
    head: Head,
    /// The checkpoint, signed by the ledger's key: a row that anybody else wrote is not believed.
    note: String,
}

impl State {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.epoch.to_be_bytes());
        bytes.extend_from_slice(&self.holder);
        bytes.extend_from_slice(&self.head.size.to_be_bytes());
        bytes.extend_from_slice(&self.head.root);
        bytes.extend_from_slice(&self.head.time.as_millisecond().to_be_bytes());
        bytes.extend_from_slice(self.note.as_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let mut bytes = bytes.strip_prefix(&[VERSION])?;
        let epoch = u64::from_be_bytes(take(&mut bytes)?);
        let holder = take(&mut bytes)?;
        let head = Head {
            size: u64::from_be_bytes(take(&mut bytes)?),
            root: take(&mut bytes)?,
            mark: Mark::START,
            time: Timestamp::from_millisecond(i64::from_be_bytes(take(&mut bytes)?)).ok()?,
        };
        Some(Self { epoch, holder, head, note: String::from_utf8(bytes.to_vec()).ok()? })
    }

    /// The row's state, if our key signed it.
    fn believed(bytes: &[u8], keys: &Keys) -> Result<Self, Error> {
        let damaged = || Error::Damaged("the shared head is not one that this ledger's key signed".to_owned());
        let state = Self::decode(bytes).ok_or_else(damaged)?;
        let signed = Checkpoint::verify(&state.note, keys.verifier()).map_err(|_| damaged())?;
        ((signed.size, signed.root) == (state.head.size, state.head.root)).then_some(state).ok_or_else(damaged)
    }

    fn published(&self) -> Published {
        Published { head: self.head, note: self.note.as_str().into() }
    }
}

/// The row as it was seen.
#[derive(Clone, Debug)]
struct Seen {
    bytes: Vec<u8>,
    state: State,
    /// Since when it has stood still.
    since: Instant,
}

/// One process's part in a shared ledger.
pub(crate) struct Cluster {
    name: Name,
    seen: Option<Seen>,
    /// The head whose edge the sequencer has; none where the edge is spoilt by a proposal that came to nothing.
    edge_at: Option<(u64, Hash)>,
    /// When the turn began, while this process holds the lease.
    turn: Option<Instant>,
    /// Until when others go first.
    stand_back: Option<Instant>,
    /// Since when the store has not been reached.
    away: Option<Instant>,
    looked: Instant,
    remembered: (u64, Instant),
}

impl Cluster {
    /// Founds a shared ledger in a store that must hold none.
    pub(crate) fn found(store: &dyn Store, keys: &Keys) -> Result<(), Error> {
        let head = Head { size: 0, root: EMPTY_ROOT, mark: Mark::START, time: Timestamp::UNIX_EPOCH };
        let note = keys.sign(0, EMPTY_ROOT)?;
        let state = State { epoch: 0, holder: NOBODY, head, note };
        let mut rows = Batch::new();
        rows.put(rows::META, STATE_KEY, state.encode());
        let absent = Expectation { space: rows::META, key: STATE_KEY.to_vec(), value: None };
        match store.apply(&rows, Some(&absent))? {
            Outcome::Applied => Ok(store.sync()?),
            Outcome::Conflict => Err(Error::Exists("the shared store".into())),
        }
    }

    /// Joins a shared ledger and says where it stands.
    pub(crate) fn join(store: &dyn Store, keys: &Keys, name: Name) -> Result<(Self, Published), Error> {
        let missing = || Error::Missing("the shared ledger's head".into());
        let bytes = store.get(rows::META, STATE_KEY)?.ok_or_else(missing)?;
        let state = State::believed(&bytes, keys)?;
        let (published, now) = (state.published(), Instant::now());
        let cluster = Self {
            name,
            seen: Some(Seen { bytes, state, since: now }),
            edge_at: None,
            turn: None,
            stand_back: None,
            away: None,
            looked: now,
            remembered: (0, now),
        };
        Ok((cluster, published))
    }

    /// Looks at the row. What moved is believed only if it is signed and continues what was published here before.
    fn look(&mut self, shared: &Shared) -> Result<Seen, Error> {
        self.looked = Instant::now();
        let gone = || Error::Damaged("the shared ledger's head is gone".to_owned());
        let mut found = shared.store.get_all(rows::META, &[STATE_KEY, COSIGNED_KEY])?.into_iter();
        let bytes = found.next().flatten().ok_or_else(gone)?;
        self.away = None;
        if let Some(cosigned) = found.next().flatten() {
            shared.take_in(&cosigned)?;
        }
        if let Some(seen) = self.seen.as_ref().filter(|seen| seen.bytes == bytes) {
            return Ok(seen.clone());
        }
        let state = State::believed(&bytes, &shared.keys)?;
        continues(shared.store.as_ref(), &shared.published().head, &state.head)?;
        let seen = Seen { bytes, state, since: Instant::now() };
        self.seen = Some(seen.clone());
        Ok(seen)
    }

    /// Whether this process may compute a commit now.
    fn may(&self, seen: &Seen) -> bool {
        if seen.state.holder == self.name {
            return true;
        }
        let free = seen.state.holder == NOBODY || seen.since.elapsed() >= LEASE;
        free && self.stand_back.is_none_or(|until| Instant::now() >= until)
    }

    /// Bears with a store that cannot be reached, for a while. Every other error is handed on.
    fn bear(&mut self, error: Error) -> Result<(), Error> {
        if !error.is_passing() {
            return Err(error);
        }
        let since = *self.away.get_or_insert_with(Instant::now);
        if since.elapsed() >= PATIENCE {
            return Err(error);
        }
        thread::sleep(PAUSE);
        Ok(())
    }

    /// One look, and what everyone may know now, if it has changed.
    pub(crate) fn news(&mut self, shared: &Shared) -> Result<Option<Published>, Error> {
        let state = self.look(shared)?.state;
        Ok((state.head != shared.published().head).then(|| state.published()))
    }

    /// One look, and the edge if it is our turn.
    fn ready(&mut self, shared: &Shared) -> Result<Option<Option<Moved>>, Error> {
        let seen = self.look(shared)?;
        if !self.may(&seen) {
            thread::sleep(LOOK);
            return Ok(None);
        }
        let head = seen.state.head;
        if self.edge_at == Some((head.size, head.root)) {
            return Ok(Some(None));
        }
        // Rows may have grown since the row was seen; of rows that have grown the old width can still be read.
        let edge = rows::load_edge(shared.store.as_ref(), &Applied::from(&head))?;
        let edge = edge.ok_or_else(|| Error::Damaged("the shared rows do not lead to the signed root".to_owned()))?;
        self.edge_at = Some((head.size, head.root));
        Ok(Some(Some(Moved { published: seen.state.published(), edge })))
    }

    /// Gives the lease back, if it is still held here.
    fn give_back(&mut self, store: &dyn Store) -> Result<(), Error> {
        self.turn = None;
        let Some(seen) = self.seen.as_ref().filter(|seen| seen.state.holder == self.name) else { return Ok(()) };
        let mut rows = Batch::new();
        rows.put(rows::META, STATE_KEY, State { holder: NOBODY, ..seen.state.clone() }.encode());
        // Where it has been taken over, there is nothing to give back.
        let _ = store.apply(&rows, Some(&expected(seen)))?;
        Ok(())
    }

    /// Writes down the newest checkpoint, so that this process knows an older database when it opens again.
    fn remember(&mut self, shared: &Shared) -> Result<(), Error> {
        let published = shared.published();
        if self.remembered.0 != published.head.size {
            shared.files.publish(&published.note)?;
        }
        self.remembered = (published.head.size, Instant::now());
        Ok(())
    }
}

impl Truth for Cluster {
    fn prepare(&mut self, shared: &Shared) -> Result<Option<Moved>, Error> {
        loop {
            match self.ready(shared) {
                Ok(Some(moved)) => return Ok(moved),
                Ok(None) => {}
                Err(error) => self.bear(error)?,
            }
        }
    }

    fn commit(&mut self, shared: &Shared, proposal: Proposal<'_>, told: Told<'_>) -> Result<Fate, Error> {
        let (size, root) = proposal.leads_to();
        // Until the swap has succeeded it is not known where the edge stands.
        self.edge_at = None;
        let Some(seen) = self.seen.clone() else { return Ok(Fate::Outrun) };
        let ours = seen.state.holder == self.name;
        let turn = *self.turn.get_or_insert_with(Instant::now);
        let keeps = proposal.more && turn.elapsed() < TURN;
        told(Step::Computed)?;

        // I1: signed before it is true, as Sunlight does, but seen by nobody unless the same transaction makes it
        // true. Crash here: nothing happened.
        let head = Head { size, root, mark: Mark::START, time: proposal.time };
        let note = shared.keys.sign(size, root)?;
        told(Step::Signed)?;

        // COMMIT POINT (I1, I2): of two processes that continue one head, one is `Applied`. Crash during: all of it
        // or nothing. Crash after: the entries are in the ledger and published; who submits again gets the same index.
        let state = State {
            epoch: if ours { seen.state.epoch } else { seen.state.epoch.saturating_add(1) },
            holder: if keeps { self.name } else { NOBODY },
            head,
            note,
        };
        let bytes = state.encode();
        let mut rows = proposal.growth.into_rows(proposal.edge);
        rows.put(rows::META, STATE_KEY, bytes.clone());
        match shared.store.apply(&rows, Some(&expected(&seen))) {
            Ok(Outcome::Applied) => {}
            Ok(Outcome::Conflict) => return Ok(Fate::Outrun),
            // Whether it happened is unknown: the next look tells, and finds the entries if it did.
            Err(error) => return self.bear(error.into()).map(|()| Fate::Outrun),
        }
        shared.store.sync()?;
        told(Step::Applied)?;
        if !keeps {
            self.stand_back = (turn.elapsed() >= TURN).then(|| Instant::now() + BREAK);
            self.turn = None;
        }
        shared.witnessed.committed(size);
        let published = state.published();
        self.edge_at = Some((size, root));
        self.seen = Some(Seen { bytes, state, since: Instant::now() });
        Ok(Fate::Committed(published))
    }

    fn rest(&self) -> Option<Duration> {
        Some(WATCH.saturating_sub(self.looked.elapsed()))
    }

    fn tend(&mut self, shared: &Shared, _told: Told<'_>) -> Result<Option<Published>, Error> {
        let tended = self.give_back(shared.store.as_ref()).and_then(|()| self.news(shared));
        match tended {
            Ok(news) => {
                if self.remembered.1.elapsed() >= REMEMBER {
                    self.remember(shared)?;
                }
                Ok(news)
            }
            // Nobody waits for this look; whoever does is told by the next commit.
            Err(error) if error.is_passing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn close(&mut self, shared: &Shared, _told: Told<'_>) -> Result<(), Error> {
        self.give_back(shared.store.as_ref())?;
        self.remember(shared)
    }

    fn examine(&self, shared: &Shared, published: &Published) -> Vec<Fault> {
        let row = shared.store.get(rows::META, STATE_KEY);
        let fault = |what: &str| vec![Fault::new(Part::Shared, what)];
        let state = match row.map_err(Error::from) {
            Ok(Some(bytes)) => State::believed(&bytes, &shared.keys),
            Ok(None) => return fault("the shared head is gone"),
            Err(error) => Err(error),
        };
        match state {
            Ok(state) => match continues(shared.store.as_ref(), &published.head, &state.head) {
                Ok(()) => Vec::new(),
                Err(error) => fault(&error.to_string()),
            },
            Err(error) => fault(&error.to_string()),
        }
    }
}

/// The row must still be what was seen.
fn expected(seen: &Seen) -> Expectation {
    Expectation { space: rows::META, key: STATE_KEY.to_vec(), value: Some(seen.bytes.clone()) }
}

/// I2: a tree that was published here never shrinks and never changes, whatever the store says.
fn continues(store: &dyn Store, old: &Head, new: &Head) -> Result<(), Error> {
    if new.size < old.size {
        return Err(Error::RolledBackShared { known: old.size, found: new.size });
    }
    let root = match old.size == new.size {
        true => new.root,
        false => {
            let mut nodes = Nodes::new(store, new.size);
            proof::root(old.size, &mut |node| nodes.fetch(node))?
        }
    };
    if root != old.root {
        return Err(Error::Forked { size: old.size, between: "the shared head and what was published here" });
    }
    Ok(())
}

impl Error {
    /// Whether the store could only not be reached: what was asked may be asked again.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Store(store::Error::Unavailable(_)))
    }
}
