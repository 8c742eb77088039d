//! Proving a receipt offline: file + receipt + public key, no archive, no network. INTERFACES, `sigill prove`.
//! Every step that held is named, and the first that did not.

use jiff::Timestamp;

use crate::archive::encoding::hex;
use crate::archive::entry::Opening;
use crate::archive::entry::ordinal;
use crate::ledger::hash;
use crate::ledger::policy::Accepted;
use crate::ledger::policy::Policy;
use crate::ledger::receipt;
use crate::ledger::receipt::Receipt;
use crate::ledger::succession;
use crate::verify::calendar;
use crate::verify::crypto;
use crate::verify::text::Text;

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Proof {
    /// The steps that held, in order.
    pub held: Vec<Text>,
    /// The step that did not, if one did not.
    pub failed: Option<Text>,
}

impl Proof {
    /// Whether everything held.
    pub fn is_proven(&self) -> bool {
        self.failed.is_none()
    }

    fn held(&mut self, sv: impl Into<String>, en: impl Into<String>) {
        self.held.push(Text::new(sv, en));
    }

    fn failed(mut self, sv: impl Into<String>, en: impl Into<String>) -> Self {
        self.failed = Some(Text::new(sv, en));
        self
    }
}

/// A witness's time as it is read.
fn moment(seconds: u64) -> String {
    let at = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    at.map_or_else(|| seconds.to_string(), |at| at.to_string())
}

/// Proves that the document with these bytes was registered in the ledger whose public keys these are: one vkey, or
/// several, each on its line, of which one at least must have signed and none badly.
pub fn prove(keys: &str, document: &[u8], receipt: &str) -> Proof {
    match succession::keys(keys) {
        Ok(keys) => prove_by(&Policy::of_keys(keys), document, receipt),
        Err(error) => Proof::default()
            .failed(format!("Nyckeln kan inte läsas: {error}."), format!("The key cannot be read: {error}.")),
    }
}

/// Proves that the document with these bytes was registered in a ledger of the policy, and that the witnesses that the
/// policy asks for have seen it there.
pub fn prove_by(policy: &Policy, document: &[u8], receipt: &str) -> Proof {
    let mut proof = Proof::default();
    let mut logs: Vec<&str> = policy.logs().iter().map(|log| log.key.name()).collect();
    logs.dedup();
    let log = logs.join(", ");
    proof.held(format!("Nyckeln hör till loggen {log}."), format!("The key belongs to the log {log}."));
    let receipt: Receipt = match receipt.parse() {
        Ok(receipt) => receipt,
        Err(error) => {
            return proof
                .failed(format!("Kvittot kan inte läsas: {error}."), format!("The receipt cannot be read: {error}."));
        }
    };
    proof.held(
        format!("Kvittot gäller post nr {} i loggen (index {}).", ordinal(receipt.index), receipt.index),
        format!("The receipt is for entry no. {} of the log (index {}).", ordinal(receipt.index), receipt.index),
    );
    let sha256 = crypto::sha256(&[document]);
    proof
        .held(format!("Filens kontrollsumma är {}.", hex(&sha256)), format!("The file's SHA-256 is {}.", hex(&sha256)));
    let Some(entry) = receipt.extra.as_deref().and_then(|extra| Opening::entry(extra, &sha256)) else {
        return proof.failed(
            "Kvittot saknar uppgifterna som binder det till en fil.",
            "The receipt lacks what binds it to a file.",
        );
    };
    let leaf = hash::leaf(&entry.to_bytes());
    match receipt.fulfils(policy, &leaf) {
        Ok(Accepted { checkpoint, seen }) => {
            let (leaf, event, at) = (hex(&leaf), entry.event.text(), calendar::moment(entry.at));
            proof.held(
                format!("Filen och kvittot ger post {leaf}: händelsen ”{}” den {}.", event.sv, at.sv),
                format!("File and receipt give entry {leaf}: the event \"{}\" on {}.", event.en, at.en),
            );
            proof.held(
                format!("Posten ingår i loggens {} poster med roten {}.", checkpoint.size, hex(&checkpoint.root)),
                format!(
                    "The entry is among the log's {} entries with the root {}.",
                    checkpoint.size,
                    hex(&checkpoint.root)
                ),
            );
            proof.held(
                format!("Kontrollpunkten är undertecknad av {}.", checkpoint.origin),
                format!("The checkpoint is signed by {}.", checkpoint.origin),
            );
            for (witness, seconds) in seen {
                let at = moment(seconds);
                proof.held(
                    format!("Vittnet {witness} intygar att loggen såg ut så senast {at}."),
                    format!("The witness {witness} attests that the log was so at {at} at the latest."),
                );
            }
            proof
        }
        // Nothing is said of the file where its checkpoint is not one that this key or policy accepts.
        Err(error @ (receipt::Error::Signature(_) | receipt::Error::Policy(_))) => proof.failed(
            format!(
                "Kvittots kontrollpunkt godtas inte av nyckeln eller policyn ({error}). Det säger inget om filen. Har \
                 loggen bytt nyckel: hämta alla dess nycklar (/ledger.vkeys) och pröva igen."
            ),
            format!(
                "The receipt's checkpoint is not accepted by the key or policy ({error}). That says nothing of the file. \
                 Where the log has changed its key: fetch all its keys (/ledger.vkeys) and try again."
            ),
        ),
        Err(error) => proof.failed(
            format!("Filen och kvittot hör inte ihop, eller något av dem har ändrats (teknisk uppgift: {error})."),
            format!("File and receipt do not belong together, or one of them was changed: {error}."),
        ),
    }
}
