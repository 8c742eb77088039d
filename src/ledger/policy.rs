//! Policies: which logs, which witnesses, and how many of them must have seen a checkpoint for it to count.
//! C2SP tlog-policy (draft at commit 5ba5ee8). Names are octets; a name refers backwards only, so no circle can be.

use std::collections::BTreeMap;

use crate::ledger::checkpoint;
use crate::ledger::checkpoint::Checkpoint;
use crate::ledger::note;
use crate::ledger::note::Note;
use crate::ledger::note::VerifierKey;
use crate::ledger::succession;
use crate::ledger::succession::Bounded;
use crate::ledger::succession::Succession;

/// Longest policy that is read, in bytes.
pub const POLICY_BYTES_MAX: usize = 256 << 10;
/// Most logs, witnesses and groups each; the specification asks for 32.
const EACH_MAX: usize = 256;

/// A log that the policy accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Its key, which bears its origin's name.
    pub key: VerifierKey,
    /// Where it can be read, if the policy says so.
    pub url: Option<String>,
    /// The largest tree that the key may sign; none: it is in force. No policy file says it, a change of keys does.
    pub until: Option<u64>,
}

/// A witness that the policy knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// What the policy calls it.
    pub name: String,
    /// Its key.
    pub key: VerifierKey,
    /// Where checkpoints are submitted, if the policy says so.
    pub url: Option<String>,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    Witness(usize),
    Group(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    threshold: usize,
    members: Vec<Member>,
}

/// A policy as its file says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<Log>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    /// None: no cosignature is asked for.
    quorum: Option<Member>,
}

/// A checkpoint that fulfils a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// The witnesses that saw it, by the policy's names, and when: seconds since 1970. Each is a bound on when every
    /// entry in the tree was logged at the latest, as far as one believes that witness.
    pub seen: Vec<(String, u64)>,
}

impl Policy {
    /// A policy that asks for these logs and for no witness.
    pub fn of_logs(keys: Vec<VerifierKey>) -> Self {
        Self::of_keys(keys.into_iter().map(Bounded::current).collect())
    }

    /// A policy that asks for the log with these keys, as far as each may sign, and for no witness.
    pub fn of_keys(keys: Vec<Bounded>) -> Self {
        let logs = keys.into_iter().map(|Bounded { key, until }| Log { key, url: None, until }).collect();
        Self { logs, ..Self::default() }
    }

    /// The same policy after these changes of keys, as far as its own keys lead to them.
    #[must_use]
    pub fn after(&self, succession: &Succession) -> Self {
        let logs = Self::of_keys(succession.follow(&self.keys())).logs;
        Self { logs, ..self.clone() }
    }

    /// The keys of its logs that are not retired.
    pub fn in_force(&self) -> Vec<VerifierKey> {
        self.logs.iter().filter(|log| log.until.is_none()).map(|log| log.key.clone()).collect()
    }

    /// The checkpoint of a note that one of the policy's logs has signed, whoever has seen it.
    ///
    /// # Errors
    /// What does not hold.
    pub fn signed(&self, note: &Note) -> Result<Checkpoint, checkpoint::Error> {
        succession::signed(note, &self.keys())
    }

    fn keys(&self) -> Vec<Bounded> {
        self.logs.iter().map(|log| Bounded { key: log.key.clone(), until: log.until }).collect()
    }

