//! Tiles and entry bundles: the tree in pieces of 256, by which anyone can read and prove all of it.
//! C2SP tlog-tiles v0.1.0.

use std::fmt;
use std::str::FromStr;

use crate::ledger::checkpoint::decimal;
use crate::ledger::edge::hashes_at;

/// Hashes in a full tile, entries in a full bundle.
pub const WIDTH: u16 = 256;

/// Levels of tiles that a path may name.
const LEVELS: u8 = 64;

/// Which piece of the tree a path asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// `tile/<level>/<index>[.p/<width>]`: hashes.
    Tile {
        /// 0 for the hashes of entries; each level above hashes 256 of the one below.
        level: u8,
        /// Its place among the tiles of its level.
        index: u64,
        /// How many hashes, from the first; 256 for the full tile.
        width: u16,
    },
    /// `tile/entries/<index>[.p/<width>]`: entries, each after its length in two bytes.
    Bundle {
        /// Its place among the bundles.
        index: u64,
        /// How many entries, from the first; 256 for the full bundle.
        width: u16,
    },
}

impl Path {
    /// The same place, and all of it that there can be.
    #[must_use]
    pub fn full(self) -> Self {
        match self {
            Self::Tile { level, index, .. } => Self::Tile { level, index, width: WIDTH },
            Self::Bundle { index, .. } => Self::Bundle { index, width: WIDTH },
        }
    }

    /// The same place as wide as it is in a tree of `size` entries; nothing beyond its edge.
    pub(crate) fn in_tree(self, size: u64) -> Option<Self> {
        let width = |level, index: u64| {
            let there = hashes_at(size, level).checked_sub(index.checked_mul(u64::from(WIDTH))?)?;
            let width = u16::try_from(there).unwrap_or(WIDTH).min(WIDTH);
            (width > 0).then_some(width)
        };
        Some(match self {
            Self::Tile { level, index, .. } => Self::Tile { level, index, width: width(level, index)? },
            Self::Bundle { index, .. } => Self::Bundle { index, width: width(0, index)? },
        })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (index, width) = match self {
            Self::Tile { level, index, width } => {
                write!(formatter, "tile/{level}/")?;
                (*index, *width)
            }
            Self::Bundle { index, width } => {
                formatter.write_str("tile/entries/")?;
                (*index, *width)
            }
        };
        write_index(formatter, index / 1000)?;
        write!(formatter, "{:03}", index % 1000)?;
        if width == WIDTH { Ok(()) } else { write!(formatter, ".p/{width}") }
    }
}

/// Writes the groups of three digits before the last one, greatest first.
fn write_index(formatter: &mut fmt::Formatter<'_>, index: u64) -> fmt::Result {
    if index == 0 {
        return Ok(());
    }
    write_index(formatter, index / 1000)?;
    write!(formatter, "x{:03}/", index % 1000)
}

impl FromStr for Path {
    type Err = Error;

    fn from_str(path: &str) -> Result<Self, Error> {
        parse(path).ok_or(Error)
    }
}

fn parse(path: &str) -> Option<Path> {
    let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let (index, width) = match rest.split_once(".p/") {
        Some((index, width)) => (index, decimal(width).filter(|width| (1..u64::from(WIDTH)).contains(width))?),
        None => (rest, u64::from(WIDTH)),
    };
    let (index, width) = (parse_index(index)?, u16::try_from(width).ok()?);
    if kind == "entries" {
        return Some(Path::Bundle { index, width });
    }
    let level = u8::try_from(decimal(kind)?).ok().filter(|level| *level < LEVELS)?;
    Some(Path::Tile { level, index, width })
}

/// `x001/x234/067` is 1234067. There is one way to write each number: the first group is zero only if it is alone.
fn parse_index(text: &str) -> Option<u64> {
    let (groups, last) = text.rsplit_once('/').map_or(("", text), |(groups, last)| (groups, last));
    let mut index: u64 = 0;
    for group in groups.split('/').filter(|_| !groups.is_empty()) {
        index = index.checked_mul(1000)?.checked_add(three_digits(group.strip_prefix('x')?)?)?;
        if index == 0 {
            return None;
        }
    }
    index.checked_mul(1000)?.checked_add(three_digits(last)?)
}

fn three_digits(text: &str) -> Option<u64> {
    let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// The path names no tile and no bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the path names no tile and no entry bundle")]
pub struct Error;
