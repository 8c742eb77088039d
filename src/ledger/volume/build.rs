//! Making a volume: entry by entry, each piece written as it is complete. The same entries make the same bytes.
//! So that checking a volume is making it again, into nowhere, and comparing the footers.

use std::io;
use std::io::Write;

use sha2::Digest;
use sha2::Sha256;

use crate::ledger::edge::Edge;
use crate::ledger::edge::Piece;
use crate::ledger::hash::Hash;
use crate::ledger::volume::Part;
use crate::ledger::volume::Span;
use crate::ledger::volume::filter_bits;

pub(crate) const MAGIC: &[u8; 8] = b"SIGVOL1\n";
pub(crate) const ROW_BYTES: usize = 44;
pub(crate) const FOOTER_BYTES: usize = 104;

/// One row of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) place: u64,
    pub(crate) length: u32,
    pub(crate) sha256: [u8; 32],
}

impl Row {
    fn encode(&self) -> [u8; ROW_BYTES] {
        let mut bytes = [0; ROW_BYTES];
        let parts = self.place.to_be_bytes().into_iter().chain(self.length.to_be_bytes()).chain(self.sha256);
        bytes.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        bytes
    }

    pub(crate) fn decode(bytes: &[u8; ROW_BYTES]) -> Option<Self> {
        let (place, rest) = bytes.split_first_chunk::<8>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let sha256 = rest.first_chunk::<32>()?;
        Some(Self { place: u64::from_be_bytes(*place), length: u32::from_be_bytes(*length), sha256: *sha256 })
    }
}

/// A volume in the making.
pub(crate) struct Builder<W> {
    out: W,
    written: u64,
    span: Span,
    /// The volume's own tree, from its first entry.
    edge: Edge,
    table: Vec<Row>,
    /// For every entry the beginning of its leaf hash, and its place.
    index: Vec<(u64, u32)>,
    filter: Vec<u8>,
}

impl<W: Write> Builder<W> {
    pub(crate) fn new(span: Span, out: W) -> Self {
        let rows = usize::try_from(span.place(Part::Filter) + 1).expect("fewer rows than entries");
        let filter = usize::try_from(10 * span.entries() / 8).expect("little more than a byte an entry");
        Self {
            out,
            written: 0,
            span,
            edge: Edge::default(),
            table: vec![Row::default(); rows],
            index: Vec::new(),
            filter: vec![0; filter],
        }
    }

    /// Entries added so far.
    pub(crate) fn len(&self) -> u64 {
        self.edge.size()
    }

    /// Adds the next entry, of at most as many as the volume holds.
    pub(crate) fn push(&mut self, entry: &[u8], leaf: Hash) -> io::Result<()> {
        let prefix = leaf.first_chunk::<8>().expect("a hash has 32 bytes");
        let place = u32::try_from(self.edge.size()).expect("a volume has at most 2^30 entries");
        self.index.push((u64::from_be_bytes(*prefix), place));
        for bit in filter_bits(&leaf, self.span.entries()) {
            let byte = usize::try_from(bit / 8).ok().and_then(|at| self.filter.get_mut(at));
            *byte.expect("bits are taken modulo the filter's size") |= 1 << (bit % 8);
        }
        let mut pieces = Vec::new();
        self.edge.push(entry, leaf, &mut |piece| {
            pieces.push(match piece {
                Piece::Bundle { index, bytes } => (Part::Bundle(index), bytes.to_vec()),
                Piece::Tile { level, index, hashes } => (Part::Tile(level, index), hashes.as_flattened().to_vec()),
            });
        });
        pieces.into_iter().try_for_each(|(part, bytes)| self.piece(part, &bytes))
    }

    fn piece(&mut self, part: Part, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        let row = Row { place: self.written, length, sha256: Sha256::digest(bytes).into() };
        let at = usize::try_from(self.span.place(part)).expect("fewer rows than entries");
        *self.table.get_mut(at).expect("the table has a row for every part") = row;
        self.written += u64::from(length);
        Ok(())
    }

    /// Writes what comes behind the last entry. `next` is the journal record that goes on behind the volume.
    pub(crate) fn finish(mut self, next: u64) -> io::Result<(W, [u8; FOOTER_BYTES])> {
        if self.edge.size() != self.span.entries() {
            return Err(io::Error::other("the volume is not full"));
        }
        self.index.sort_unstable();
        let mut blocks = vec![Vec::new(); usize::try_from(self.span.bundles()).expect("fewer blocks than entries")];
        for (prefix, place) in std::mem::take(&mut self.index) {
            let block = usize::try_from(self.span.block(prefix)).ok().and_then(|at| blocks.get_mut(at));
            let block: &mut Vec<u8> = block.expect("there is a block for every beginning");
            block.extend(prefix.to_be_bytes());
            block.extend(place.to_be_bytes());
        }
        for (at, block) in (0..).zip(blocks) {
            self.piece(Part::Block(at), &block)?;
        }
        let crown: Vec<Hash> = self.edge.unfinished().find_map(crown).unwrap_or_default();
        self.piece(Part::Crown, crown.as_flattened())?;
        let filter = std::mem::take(&mut self.filter);
        self.piece(Part::Filter, &filter)?;
        let table: Vec<u8> = self.table.iter().flat_map(Row::encode).collect();
        self.out.write_all(&table)?;
        let mut footer = Vec::with_capacity(FOOTER_BYTES);
        footer.extend(MAGIC);
        for number in [self.span.first(), self.span.entries(), next, self.written] {
            footer.extend(number.to_be_bytes());
        }
        footer.extend(Sha256::digest(&table));
        let own = Sha256::digest(&footer);
        footer.extend(own);
        let footer: [u8; FOOTER_BYTES] = footer.try_into().expect("8 + 4 * 8 + 2 * 32");
        self.out.write_all(&footer)?;
        Ok((self.out, footer))
    }
}

/// Of a whole volume only the level above its own tiles is begun and not full.
fn crown(piece: Piece<'_>) -> Option<Vec<Hash>> {
    match piece {
        Piece::Tile { hashes, .. } => Some(hashes.to_vec()),
        Piece::Bundle { .. } => None,
    }
}
