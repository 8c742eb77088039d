//! What a cosignature signs: the text or the tree it describes, and when it was seen.
//! C2SP tlog-cosignature v1.1.0, types 0x04 (of a text) and 0x06 (of a tree).

use crate::ledger::checkpoint::Checkpoint;

/// Seconds since 1970 before the signature, big-endian.
pub(crate) const TIMESTAMP_BYTES: usize = 8;
const TREE_LABEL: &[u8; 12] = b"subtree/v1\n\0";

/// What an Ed25519 cosignature signs. None for a time beyond what the specification allows.
pub(crate) fn of_text(text: &str, seconds: u64) -> Option<Vec<u8>> {
    i64::try_from(seconds).ok()?;
    Some(format!("cosignature/v1\ntime {seconds}\n{text}").into_bytes())
}

/// What an ML-DSA-44 cosignature by this cosigner signs: the whole tree of a checkpoint. None where the text is no
/// checkpoint, or where a name is longer than its byte of length can say.
pub(crate) fn of_tree(cosigner: &str, text: &str, seconds: u64) -> Option<Vec<u8>> {
    i64::try_from(seconds).ok()?;
    let checkpoint: Checkpoint = text.parse().ok()?;
    let mut signed = TREE_LABEL.to_vec();
    named(&mut signed, cosigner)?;
    signed.extend_from_slice(&seconds.to_be_bytes());
    named(&mut signed, &checkpoint.origin)?;
    signed.extend_from_slice(&0_u64.to_be_bytes());
    signed.extend_from_slice(&checkpoint.size.to_be_bytes());
    signed.extend_from_slice(&checkpoint.root);
    Some(signed)
}

fn named(signed: &mut Vec<u8>, name: &str) -> Option<()> {
    signed.push(u8::try_from(name.len()).ok()?);
    signed.extend_from_slice(name.as_bytes());
    Some(())
}
