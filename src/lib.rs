//! sigill verifies electronically signed minutes, keeps them, and proves what it kept.
//!
//! This page is the architecture: the drawing, the walk of one document, what never happens, and why each dependency
//! is here. The book (`deploy/book`) is the operator's guide, and `README.md` the way in to it.
//!
//! # The drawing
//!
//! A document walks through the house; each room answers one question and names only rooms below it in its column.
//! `tests/layers.rs` holds this.
//!
//! ```text
//!              cli   config   telemetry      how do I ask, by hand?
//!                      web                   how do I ask, over HTTP?
//!                    archive                 what do we keep, and how long?
//!          verify              ledger        does it hold?   was it there then?
//!          format              store         what does it say?   where does it stay?
//! ```
//!
//! The left pillar is pure: no clock, disk, network, randomness, async or logging; they come in as arguments. It knows
//! no hash tree. The right pillar knows no signature and no municipality. [`archive`] joins them.
//!
//! # The walk of one document
//!
//! ```text
//! &[u8] ─ format::pdf::Document ─ [SignatureField] ─ SignedRange ─ format::cms::SignedData ─ x509::Certificate …
//!         (revisions, fields)      (every one)        (only if it starts at 0, has one gap, and that is /Contents)
//!    ─ verify::verdict::verify(document, evidence, trust, policy, budget, at) → Report
//!         material          what the document brings: certificates, revocation data, each with the revision it stands in
//!         verdict           evidence records, then document timestamps newest first: each that passes is a proof
//!         judge             container → changes → profile → identification → mathematics → time
//!         validity          the certificate now; at a proven time; by archive material; then the invariants' receipts
//!         judge::answer     the first failure decides; without all receipts there is no pass
//!         agreement         signature page ↔ certificates ↔ minutes
//!    ─ archive::gather, where it is on: fetches what Report::missing names, and makes the same pure call again
//!    ─ archive::ingest: document, salt, record → files; entry → ledger (durable: the commit point); rows → catalogue
//!    ─ answers: web::api, web::pages, cli; receipts: ledger::receipt with archive::entry::Opening
//! ```
//!
//! # What never happens
//!
//! 1. A `valid` without receipts. `TOTAL-PASSED` needs `Intact`, `Identified`, `TrustedPath`, `NotRevoked`, `InTime`,
//!    `Reliable` and `Unchanged`, each of which only its own check can make.
//! 2. An error over a bad document. [`verify::verdict::verify`] always answers; `Err` is disk, or a full queue.
//! 3. A reader without a budget. Limits are in [`format::budget`] (what bytes may cause) and [`verify::budget`] (what
//!    verification may cost). The plan had one budget in `verify`; readers stand below it, so theirs moved down.
//! 4. A tolerant parser deciding what was signed. `format::pdf` reads the raw bytes itself, revision by revision.
//! 5. An answer from a file before its ledger entry is in the fsynced journal. The line that commits is marked
//!    `COMMIT POINT` in `ledger::embedded` (`ledger::cluster` where it is shared) and, for the archive, in [`archive::ingest`].
//! 6. Two roots for one size, a smaller size, or a new ledger where an empty database was found: `ledger::recovery`. A
//!    journal that is damaged is made anew only of what holds all that was published: [`ledger::remake`].
//! 7. A name, a number or a guessable hash in the ledger. An entry is a salted commitment ([`archive::entry`]).
//! 8. A whole personal identity number in a report, a page, a log line or a stored verification ([`verify::mask`]).
//! 9. Rewriting. Records are files written once; what is derived (tiles, catalogue) can be rebuilt from them. One that was
//!    altered on the disk is told as our damage, and nothing is answered from it: `archive::kept`.
//!
//! # What stands on disk
//!
//! ```text
//! archive.toml     written last when created; without it a directory is no archive
//! ledger/          journal (the truth), head.anchor, key, succession (how the key was changed, proven), checkpoint,
//!                  cosigned; derived: volumes, database (sled)
//! documents/       the bytes, by SHA-256            records/   sigill.record/1, by record id, written once;
//!                  sigill.act/1 (what was done to it since), by commitment
//! salts/           one per record, destroyable      catalogue/ derived, sled: by id, hash, transaction, diary, word; a line
//!                  of the register for each, from which lists and deadlines answer
//! evidence/        what came beside a document, by SHA-256; its record, and so the ledger, names the hashes
//! upgrades/        the archive as it was before an upgrade; in no backup
//! disposed         ids of what was disposed of, so that no backup brings it back
//! witnesses.policy who must have seen the ledger (C2SP tlog-policy)   witness/  key, logs and last checkpoints of our duty
//! trust/           the anchors this archive believes   retention.toml   its schedule   tokens.toml   hashed tokens
//! holding/         no part of the archive: uploads and made files that wait for their caller between two steps, for hours
//! webhooks.toml    who is told of what happens   service/   what the service remembers: what they are owed, repeated answers
//! seal.pem         the key that statements are sealed with, and its certificate; made at first need
//! ```
//!
//! Where several processes share an archive (`archive.toml` names `[store]` and `[documents]`, `deploy/CLUSTER.md`), ledger and
//! catalogue are tables in PostgreSQL, the files are objects in an S3, and a directory holds only settings, key, trust and
//! tokens. There the truth is one row that every commit compares and swaps: `ledger::cluster`.
//!
//! # Where the plan was changed
//!
//! `verify` gained `mask` (personal numbers), `calendar` (days in words), `wording` (the catalogue of sentences), `identify` (ISC), `profile` (CMS
//! rules), `facts` and `judge` (one signature), because `integrity` and `verdict` would have held several reasons to
//! change. `proof` (what existed when) and `material` (what the document brings) stand apart from `existence` (tokens),
//! `comparison` (a copy's text beside its original's: a hint, above nothing that judges),
//! and `validity` (EN 319 102-1's processes over a certificate) from all checks it asks; `ers`, `svt`, `asked`, `xmldsig`,
//! `listed` and `bankid` are one published format each, judged; `etsi` and `issue` write what was found for other programs. `store` gained `journal`, `anchor` and `blob`: bytes that are durable without a database. `archive` gained
//! `act`, `life` and `deeds` (a record's events: written once each, summed up, done), `disposal`, `schedules` and `protocol`, `copies`,
//! `persons`, `search`, `listing` and `related` (who and what is named where),
//! `entry`, `encoding`/`encode` (the stored and published JSON is one shape), `package` (a delivery, described before
//! it is written) and `delivery`, `prove`, `check`, `backup` and `disposed`. `ledger`
//! gained `durable` (read without a lock), `export` and `mirror` (a plain directory of tiles, written and read).
//!
//! # Why each dependency is here
//!
//! | crate | for | why not our own, or another |
//! | --- | --- | --- |
//! | `ring` | RSA, ECDSA, Ed25519, randomness | fixed by our user; audited, small |
//! | `p224`, `p256`, `p384`, `p521`, `k256`, `bp256`, `bp384`, `ecdsa` | curves, and mixes of curve and digest, that ring lacks | RustCrypto, one generation |
//! | `ed448-goldilocks`, `ml-dsa` | Ed448 and ML-DSA signatures; the ledger's second signature | RustCrypto; Ed448 is a pre-release, pinned, and all of Wycheproof's cases run against it |
//! | `crypto-bigint` | RSA that ring refuses (no NULL in DigestInfo, short keys), DSA, the curves that have no well-kept crate (brainpoolP320r1 and P512r1, FRP256v1, P-192) | public values only; RSA is compared with blocks built here, the curves are held against all of Wycheproof; the crates `rsa` and `dsa` bring parsers and a second generation of everything |
//! | `sha1`, `sha3`, `shake`, `md-5`, `ripemd` | old and new digests that ring lacks | RustCrypto |
//! | `sha2` | SHA-2, also forked for many ByteRanges in one read | fixed by our user |
//! | `x509-parser` | the certificate's shell and names | fixed by our user; extensions are read by `format::der`, which refuses what it would forgive |
//! | `lopdf` | PDF text strings; keys and ciphers of encrypted files; and writing copies for other eyes (`format::pdf::copy`) | fixed by our user; it merges revisions and repairs, so it never decides what was signed. Its page text found 83 % of `pdftotext`'s words on the corpus, our reader 88 % |
//! | `flate2` | inflating streams, within a budget; packing our own | the usual one |
//! | `qrcodegen` | the QR code of a statement | the reference implementation by Nayuki, finished, no dependencies; MIT. The statement's PDF/A is written by ourselves, 350 lines: `krilla` brings 24 crates and another inflater beneath the verifier, and has no field to seal. Its font is Open Sans (Apache-2.0), cut down to Latin letters |
//! | `memchr` | looking for words in files of many megabytes | what the standard library lacks; others bring it already |
//! | `roxmltree` | AuthnContext, XMP, BankID, trust lists | refuses DTDs, small. Canonical XML over it is our own, 200 lines: `bergshamra` brings 200 crates and its own cryptography, its canonical form is the oracle in `tests/xml.rs` |
//! | `sled` | the rows behind ledger and catalogue | fixed by our user; pinned `=0.34.7` and never trusted alone: see `store::sled` and the journal |
//! | `axum`, `tokio`, `tower`, `tower-http` | the service | axum fixed by our user, the rest is what it stands on |
//! | `hyper`, `hyper-util`, `tokio-rustls` | connections of our own: a time for headers, a number for each address, TLS with client certificates | what `axum::serve` stands on; it waits for a header for ever and has no TLS. `axum-server` brings a second way to do the same |
//! | `utoipa`, `utoipa-axum` | OpenAPI from the code | no second description to keep |
//! | `askama` | pages, escaped and checked at build time | no template can be missing at run time |
//! | `clap`, `clap_complete`, `clap_mangen`, `indicatif` | command line, its completions and manual pages, progress | |
//! | `rustix` | how much room a disk has (`store::disk::free`) | the standard library cannot tell; `clap` brings it already |
//! | `tar` | backups, deliveries | a file that any `tar` opens; only headers and bytes are asked of it, paths are judged and written by us |
//! | `serde`, `serde_json`, `toml` | JSON and settings | |
//! | `ureq` | fetching (`archive::fetch`) | small, blocking, its resolver can be ours, so that only checked addresses are connected to; rustls with ring. `hyper` would need TLS, redirects and limits built around it. Roots for HTTPS are Mozilla's: what is fetched is signed, and believed for that alone; logins through an identity provider rest on them |
//! | `jiff` | time, with Swedish local time bundled | one time type everywhere |
//! | `unicode-security` | whether two names look alike, so that one person is not two: Unicode TS 39 | by unicode-rs, tables and nothing else |
//! | `unicode-normalization`, `caseless` | distinguished names compared as RFC 5280 7.1 says: NFKC and Unicode's case folding | tables of Unicode are nobody's own; both by unicode-rs, small |
//! | `base64` | notes, PEM, receipts | |
//! | `metrics`, `metrics-exporter-prometheus`, `tracing`, `tracing-subscriber` | operations | |
//! | `opentelemetry`, `opentelemetry_sdk`, `opentelemetry-otlp`, `opentelemetry-http` | traces to a collector (`telemetry::traces`) | OpenTelemetry's own; eleven crates, for `prost` describes the messages though JSON is sent. Its HTTP is `ureq` through `archive::fetch`, and `tracing-opentelemetry` is left out: one span a request is made of the line that is logged of it |
//! | `thiserror` | one small error per module | |
//! | `tokio-postgres`, `tokio-postgres-rustls`, `rustls`, `webpki-roots` | an archive that several processes share (`store::postgres`) | the usual driver; rustls with ring, which `ureq` brings already |
//! | `http-body` | watching a body while it is read (`web::digest`) | the trait that axum's own bodies have |
//! | `object_store`, `http-body-util` | documents in an S3 (`store::object`) | Apache Arrow's, with its signing and repetitions; without its own HTTP and TLS: it asks through `ureq` |
//! | `ct-merkle`, `bergshamra-c14n`, `bergshamra-xml`, `proptest`, `rsa`, `tempfile` | tests: an independent tree, independent canonical XML, random input, RSA signers of XML, places to work | development only |

pub mod format;
pub mod verify;
pub mod store;
pub mod ledger;
pub mod archive;
pub mod web;
pub mod cli;
pub mod config;
pub mod telemetry;
