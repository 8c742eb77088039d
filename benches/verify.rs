//! How long verifying takes, beside what it cannot take less than: one SHA-256 pass over the file and the public-key
//! operations of its signatures and certificates. `cargo bench --bench verify`; a table, no pass and no fail.
//! `cargo bench --bench verify -- FOLDER…`: the files of these folders, a line of tab-separated values for each
//! (benches/peers.py reads it).

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use ring::signature::{ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256};
use ring::signature::{UnparsedPublicKey, VerificationAlgorithm};
use sigill::archive::anchors;
use sigill::format::budget::Budget;
use sigill::format::cms::SignedData;
use sigill::format::pdf::Document;
use sigill::format::x509::Certificate;
use sigill::verify::crypto;
use sigill::verify::evidence::Evidence;
use sigill::verify::policy::Policy;
use sigill::verify::report::Report;
use sigill::verify::trust::Trust;
use sigill::verify::verdict;

/// Time one measurement takes at least, in ticks of four milliseconds.
const ENOUGH: Duration = Duration::from_millis(24);
/// Largest corpus file measured in full; the others are counted.
const CORPUS_BYTES_MAX: u64 = 20 << 20;

struct Row {
    name: String,
    bytes: usize,
    signatures: usize,
    operations: usize,
    verify: Duration,
    hash: Duration,
    keys: Duration,
}

impl Row {
    fn floor(&self) -> Duration {
        self.hash + self.keys
    }

    fn ratio(&self) -> f64 {
        self.verify.as_secs_f64() / self.floor().as_secs_f64().max(1e-9)
    }

    fn print(&self) {
        println!(
            "{:52} {:>9} {:>4} {:>4} {:>9.3} {:>9.3} {:>9.3} {:>7.1}",
            self.name.chars().take(52).collect::<String>(),
            self.bytes,
            self.signatures,
            self.operations,
            milliseconds(self.verify),
            milliseconds(self.hash),
            milliseconds(self.keys),
            self.ratio(),
        );
    }
}

impl Row {
    fn values(&self) -> String {
        let times = [self.verify, self.hash, self.keys].map(|time| milliseconds(time).to_string()).join("\t");
        format!("{}\t{}\t{}\t{}\t{times}", self.name, self.bytes, self.signatures, self.operations)
    }
}

fn main() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (trust, _) = anchors::read_folder(&project.join("keys/trust/test")).expect("the test anchors are there");
    let at = "2026-11-01T00:00:00Z".parse().expect("a moment");
    // Cargo adds `--bench`.
    let folders: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if !folders.is_empty() {
        let paths: Vec<PathBuf> = folders.iter().flat_map(|folder| pdfs(Path::new(folder))).collect();
        measure_all(&paths, &trust, at).iter().for_each(|row| println!("{}", row.values()));
        return;
    }
    heading("fixtures/minutes");
    let rows = measure_all(&pdfs(&project.join("fixtures/minutes")), &trust, at);
    rows.iter().for_each(Row::print);
    summary(&rows);

    let corpus = project.join("../shared/corpus/dev/pdf");
    let files = pdfs(&corpus);
    if files.is_empty() {
        println!("\n{} is not there: only the fixtures were measured", corpus.display());
        return;
    }
    heading("../shared/corpus/dev/pdf: the slowest ten");
    let mut rows = measure_all(&files, &trust, at);
    rows.sort_by_key(|row| std::cmp::Reverse(row.verify));
    rows.iter().take(10).for_each(Row::print);
    summary(&rows);
}

fn heading(title: &str) {
    println!("\n{title}");
    println!(
        "{:52} {:>9} {:>4} {:>4} {:>9} {:>9} {:>9} {:>7}",
        "file", "bytes", "sig", "ops", "verify ms", "SHA-256", "keys", "ratio"
    );
}

fn summary(rows: &[Row]) {
    let mut times: Vec<Duration> = rows.iter().map(|row| row.verify).collect();
    times.sort_unstable();
    let at = |share: usize| {
        times.get((times.len() * share / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
    };
    let (verify, floor): (Duration, Duration) =
        (rows.iter().map(|row| row.verify).sum(), rows.iter().map(Row::floor).sum());
    println!(
        "{} files: median {:.3} ms, 95 % {:.3} ms, slowest {:.3} ms; all together {:.1} times the floor",
        rows.len(),
        milliseconds(at(50)),
        milliseconds(at(95)),
        milliseconds(at(100)),
        verify.as_secs_f64() / floor.as_secs_f64().max(1e-9),
    );
}

fn pdfs(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let small = |path: &PathBuf| fs::metadata(path).is_ok_and(|facts| facts.len() <= CORPUS_BYTES_MAX);
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "pdf")).filter(small).collect();
    paths.sort();
    paths
}

