//! A sealed volume, read: each piece asked for by its place, and held against its SHA-256.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::path::PathBuf;

use sha2::Digest;
use sha2::Sha256;

use crate::ledger::edge;
use crate::ledger::hash;
use crate::ledger::hash::HASH_BYTES;
use crate::ledger::hash::Hash;
use crate::ledger::record::take_entry;
use crate::ledger::tile::WIDTH;
use crate::ledger::volume::Part;
use crate::ledger::volume::Span;
use crate::ledger::volume::build::Builder;
use crate::ledger::volume::build::FOOTER_BYTES;
use crate::ledger::volume::build::MAGIC;
use crate::ledger::volume::build::ROW_BYTES;
use crate::ledger::volume::build::Row;
use crate::ledger::volume::filter_bits;
use crate::store::disk;

/// Bytes of a row of the index: the beginning of a leaf hash, and its place.
const INDEX_ROW_BYTES: usize = 12;

/// Longest piece: a bundle of 256 entries of 65 535 bytes, or the filter over 2^30 entries.
const PIECE_BYTES_MAX: u32 = 1_400_000_000;

/// An open volume.
#[derive(Debug)]
pub(crate) struct Volume {
    path: PathBuf,
    file: File,
    span: Span,
    next: u64,
    footer: [u8; FOOTER_BYTES],
    table: Vec<Row>,
    crown: Vec<Hash>,
    filter: Vec<u8>,
}

impl Volume {
    /// Opens a volume: footer, table, crown and filter must be whole.
    pub(crate) fn open(path: &Path) -> Result<Self, disk::Error> {
        let file = File::open(path).map_err(disk::Error::at("open", path))?;
        let (footer, span, next, table) = ends(&file).map_err(disk::Error::at("read", path))?;
        let (path, crown, filter) = (path.to_owned(), Vec::new(), Vec::new());
        let mut volume = Self { path, file, span, next, footer, table, crown, filter };
        volume.crown = edge::hashes(&volume.piece(Part::Crown)?).ok_or_else(|| volume.damaged())?;
        volume.filter = volume.piece(Part::Filter)?;
        let filter = volume.filter.len().checked_mul(8).and_then(|bits| u64::try_from(bits).ok());
        if filter != Some(10 * span.entries()) {
            return Err(volume.damaged());
        }
        Ok(volume)
    }

    pub(crate) fn span(&self) -> Span {
        self.span
    }

    /// The journal record that goes on behind the volume.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// The hashes of its subtrees of `levels()` tile levels, in order.
    pub(crate) fn crown(&self) -> &[Hash] {
        &self.crown
    }

    /// The bytes of a bundle of the ledger, if it lies here.
    pub(crate) fn bundle(&self, index: u64) -> Result<Option<Vec<u8>>, disk::Error> {
        let at = index.checked_sub(self.span.first() / u64::from(WIDTH));
        at.filter(|at| *at < self.span.bundles()).map(|at| self.piece(Part::Bundle(at))).transpose()
    }

    /// The bytes of a tile of the ledger, if it lies here.
    pub(crate) fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, disk::Error> {
        if level >= self.span.levels() {
            return Ok(None);
        }
        let shift = 8 * (u32::from(level) + 1);
        let at = index.checked_sub(self.span.first() >> shift);
        at.filter(|at| *at < self.span.entries() >> shift).map(|at| self.piece(Part::Tile(level, at))).transpose()
    }

    /// The index in the ledger of the entry with this leaf hash, if it lies here.
    pub(crate) fn find(&self, leaf: &Hash) -> Result<Option<u64>, disk::Error> {
        let set = |bit: u64| {
            let byte = usize::try_from(bit / 8).ok().and_then(|at| self.filter.get(at));
            byte.is_some_and(|byte| byte & (1 << (bit % 8)) != 0)
        };
        if !filter_bits(leaf, self.span.entries()).all(set) {
            return Ok(None);
        }
        let prefix = leaf.first_chunk::<8>().expect("a hash has 32 bytes");
        let block = self.piece(Part::Block(self.span.block(u64::from_be_bytes(*prefix))))?;
        let (rows, rest) = block.as_chunks::<INDEX_ROW_BYTES>();
        if !rest.is_empty() {
            return Err(self.damaged());
        }
        let from = rows.partition_point(|row| row.as_slice() < prefix.as_slice());
        for row in rows.iter().skip(from).take_while(|row| row.starts_with(prefix)) {
            let place = row.last_chunk::<4>().expect("a row has twelve bytes");
            let place = u64::from(u32::from_be_bytes(*place));
            // Eight bytes may be those of another leaf: the tile has all 32.
            if self.leaf(place)? == *leaf {
                return Ok(Some(self.span.first() + place));
            }
        }
        Ok(None)
    }