    /// Reads a policy.
    ///
    /// # Errors
    /// The line that breaks a rule, and which.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > POLICY_BYTES_MAX {
            return Err(Error { line: 0, fault: Fault::Size });
        }
        let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let mut reader = Reader::default();
        for (number, line) in (1..).zip(body.split(|byte| *byte == b'\n')) {
            reader.line(line).map_err(|fault| Error { line: number, fault })?;
        }
        let Some(quorum) = reader.quorum else { return Err(Error { line: 0, fault: Fault::Quorum }) };
        Ok(Self { quorum, ..reader.policy })
    }

    /// The logs it accepts.
    pub fn logs(&self) -> &[Log] {
        &self.logs
    }

    /// The keys of the logs it accepts.
    pub fn log_keys(&self) -> Vec<VerifierKey> {
        self.logs.iter().map(|log| log.key.clone()).collect()
    }

    /// The same witnesses and quorum, for the log with these keys and no other.
    #[must_use]
    pub fn for_logs(&self, keys: &[VerifierKey]) -> Self {
        Self { logs: Self::of_logs(keys.to_vec()).logs, ..self.clone() }
    }

    /// The witnesses it knows.
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// Whether it asks for any cosignature.
    pub fn asks_for_witnesses(&self) -> bool {
        self.quorum.is_some()
    }

    /// The checkpoint of a note that one of the policy's logs has signed and enough witnesses have seen.
    ///
    /// # Errors
    /// What does not hold; a line of a known key that fails spoils the note.
    pub fn accept(&self, note: &Note) -> Result<Accepted, Refusal> {
        let checkpoint = self.signed(note)?;
        let mut seen = vec![None; self.witnesses.len()];
        for (witness, seen) in self.witnesses.iter().zip(&mut seen) {
            *seen = match note.seen(&witness.key) {
                // A line without a time says nothing of having been the newest tree: no witness's.
                Ok(line) => line.seconds,
                Err(note::Error::NotSigned) => None,
                Err(other) => return Err(checkpoint::Error::from(other).into()),
            };
        }
        if !self.quorum.is_none_or(|quorum| self.fulfilled(quorum, &seen)) {
            let saw = seen.iter().flatten().count();
            return Err(Refusal::Quorum { saw, known: self.witnesses.len() });
        }
        let names = self.witnesses.iter().map(|witness| witness.name.clone());
        Ok(Accepted { checkpoint, seen: names.zip(seen).filter_map(|(name, at)| Some((name, at?))).collect() })
    }

    /// Members refer backwards, so that this ends.
    fn fulfilled(&self, member: Member, seen: &[Option<u64>]) -> bool {
        match member {
            Member::Witness(index) => seen.get(index).is_some_and(Option::is_some),
            Member::Group(index) => self.groups.get(index).is_some_and(|group| {
                group.members.iter().filter(|member| self.fulfilled(**member, seen)).count() >= group.threshold
            }),
        }
    }
}

#[derive(Default)]
struct Reader {
    policy: Policy,
    names: BTreeMap<Vec<u8>, Member>,
    /// Names that are in a group already.
    used: Vec<Member>,
    quorum: Option<Option<Member>>,
}

