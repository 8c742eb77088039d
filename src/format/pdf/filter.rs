//! Streams back to the bytes their writer had, within a budget. ISO 32000-2, 7.4.

use std::io::Read;

use crate::format::pdf::fault::Error;
use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::Object;
use crate::format::pdf::syntax::is_space;
use crate::format::pdf::syntax::nibble;

/// Filters of one stream; more than two is unheard of.
const FILTERS_MAX: usize = 8;

/// How much longer than what is stored room is made for at first, so that most streams never move.
const USUAL_RATIO: usize = 4;

/// Why a stream was not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The bytes are not what the filter writes, or it is an image's filter.
    Broken(&'static str),
    /// It would grow beyond the limit.
    TooLarge,
}

impl Failure {
    /// The error that says where the stream is.
    pub(crate) fn at(self, at: usize) -> Error {
        match self {
            Self::Broken(what) => Error::Filter { at, what },
            Self::TooLarge => Error::Limit { rule: "LIM-4", at, what: "bytes in one stream" },
        }
    }
}

/// Applies the filters of a stream whose `/Filter` and `/DecodeParms` are given resolved, elements too.
/// `limit` is for each step, in bytes.
pub(crate) fn decode(raw: &[u8], filter: &Object, parameters: &Object, limit: usize) -> Result<Vec<u8>, Failure> {
    let filters = filter.as_array().unwrap_or(std::slice::from_ref(filter));
    let parameters = parameters.as_array().unwrap_or(std::slice::from_ref(parameters));
    if filters.len() > FILTERS_MAX {
        return Err(Failure::Broken("too many filters"));
    }
    let mut bytes = None;
    for (place, filter) in filters.iter().filter(|filter| !filter.is_null()).enumerate() {
        let none = Dictionary::default();
        let parameters = parameters.get(place).and_then(Object::as_dict).unwrap_or(&none);
        let input = bytes.as_deref().unwrap_or(raw);
        bytes = Some(step(input, filter.as_name().unwrap_or_default(), parameters, limit)?);
    }
    match bytes {
        Some(bytes) => Ok(bytes),
        None if raw.len() > limit => Err(Failure::TooLarge),
        None => Ok(raw.to_vec()),
    }
}

fn step(input: &[u8], name: &[u8], parameters: &Dictionary, limit: usize) -> Result<Vec<u8>, Failure> {
    match name {
        b"FlateDecode" | b"Fl" => predicted(flate(input, limit)?, parameters),
        b"LZWDecode" | b"LZW" => predicted(lzw(input, parameters.int(b"EarlyChange") != Some(0), limit)?, parameters),
        b"ASCIIHexDecode" | b"AHx" => Ok(ascii_hex(input)),
        b"ASCII85Decode" | b"A85" => ascii_85(input, limit),
        b"RunLengthDecode" | b"RL" => run_length(input, limit),
        b"Crypt" if matches!(parameters.name(b"Name"), None | Some(b"Identity")) => Ok(input.to_vec()),
        _ => Err(Failure::Broken("a filter for images or an unknown one")),
    }
}

fn flate(input: &[u8], limit: usize) -> Result<Vec<u8>, Failure> {
    let mut output = Vec::with_capacity(input.len().saturating_mul(USUAL_RATIO).min(limit));
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let end = flate2::read::ZlibDecoder::new(input).take(most).read_to_end(&mut output);
    match end {
        Ok(_) if output.len() > limit => Err(Failure::TooLarge),
        Ok(_) => Ok(output),
        Err(_) => Err(Failure::Broken("FlateDecode")),
    }
}

