//! Signature dictionaries that stand in a file's bytes and that nothing leads to, since it opens only after repair or its
//! cross-reference passes over them. Validation spec, PF-3 and PF-4: never verified, and still it must not look unsigned.

use std::ops::Range;

use memchr::memmem::Finder;
use memchr::memmem::rfind;

use crate::format::budget::Budget;
use crate::format::pdf::fault::Fault;
use crate::format::pdf::file::File;
use crate::format::pdf::object::ObjectId;
use crate::format::pdf::revision::Skeleton;
use crate::format::pdf::signature;
use crate::format::pdf::signature::SignatureField;
use crate::format::pdf::syntax::Parser;
use crate::format::pdf::syntax::is_space;
use crate::format::pdf::xref::Slot;

/// Bytes that may be read in search of dictionaries, in multiples of the file's length: one that does not end is read
/// to the end of the file.
const READ_MAX: usize = 16;

/// What every signature dictionary has.
pub(crate) const MARK: &[u8] = b"/ByteRange";

/// Signatures that stand in a file and that its cross-reference leads past, in a revision: whoever wrote its `/Prev` went
/// round the version that they sign. `unnamed` is where no object is. Room for a signature that nobody made is none.
pub(crate) fn passed_over(bytes: &[u8], budget: &Budget, unnamed: &[(usize, Range<usize>)]) -> Vec<SignatureField> {
    let mut found = Vec::new();
    for (revision, gap) in unnamed {
        let before = bytes.get(..gap.end).unwrap_or_default();
        let (skeleton, ids) = skeleton(before, gap.start, budget);
        let file = File::new(before, budget, skeleton);
        let made = |signature: &SignatureField| {
            let filled =
                signature.contents.as_ref().is_some_and(|contents| contents.bytes.iter().any(|byte| *byte != 0));
            filled && signature.digest_parts(bytes).is_some()
        };
        let here = signature::adrift(&file, &ids).unwrap_or_default().into_iter().filter(made);
        let room = usize::try_from(budget.signatures_max).unwrap_or(usize::MAX).saturating_sub(found.len());
        found.extend(here.take(room).map(|signature| {
            let at = signature.contents.as_ref().map(|contents| contents.extent.start);
            let fault = Fault::fail("PF-3", at, "the cross-reference passes over this signature");
            SignatureField { revision: *revision, faults: vec![fault], ..signature }
        }));
    }
    found
}

/// A skeleton of one revision that holds nothing but the signature dictionaries from a byte on, and their ids. Of two
/// with one number the last counts, as for a reader that repairs.
pub(crate) fn skeleton(bytes: &[u8], from: usize, budget: &Budget) -> (Skeleton, Vec<ObjectId>) {
    let mut found: Vec<(ObjectId, usize)> = Vec::new();
    let marks = Finder::new(MARK);
    let mut left = bytes.len().saturating_sub(from).saturating_mul(READ_MAX);
    let mut from = from;
    while let Some(mark) = bytes.get(from..).and_then(|rest| marks.find(rest)) {
        let mark = from + mark;
        let header = bytes.get(from..mark).and_then(rfind_header).map(|header| from + header);
        from = mark + 1;
        let room = u32::try_from(found.len()).is_ok_and(|found| found < budget.signatures_max);
        let Some(header) = header.filter(|_| room && left > 0) else {
            continue;
        };
        let read = Parser::new(bytes, header, budget.nesting_max).indirect();
        left = left.saturating_sub(read.as_ref().map_or(bytes.len(), |object| object.end) - header);
        if let Ok(object) = read
            && object.extent.contains(&mark)
            && object.object.as_dict().is_some_and(|dictionary| dictionary.is_signature())
        {
            from = object.extent.end;
            found.retain(|(id, _)| id.number != object.id.number);
            found.push((object.id, header));
        }
    }
    let slot = |&(id, offset): &(ObjectId, usize)| (id.number, Slot::Plain { offset, generation: id.generation });
    let entries = found.iter().map(slot).collect();
    (Skeleton::of_one_revision(bytes.len(), entries), found.into_iter().map(|(id, _)| id).collect())
}

/// Where the last `12 0 obj` begins.
fn rfind_header(bytes: &[u8]) -> Option<usize> {
    let word = rfind(bytes, b"obj")?;
    let before = bytes.get(..word)?;
    let back = |bytes: &[u8], of: fn(&u8) -> bool| bytes.iter().rev().take_while(|byte| of(byte)).count();
    let mut at = before.len();
    for of in [|byte: &u8| is_space(*byte), u8::is_ascii_digit, |byte: &u8| is_space(*byte), u8::is_ascii_digit] {
        at -= back(before.get(..at)?, of);
    }
    Some(at)
}