impl Reader {
    fn line(&mut self, line: &[u8]) -> Result<(), Fault> {
        if !line.iter().all(|byte| matches!(byte, b'\t' | 0x20..=0x7e | 0x80..)) {
            return Err(Fault::Octet);
        }
        let items: Vec<&[u8]> =
            line.split(|byte| matches!(byte, b' ' | b'\t')).filter(|item| !item.is_empty()).collect();
        match items.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with(b"#") => Ok(()),
            [b"log", key] => self.log(key, None),
            [b"log", key, url] => self.log(key, Some(url)),
            [b"witness", name, key] => self.witness(name, key, None),
            [b"witness", name, key, url] => self.witness(name, key, Some(url)),
            [b"group", name, threshold, members @ ..] => self.group(name, threshold, members),
            [b"quorum", name] => self.quorum(name),
            [..] => Err(Fault::Form),
        }
    }

    fn log(&mut self, key: &[u8], url: Option<&&[u8]>) -> Result<(), Fault> {
        let key = vkey(key)?;
        if !key.kind().may_be_log() {
            return Err(Fault::Kind);
        }
        if self.policy.logs.iter().any(|log| log.key.bytes() == key.bytes()) {
            return Err(Fault::Twice);
        }
        self.policy.logs.push(Log { key, url: url.map(|url| text(url)), until: None });
        within(self.policy.logs.len())
    }

    fn witness(&mut self, name: &[u8], key: &[u8], url: Option<&&[u8]>) -> Result<(), Fault> {
        let key = vkey(key)?;
        if !key.kind().may_be_witness() {
            return Err(Fault::Kind);
        }
        if self.policy.witnesses.iter().any(|witness| witness.key.bytes() == key.bytes()) {
            return Err(Fault::Twice);
        }
        self.name(name, Member::Witness(self.policy.witnesses.len()))?;
        self.policy.witnesses.push(Witness { name: text(name), key, url: url.map(|url| text(url)) });
        within(self.policy.witnesses.len())
    }

    fn group(&mut self, name: &[u8], threshold: &[u8], members: &[&[u8]]) -> Result<(), Fault> {
        let members = members.iter().map(|member| self.named(member)).collect::<Result<Vec<_>, _>>()?;
        for member in &members {
            if self.used.contains(member) {
                return Err(Fault::Twice);
            }
            self.used.push(*member);
        }
        let threshold = match threshold {
            b"any" => 1,
            b"all" => members.len(),
            number => std::str::from_utf8(number)
                .ok()
                .and_then(checkpoint::decimal)
                .ok_or(Fault::Threshold)?
                .try_into()
                .map_err(|_| Fault::Threshold)?,
        };
        if !(1..=members.len()).contains(&threshold) {
            return Err(Fault::Threshold);
        }
        self.name(name, Member::Group(self.policy.groups.len()))?;
        self.policy.groups.push(Group { threshold, members });
        within(self.policy.groups.len())
    }

    fn quorum(&mut self, name: &[u8]) -> Result<(), Fault> {
        if self.quorum.is_some() {
            return Err(Fault::Quorum);
        }
        self.quorum = Some(if name == b"none" { None } else { Some(self.named(name)?) });
        Ok(())
    }

    fn name(&mut self, name: &[u8], member: Member) -> Result<(), Fault> {
        if name == b"none" || self.names.contains_key(name) {
            return Err(Fault::Twice);
        }
        self.names.insert(name.to_vec(), member);
        Ok(())
    }

    fn named(&self, name: &[u8]) -> Result<Member, Fault> {
        self.names.get(name).copied().ok_or(Fault::Unknown)
    }
}

fn vkey(item: &[u8]) -> Result<VerifierKey, Fault> {
    let text = std::str::from_utf8(item).map_err(|_| Fault::Key(note::Error::VerifierKey))?;
    text.parse().map_err(Fault::Key)
}

/// A name or an address as people read it. Names are compared as octets before this.
fn text(item: &[u8]) -> String {
    String::from_utf8_lossy(item).into_owned()
}

fn within(count: usize) -> Result<(), Fault> {
    if count > EACH_MAX { Err(Fault::Size) } else { Ok(()) }
}

/// Why a policy is refused, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the policy: {fault}")]
pub struct Error {
    /// The line, from 1; 0 where the fault is in no line.
    pub line: usize,
    /// The rule it breaks.
    pub fault: Fault,
}

/// A rule of tlog-policy that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// More than we read.
    #[error("more than is read")]
    Size,
    /// An octet that may not stand there.
    #[error("a control character")]
    Octet,
    /// No line of a policy.
    #[error("neither log, witness, group nor quorum as they are written")]
    Form,
    /// A key that cannot be read.
    #[error("the key cannot be read: {0}")]
    Key(note::Error),
    /// A log with a witness's key, or a witness with a log's.
    #[error("the key's type is not one for this use")]
    Kind,
    /// A key or a name that stands there already, or a member of two groups.
    #[error("a key, name or member that was there before")]
    Twice,
    /// A name that no line before defines.
    #[error("a name that no line before it defines")]
    Unknown,
    /// Not `any`, `all` or a number from 1 to the number of members.
    #[error("the threshold is not any, all or a number that the members can reach")]
    Threshold,
    /// There is not exactly one quorum.
    #[error("there must be one quorum line, and only one")]
    Quorum,
}

/// Why a checkpoint does not fulfil a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No log of the policy has signed it, or a known key's line fails.
    #[error(transparent)]
    Checkpoint(#[from] checkpoint::Error),
    /// Not enough witnesses have seen it.
    #[error("{saw} of the policy's {known} witnesses have seen it, which is no quorum")]
    Quorum {
        /// How many have.
        saw: usize,
        /// How many the policy knows.
        known: usize,
    },
}