fn measure_all(paths: &[PathBuf], trust: &Trust, at: Timestamp) -> Vec<Row> {
    paths.iter().filter_map(|path| Some(measure(path, &fs::read(path).ok()?, trust, at))).collect()
}

fn measure(path: &Path, document: &[u8], trust: &Trust, at: Timestamp) -> Row {
    let policy = Policy::swedish_minutes();
    let verify = || verdict::verify(document, &Evidence::none(), trust, &policy, &Budget::STANDARD, at);
    let report = verify();
    let keys = keys_used(document, &report, trust);
    Row {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        bytes: document.len(),
        signatures: report.signatures.len(),
        operations: keys.len(),
        verify: average(|| drop(black_box(verify()))),
        hash: average(|| drop(black_box(crypto::sha256(&[black_box(document)]).to_vec()))),
        keys: average(|| keys.iter().for_each(Operation::run)),
    }
}

/// What one run takes, from as many as make the clock's ticks small beside them.
fn average(mut run: impl FnMut()) -> Duration {
    run();
    let mut runs = 1;
    loop {
        let start = clock();
        (0..runs).for_each(|_| run());
        let taken = clock().saturating_sub(start);
        // What takes no time at all, where there is no key, takes none a thousand times over.
        if taken >= ENOUGH || runs > 1 << 16 {
            return taken / runs;
        }
        runs *= 2;
    }
}

/// This thread's processor time, so that what else the machine does changes little; where the system does not tell it
/// (Linux does), the time that passes.
fn clock() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// One public-key operation. A wrong value costs as much as a right one: ring computes first and compares last.
struct Operation {
    algorithm: &'static dyn VerificationAlgorithm,
    key: Vec<u8>,
    value: Vec<u8>,
}

impl Operation {
    /// None for keys that ring does not compute with.
    fn with(key: &Certificate) -> Option<Self> {
        let bits = key.public_key.key.clone();
        Some(match bits.len() {
            65 => Self { algorithm: &ECDSA_P256_SHA256_ASN1, value: some_ecdsa_value(32), key: bits },
            97 => Self { algorithm: &ECDSA_P384_SHA384_ASN1, value: some_ecdsa_value(48), key: bits },
            // An RSAPublicKey is its modulus and about fourteen bytes around it.
            270.. => {
                Self { algorithm: &RSA_PKCS1_2048_8192_SHA256, value: vec![1; (bits.len() - 10) / 64 * 64], key: bits }
            }
            _ => return None,
        })
    }

    fn run(&self) {
        let key = UnparsedPublicKey::new(self.algorithm, &self.key);
        let _ = black_box(key.verify(black_box(b"the floor"), &self.value));
    }
}

/// An ECDSA-Sig-Value of two small-enough numbers of this many bytes.
fn some_ecdsa_value(bytes: u8) -> Vec<u8> {
    let number = [vec![2, bytes], vec![0x11; usize::from(bytes)]].concat();
    [vec![0x30, 2 * (bytes + 2)], number.clone(), number].concat()
}

/// The keys that any verification must compute with: each signature's, and each path certificate's issuer's.
fn keys_used(document: &[u8], report: &Report, trust: &Trust) -> Vec<Operation> {
    let read = Document::read(document, &Budget::STANDARD);
    let fields = read.as_ref().map(Document::signatures).unwrap_or_default();
    let contents =
        fields.iter().filter_map(|field| SignedData::read(field.contents.as_ref()?.value(), &Budget::STANDARD).ok());
    let mut known: Vec<Certificate> = contents.flat_map(|data| data.certificates).collect();
    known.extend(trust.anchors().iter().map(|anchor| anchor.certificate.clone()));
    let key =
        |sha256: &[u8; 32]| known.iter().find(|one| crypto::sha256(&[one.der()]) == *sha256).and_then(Operation::with);
    let paths = report.signatures.iter().map(|signature| &signature.certificates);
    // The signer's key for the signature, and each further certificate's for the one below it.
    paths.flatten().filter_map(|certificate| key(&certificate.sha256)).collect()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
