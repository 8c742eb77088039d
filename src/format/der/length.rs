//! Where a value ends.
//! X.690 8.1.2 and 8.1.3 (BER), 10.1 (DER).

use super::CONSTRUCTED;
use super::Error;

/// Which encodings a reader takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rules {
    Der,
    Ber,
}

/// What ends a value of indefinite length.
pub(super) const END_OF_CONTENTS: [u8; 2] = [0, 0];

/// Tag, header length and content length (`None`: indefinite) of the value that starts `bytes`.
pub(super) fn head(bytes: &[u8], at: usize, rules: Rules) -> Result<(u8, usize, Option<usize>), Error> {
    let [tag, first, rest @ ..] = bytes else {
        return Err(Error::Truncated { at });
    };
    if tag & 0x1f == 0x1f {
        return Err(Error::LongTag { at });
    }
    if *first < 0x80 {
        return Ok((*tag, 2, Some(usize::from(*first))));
    }
    if *first == 0x80 {
        let allowed = rules == Rules::Ber && tag & CONSTRUCTED != 0;
        return if allowed { Ok((*tag, 2, None)) } else { Err(Error::Length { at }) };
    }
    let count = usize::from(first & 0x7f);
    let octets = rest.get(..count).ok_or(Error::Truncated { at })?;
    let minimal = octets.first().is_some_and(|octet| *octet != 0) && (count > 1 || octets.first() >= Some(&0x80));
    if rules == Rules::Der && !minimal {
        return Err(Error::Length { at });
    }
    let length = octets.iter().try_fold(0_usize, |sum, octet| sum.checked_mul(256)?.checked_add(usize::from(*octet)));
    Ok((*tag, 2 + count, Some(length.ok_or(Error::Length { at })?)))
}

/// How many bytes come before the end mark that closes a value of indefinite length.
///
/// Values of definite length are stepped over, so the walk is linear and needs no stack but a count.
pub(super) fn indefinite_length(body: &[u8], at: usize, depth_max: u32) -> Result<usize, Error> {
    let mut position = 0;
    let mut open = 1;
    loop {
        let rest = body.get(position..).ok_or(Error::Truncated { at })?;
        if rest.starts_with(&END_OF_CONTENTS) {
            open -= 1;
            if open == 0 {
                return Ok(position);
            }
            position += END_OF_CONTENTS.len();
            continue;
        }
        let (_, header, length) = head(rest, at, Rules::Ber)?;
        match length {
            Some(length) => {
                position = header
                    .checked_add(length)
                    .and_then(|whole| position.checked_add(whole))
                    .ok_or(Error::Length { at })?;
            }
            None if open == depth_max => return Err(Error::Depth { at }),
            None => {
                open += 1;
                position += header;
            }
        }
    }
}