fn lzw(input: &[u8], early: bool, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut output: Vec<u8> = Vec::new();
    // The place in the output of each string of the table, from code 258 on.
    let mut table: Vec<(usize, usize)> = Vec::new();
    let mut previous: Option<(usize, usize)> = None;
    let (mut bits, mut held) = (0_u32, 0_u32);
    for &byte in input {
        bits = bits << 8 | u32::from(byte);
        held += 8;
        let codes = table.len() + 258 + usize::from(early);
        let width = if codes < 512 {
            9
        } else if codes < 1024 {
            10
        } else if codes < 2048 {
            11
        } else {
            12
        };
        if held < width {
            continue;
        }
        held -= width;
        let code = usize::try_from(bits >> held & ((1 << width) - 1)).unwrap_or_default();
        let start = output.len();
        match code {
            256 => {
                table.clear();
                previous = None;
                continue;
            }
            257 => return Ok(output),
            0..=255 => output.extend(u8::try_from(code)),
            _ => {
                // A code that is just being defined stands for the previous string and its own first byte.
                let next = previous.filter(|_| code == table.len() + 258).map(|(at, length)| (at, length + 1));
                let (at, length) = table.get(code - 258).copied().or(next).ok_or(Failure::Broken("LZWDecode"))?;
                for place in at..at + length {
                    let byte = output.get(place).copied().ok_or(Failure::Broken("LZWDecode"))?;
                    output.push(byte);
                }
            }
        }
        if output.len() > limit {
            return Err(Failure::TooLarge);
        }
        if let Some((at, length)) = previous.filter(|_| table.len() < 4096 - 258) {
            table.push((at, length + 1));
        }
        previous = Some((start, output.len() - start));
    }
    Ok(output)
}

fn ascii_hex(input: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = input.iter().take_while(|&&byte| byte != b'>').filter_map(|&byte| nibble(byte)).collect();
    let pair = |pair: &[u8]| pair.iter().chain(&[0]).take(2).fold(0, |value, digit| value << 4 | digit);
    digits.chunks(2).map(pair).collect()
}

fn ascii_85(input: &[u8], limit: usize) -> Result<Vec<u8>, Failure> {
    let mut output = Vec::new();
    let mut group: Vec<u8> = Vec::with_capacity(5);
    for &byte in input.iter().filter(|&&byte| !is_space(byte)) {
        match byte {
            b'z' if group.is_empty() => output.extend([0; 4]),
            b'!'..=b'u' => group.push(byte - b'!'),
            b'~' => break,
            _ => return Err(Failure::Broken("ASCII85Decode")),
        }
        if group.len() == 5 {
            output.extend(base_85(&group));
            group.clear();
        }
        if output.len() > limit {
            return Err(Failure::TooLarge);
        }
    }
    if group.len() > 1 {
        let kept = group.len() - 1;
        group.resize(5, 84);
        output.extend(base_85(&group).into_iter().take(kept));
    }
    Ok(output)
}

fn base_85(group: &[u8]) -> [u8; 4] {
    group.iter().fold(0_u32, |value, &digit| value.wrapping_mul(85).wrapping_add(u32::from(digit))).to_be_bytes()
}

fn run_length(input: &[u8], limit: usize) -> Result<Vec<u8>, Failure> {
    let mut output = Vec::new();
    let mut rest = input;
    while let Some((&length, after)) = rest.split_first() {
        let used = match (length, after) {
            (128, _) => break,
            (0..=127, _) => {
                let run = after.get(..usize::from(length) + 1).ok_or(Failure::Broken("RunLengthDecode"))?;
                output.extend_from_slice(run);
                run.len()
            }
            (129..=255, [byte, ..]) => {
                output.resize(output.len() + 257 - usize::from(length), *byte);
                1
            }
            (129..=255, []) => break,
        };
        if output.len() > limit {
            return Err(Failure::TooLarge);
        }
        rest = after.get(used..).unwrap_or_default();
    }
    Ok(output)
}

