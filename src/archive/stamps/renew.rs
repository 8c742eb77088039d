//! Renewing stamps before their certificates or algorithms end, and the chains that a record's evidence is made of.
//! RFC 4998 5.2; VALIDATION 13.4, 13.5. When is decided by the dated policy.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use crate::archive::encoding::hex;
use crate::archive::error as archive;
use crate::archive::house::Archive;
use crate::archive::stamps::Authority;
use crate::archive::stamps::BEFORE_END;
use crate::archive::stamps::Chain;
use crate::archive::stamps::Error;
use crate::archive::stamps::Stamp;
use crate::archive::stamps::Stamped;
use crate::archive::stamps::tree;
use crate::archive::stamps::wire;
use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::policy::Mechanism;

/// What a stamp needs.
enum Due {
    Nothing,
    /// A token over the newest token.
    Token,
    /// A new tree with a newer algorithm.
    Tree,
}

impl Archive {
    /// Renews what would age soon, one stamp after the other; each is kept when it is made. One that cannot be renewed
    /// does not keep the others from it.
    pub(super) fn renew(
        &self,
        authority: &Authority,
        stamps: &mut [(u64, Stamp)],
        done: &mut Stamped,
    ) -> Result<(), Error> {
        let mut first = Ok(());
        for (number, stamp) in stamps {
            match self.renew_one(authority, *number, stamp, done) {
                // Who does not answer is not asked again for each.
                Err(error @ Error::Unasked(_)) => return first.and(Err(error)),
                renewed => first = first.and(renewed),
            }
        }
        first
    }

    fn renew_one(
        &self,
        authority: &Authority,
        number: u64,
        stamp: &mut Stamp,
        done: &mut Stamped,
    ) -> Result<(), Error> {
        let count = match self.ages(stamp)? {
            Due::Nothing => return Ok(()),
            Due::Token => {
                done.time = Some(self.renew_token(authority, stamp)?);
                &mut done.renewed
            }
            Due::Tree => {
                done.time = Some(self.renew_tree(authority, stamp)?);
                &mut done.rehashed
            }
        };
        *count += 1;
        Ok(self.keep(number, stamp)?)
    }

    fn ages(&self, stamp: &Stamp) -> Result<Due, Error> {
        let Some(chain) = stamp.chains.last() else { return Ok(Due::Nothing) };
        let ends_soon = |end: Option<Timestamp>| end.is_some_and(|end| self.now().duration_until(end) < BEFORE_END);
        let algorithm = chain.digest_algorithm()?;
        if ends_soon(self.options.policy.reliable(Mechanism::Digest(algorithm.name())).until()) {
            return Ok(Due::Tree);
        }
        let newest = chain.tokens()?.pop().unwrap_or_default();
        // A token that no longer holds by itself is renewed too: the newer one proves when it still did.
        let proof = self.judge_token(&newest, &stamp.evidence());
        Ok(if proof.map_or(true, |proof| ends_soon(proof.holds_until)) { Due::Token } else { Due::Nothing })
    }

    fn renew_token(&self, authority: &Authority, stamp: &mut Stamp) -> Result<Timestamp, Error> {
        let Some(chain) = stamp.chains.last_mut() else { return Err(Error::Unreadable) };
        let algorithm = chain.digest_algorithm()?;
        let newest = chain.tokens()?.pop().unwrap_or_default();
        let answer = self.ask(authority, algorithm, &crypto::digest(algorithm, &[&newest]))?;
        chain.tokens.push(STANDARD.encode(&answer.token));
        stamp.hold(&answer.pieces);
        Ok(answer.proof.time)
    }

    /// Needs every document again: the new algorithm's digests cannot be made of the old one's.
    fn renew_tree(&self, authority: &Authority, stamp: &mut Stamp) -> Result<Timestamp, Error> {
        let used: Vec<&str> = stamp.chains.iter().map(|chain| chain.algorithm.as_str()).collect();
        let reliable = |one: &DigestAlgorithm| {
            let until = self.options.policy.reliable(Mechanism::Digest(one.name())).until();
            until.is_none_or(|end| self.now().duration_until(end) >= BEFORE_END)
        };
        let fresh = wire::ALGORITHMS.into_iter().find(|one| !used.contains(&one.name()) && reliable(one));
        let algorithm = fresh.ok_or(Error::NoAlgorithm)?;
        let checkpoint = stamp.checkpoint.clone();
        let mut leaves = vec![stamp.renewed(0, algorithm, checkpoint.as_bytes(), None)?];
        for (place, entry) in (1..).zip(self.ledger.entries(stamp.from..stamp.to)) {
            let (_, bytes) = entry.map_err(archive::Error::from)?;
            leaves.push(match self.registered_by(&bytes)? {
                Some((salt, document)) => stamp.renewed(place, algorithm, &document, Some(&salt))?,
                None => crypto::digest(algorithm, &[&bytes]),
            });
        }
        let root = tree::root(algorithm, &leaves).unwrap_or_default();
        let answer = self.ask(authority, algorithm, &root)?;
        stamp.chains.push(Chain {
            algorithm: algorithm.name().to_owned(),
            leaves: leaves.iter().map(|leaf| hex(leaf)).collect(),
            tokens: vec![STANDARD.encode(&answer.token)],
        });
        stamp.hold(&answer.pieces);
        Ok(answer.proof.time)
    }
}

impl Stamp {
    /// The digest that stands for a document in a later tree: over the document and all that was proven of it before.
    fn renewed(
        &self,
        place: usize,
        algorithm: DigestAlgorithm,
        document: &[u8],
        salt: Option<&[u8; 32]>,
    ) -> Result<Vec<u8>, Error> {
        let (_, before) = self.chains_of(place, document, salt)?;
        let before = crypto::digest(algorithm, &[&wire::chains(&before)]);
        Ok(crypto::digest(algorithm, &[&crypto::digest(algorithm, &[document]), &before]))
    }

    /// The chains of one leaf's evidence, oldest first, and their algorithms.
    pub(super) fn chains_of(
        &self,
        place: usize,
        document: &[u8],
        salt: Option<&[u8; 32]>,
    ) -> Result<(Vec<DigestAlgorithm>, Vec<Vec<u8>>), Error> {
        let (mut algorithms, mut made) = (Vec::new(), Vec::new());
        for chain in &self.chains {
            let algorithm = chain.digest_algorithm()?;
            let own = crypto::digest(algorithm, &[document]);
            let first = if made.is_empty() {
                salt.map(|salt| tree::blinder(algorithm, salt)).into_iter().chain([own]).collect()
            } else {
                let before = crypto::digest(algorithm, &[&wire::chains(&made)]);
                vec![crypto::digest(algorithm, &[&own, &before])]
            };
            let lists = tree::reduced(algorithm, &chain.leaves()?, place, first);
            let tokens = chain.tokens()?;
            let stamps = tokens.iter().enumerate().map(|(number, token)| {
                let lists = (number == 0).then_some(lists.as_slice());
                wire::archive_time_stamp(algorithm, lists, token)
            });
            made.push(wire::chain(&stamps.collect::<Vec<_>>()));
            algorithms.push(algorithm);
        }
        Ok((algorithms, made))
    }
}