    fn leaf(&self, place: u64) -> Result<Hash, disk::Error> {
        let tile = self.piece(Part::Tile(0, place / u64::from(WIDTH)))?;
        let at = usize::try_from(place % u64::from(WIDTH)).expect("less than 256");
        let (hashes, _) = tile.as_chunks::<HASH_BYTES>();
        hashes.get(at).copied().ok_or_else(|| self.damaged())
    }

    /// Makes the volume again from its bundles, into nowhere, and says what is wrong with it; none where it is what
    /// its entries make. `progress` hears of entries.
    pub(crate) fn check(&self, progress: &mut dyn FnMut(u64)) -> Result<Option<String>, disk::Error> {
        let name = self.path.display();
        for part in self.span.parts().filter(|part| !matches!(part, Part::Bundle(_))) {
            if self.piece(part).is_err() {
                return Ok(Some(format!("{name}: {part:?} cannot be read or is not what was sealed")));
            }
        }
        let mut builder = Builder::new(self.span, io::sink());
        let failed = disk::Error::at("check", &self.path);
        let made = (|| {
            for at in 0..self.span.bundles() {
                let Ok(bytes) = self.piece(Part::Bundle(at)) else { return Ok(Err(at)) };
                let mut rest = bytes.as_slice();
                for _ in 0..WIDTH {
                    let Some(entry) = take_entry(&mut rest) else { return Ok(Err(at)) };
                    builder.push(entry, hash::leaf(entry))?;
                }
                progress(u64::from(WIDTH));
            }
            builder.finish(self.next).map(|(_, footer)| Ok(footer))
        })();
        Ok(match made.map_err(failed)? {
            Err(at) => Some(format!("{name}: {:?} cannot be read or is not what was sealed", Part::Bundle(at))),
            Ok(footer) if footer == self.footer => None,
            Ok(_) => Some(format!("{name}: tiles or index do not follow from the entries")),
        })
    }

    /// Reads a piece and holds it against the table.
    fn piece(&self, part: Part) -> Result<Vec<u8>, disk::Error> {
        let row = usize::try_from(self.span.place(part)).ok().and_then(|at| self.table.get(at));
        let row = row.filter(|row| row.length <= PIECE_BYTES_MAX).ok_or_else(|| self.damaged())?;
        let mut bytes = vec![0; usize::try_from(row.length).map_err(|_| self.damaged())?];
        self.file.read_exact_at(&mut bytes, row.place).map_err(disk::Error::at("read", &self.path))?;
        if Sha256::digest(&bytes).as_slice() == row.sha256 { Ok(bytes) } else { Err(self.damaged()) }
    }

    fn damaged(&self) -> disk::Error {
        disk::Error::at("read", &self.path)(not_as_sealed())
    }
}

fn not_as_sealed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the bytes are not those that were sealed")
}

type Ends = ([u8; FOOTER_BYTES], Span, u64, Vec<Row>);

/// Footer and table, verified.
fn ends(file: &File) -> io::Result<Ends> {
    let length = file.metadata()?.len();
    let behind = u64::try_from(FOOTER_BYTES).expect("104 fits 64 bits");
    let at = length.checked_sub(behind).ok_or_else(not_as_sealed)?;
    let mut footer = [0; FOOTER_BYTES];
    file.read_exact_at(&mut footer, at)?;
    let (span, next, place, sha256) = decode(&footer).ok_or_else(not_as_sealed)?;
    let rows = span.place(Part::Filter) + 1;
    let bytes = rows * u64::try_from(ROW_BYTES).expect("44 fits 64 bits");
    // Before so much is set aside for it: the table must fill what lies between its place and the footer.
    if place.checked_add(bytes) != Some(at) {
        return Err(not_as_sealed());
    }
    let mut table = vec![0; usize::try_from(bytes).map_err(io::Error::other)?];
    file.read_exact_at(&mut table, place)?;
    if Sha256::digest(&table).as_slice() != sha256 {
        return Err(not_as_sealed());
    }
    let (rows, _) = table.as_chunks::<ROW_BYTES>();
    let table = rows.iter().map(Row::decode).collect::<Option<Vec<_>>>().ok_or_else(not_as_sealed)?;
    let bounded = table.iter().all(|row| row.place.checked_add(u64::from(row.length)).is_some_and(|end| end <= place));
    if bounded { Ok((footer, span, next, table)) } else { Err(not_as_sealed()) }
}

/// Span, next journal record, place and SHA-256 of the table.
fn decode(footer: &[u8; FOOTER_BYTES]) -> Option<(Span, u64, u64, Hash)> {
    let (body, own) = footer.split_last_chunk::<HASH_BYTES>()?;
    if Sha256::digest(body).as_slice() != own {
        return None;
    }
    let (numbers, sha256) = body.strip_prefix(MAGIC)?.split_at_checked(32)?;
    let (numbers, _) = numbers.as_chunks::<8>();
    let [first, entries, next, place] = *numbers else { return None };
    let number = u64::from_be_bytes;
    Some((Span::new(number(first), number(entries))?, number(next), number(place), sha256.try_into().ok()?))
}