/// Takes back what a predictor did before compression (ISO 32000-2, 7.4.4.4).
fn predicted(bytes: Vec<u8>, parameters: &Dictionary) -> Result<Vec<u8>, Failure> {
    let number = |key: &[u8], otherwise: i64| {
        let value = parameters.int(key).unwrap_or(otherwise);
        usize::try_from(value).ok().filter(|&value| value > 0 && value < 1 << 20).ok_or(Failure::Broken("predictor"))
    };
    let predictor = parameters.int(b"Predictor").unwrap_or(1);
    if predictor < 2 {
        return Ok(bytes);
    }
    let (colors, bits, columns) = (number(b"Colors", 1)?, number(b"BitsPerComponent", 8)?, number(b"Columns", 1)?);
    let pixel = colors.checked_mul(bits).ok_or(Failure::Broken("predictor"))?;
    let row = pixel.checked_mul(columns).map(|bits| bits.div_ceil(8)).ok_or(Failure::Broken("predictor"))?;
    let row = row.clamp(1, bytes.len().max(1));
    let step = pixel.div_ceil(8);
    if predictor >= 10 {
        return Ok(png(&bytes, row, step));
    }
    if predictor != 2 || bits != 8 {
        return Err(Failure::Broken("predictor"));
    }
    let mut bytes = bytes;
    for line in bytes.chunks_mut(row) {
        for place in step..line.len() {
            let left = line.get(place - step).copied().unwrap_or_default();
            line.iter_mut().skip(place).take(1).for_each(|byte| *byte = byte.wrapping_add(left));
        }
    }
    Ok(bytes)
}

fn png(bytes: &[u8], row: usize, step: usize) -> Vec<u8> {
    let mut output: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut above = vec![0; row];
    for line in bytes.chunks(row + 1) {
        let Some((&kind, line)) = line.split_first() else {
            break;
        };
        let mut current = Vec::with_capacity(row);
        for (place, &byte) in line.iter().enumerate() {
            let before = |line: &[u8]| place.checked_sub(step).and_then(|left| line.get(left)).copied().unwrap_or(0);
            let (left, up, corner) = (before(&current), above.get(place).copied().unwrap_or(0), before(&above));
            let guess = match kind {
                1 => left,
                2 => up,
                3 => u8::try_from((u16::from(left) + u16::from(up)) / 2).unwrap_or_default(),
                4 => paeth(left, up, corner),
                _ => 0,
            };
            current.push(byte.wrapping_add(guess));
        }
        output.extend_from_slice(&current);
        above = current;
    }
    output
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let estimate = a + b - c;
    let (to_left, to_up, to_corner) = ((estimate - a).abs(), (estimate - b).abs(), (estimate - c).abs());
    if to_left <= to_up && to_left <= to_corner {
        left
    } else if to_up <= to_corner {
        up
    } else {
        corner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(name: &[u8], input: &[u8]) -> Result<Vec<u8>, Failure> {
        decode(input, &Object::Name(name.into()), &Object::Null, 1000)
    }

    #[test]
    fn each_filter_gives_back_what_was_written() {
        // The example of ISO 32000-2, 7.4.4.2.
        let lzw = [0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01];
        assert_eq!(decoded(b"LZWDecode", &lzw).unwrap(), b"-----A---B");
        assert_eq!(decoded(b"ASCIIHexDecode", b"4 1 4>42").unwrap(), b"A@");
        assert_eq!(decoded(b"ASCII85Decode", b"87cURD]i,\"Ebo80~>").unwrap(), b"Hello World!");
        assert_eq!(decoded(b"RunLengthDecode", &[1, b'a', b'b', 254, b'c', 128]).unwrap(), b"abccc");
        assert_eq!(decoded(b"DCTDecode", b""), Err(Failure::Broken("a filter for images or an unknown one")));
    }

    #[test]
    fn a_filter_stops_at_the_limit() {
        let runs = [129, b'x'].repeat(100);
        assert_eq!(decoded(b"RunLengthDecode", &runs), Err(Failure::TooLarge));
        assert_eq!(decoded(b"ASCII85Decode", &[b'z'; 300]), Err(Failure::TooLarge));
    }

    #[test]
    fn predictors_are_taken_back_row_by_row() {
        let rows = [1, 1, 1, 1, 2, 1, 1, 1, 3, 1, 1, 1, 4, 1, 1, 1];
        assert_eq!(png(&rows, 3, 1), [1, 2, 3, 2, 3, 4, 2, 3, 4, 3, 4, 5]);
    }
}
