//! How fast a folder of signed minutes is registered, beside verifying them alone, and how much memory that takes.
//! Usage: `cargo bench --bench ingest [-- FILES]` (5 000): minutes of eight pages with three signatures each, every one
//! different, through `sigill ingest`. A table, no pass and no fail.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

#[path = "../tests/support/minted.rs"]
#[expect(dead_code, reason = "its minutes are signed and nothing else")]
mod minted;
#[path = "../tests/support/pki.rs"]
mod pki;
#[path = "../tests/support/writer.rs"]
#[expect(dead_code, reason = "only its frame is needed")]
mod writer;

use std::collections::HashMap;
use std::collections::HashSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::process::Stdio;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use flate2::read::ZlibDecoder;
use sigill::archive::Archive;
use sigill::archive::Options;
use tempfile::tempdir_in;

use minted::Minutes;
use pki::Holder;
use pki::Profile;
use writer::Writer;
use writer::find;

/// Minutes of eight pages as they were before anyone signed them: their first revision.
const TEMPLATE: &str = "fixtures/minutes/styrelseprotokoll-genuine.pdf";
/// Its last page, what is drawn on it, and the first number that it does not use.
const PAGE: u32 = 44;
const DRAWN: u32 = 41;
const NEXT: u32 = 48;
/// The transaction ids it names, as they are drawn.
const IDS: [&str; 3] =
    ["41c226cf4468491abafd389e9b0451b4", "44721efd515f4a07ba48f00d7c344b85", "fa6350839ce24398a6386ab88bc07b50"];
/// Letters of an id that are changed, two bits of a number each.
const CHANGED: usize = 8;
/// How often the memory of the running command is asked for.
const LOOK: Duration = Duration::from_millis(20);

fn main() {
    // `cargo bench` hands on `--bench`; the first number is ours.
    let files: usize = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(5_000);
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    // In target, not in /tmp, which may be memory.
    let dir = tempdir_in(project.join("target")).unwrap();
    let town = Town::new();
    let threads = thread::available_parallelism().map_or(2, usize::from);
    let (few, many) = (dir.path().join("few"), dir.path().join("many"));
    fs::create_dir(&few).unwrap();
    fs::create_dir(&many).unwrap();
    let minting = Instant::now();
    on_all(threads, files, |number| {
        let minutes = town.minutes(number);
        fs::write(many.join(format!("protokoll-{number:05}.pdf")), &minutes).unwrap();
        if number < files / 5 {
            fs::write(few.join(format!("protokoll-{number:05}.pdf")), &minutes).unwrap();
        }
    });
    let bytes = town.minutes(0).len();
    println!("{files} signed minutes of {bytes} bytes, made in {:.1?}; {threads} processors", minting.elapsed());

    let house = town.archive(&dir.path().join("verifying"));
    let archive = Archive::open(&house, Options::default()).unwrap();
    let verdict = archive.verify(&town.minutes(0)).verdict;
    assert_eq!(verdict.name(), "valid", "what is measured is the whole verification");
    let (verifying, before) = (Instant::now(), processor(std::process::id()));
    on_all(threads, files, |number| {
        let document = fs::read(many.join(format!("protokoll-{number:05}.pdf"))).unwrap();
        assert_eq!(archive.verify(&document).verdict, verdict);
    });
    let alone = pace(files, verifying.elapsed());
    let work = processor(std::process::id()).saturating_sub(before);
    println!("{:>36} {alone:>8.0}/s   {:.2} ms of a processor each", "verified alone", each(work, files));

    let house = town.archive(&dir.path().join("small"));
    let (time, _, small) = ingest(&house, &few);
    let part = files / 5;
    println!("{:>36} {:>8.0}/s   {} MB at most", format!("{part} registered"), pace(part, time), small / 1024);
    let house = town.archive(&dir.path().join("large"));
    let (time, whole, large) = ingest(&house, &many);
    let registered = pace(files, time);
    println!("{:>36} {registered:>8.0}/s   {} MB at most", format!("{files} registered"), large / 1024);
    println!("{:>36} {:>8.2} : 1", "registered : verified alone", registered / alone);
    // What else the machine does changes the pace of both, and not this.
    println!(
        "{:>36} {:>8.2} : 1   {:.2} ms each",
        "the same by processor time",
        each(work, files) / each(whole, files),
        each(whole, files)
    );
    println!("{:>36} {:>8.2} : 1", "memory, five times as many", f64::from(large) / f64::from(small));
    let (time, _, _) = ingest(&house, &many);
    println!("{:>36} {:>8.0}/s", "the same again", pace(files, time));
    let archive = Archive::open(&house, Options::default()).unwrap();
    assert_eq!(archive.ledger().size(), u64::try_from(files).unwrap(), "each is registered once");
}

fn pace(files: usize, time: Duration) -> f64 {
    u32::try_from(files).map_or(0.0, f64::from) / time.as_secs_f64()
}

/// The processor time that a process has had, in hundredths of a second; zero where the system does not say.
fn processor(id: u32) -> u64 {
    let told = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // The name may hold anything; what follows its bracket is numbers: utime and stime are the twelfth and thirteenth.
    let numbers = told.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    numbers.filter_map(|number| number.parse::<u64>().ok()).sum()
}

/// Milliseconds of it for each file.
fn each(hundredths: u64, files: usize) -> f64 {
    let number = |number: u64| u32::try_from(number).map_or(0.0, f64::from);
    number(hundredths) * 10.0 / u32::try_from(files).map_or(1.0, f64::from)
}

/// Does `work` for each number below `count`, on so many threads.
fn on_all(threads: usize, count: usize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    work(number);
                }
            });
        }
    });
}

/// Runs `sigill ingest`. Gives the time it took, its processor time in hundredths of a second, and its largest memory in
/// kilobytes; zero where the system does not say.
fn ingest(house: &Path, folder: &Path) -> (Duration, u64, u32) {
    let started = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigill"));
    let report = house.with_extension("csv");
    command.arg("--data").arg(house).arg("ingest").arg("--report").arg(&report).arg(folder).stdout(Stdio::null());
    let mut running = command.spawn().unwrap();
    let status = format!("/proc/{}/status", running.id());
    let (mut most, mut work) = (0, 0);
    loop {
        let told = fs::read_to_string(&status).unwrap_or_default();
        let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        most = line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0).max(most);
        work = processor(running.id()).max(work);
        if let Some(ended) = running.try_wait().unwrap() {
            assert!(ended.success(), "every file is registered");
            return (started.elapsed(), work, most);
        }
        thread::sleep(LOOK);
    }
}

/// Whoever signs, and the minutes before they did.
struct Town {
    root: Holder,
    signers: Vec<Holder>,
    template: Writer,
    /// What is drawn on the last page, with its transaction ids in the clear.
    page: String,
}

impl Town {
    fn new() -> Self {
        let [is_ca, may_issue] = pki::authority();
        let root = Holder::root(&Profile::new("Root", 1, "2020-01-01", "2040-01-01").with(is_ca).with(may_issue));
        // noRevAvail (RFC 9608): nobody has to be asked whether a certificate was revoked.
        let never = || pki::extension(&[0x55, 0x1d, 0x38], false, &[5, 0]);
        let signer = |(name, serial)| {
            let profile = Profile::new(name, serial, "2024-01-01", "2035-01-01");
            root.issues(&profile.with(pki::signing()).with(never()))
        };
        let signers = [("Anna Andersson", 2), ("Bo Berg", 3), ("Cecilia Ceder", 4)].map(signer).into();
        let all = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(TEMPLATE)).unwrap();
        let end = find(&all, b"%%EOF").unwrap() + b"%%EOF\n".len();
        let bytes = all[..end].to_vec();
        let word = bytes.windows(10).rposition(|window| window == b"startxref\n").unwrap() + 10;
        let digits = bytes[word..].iter().map(|byte| char::from(*byte)).take_while(char::is_ascii_digit);
        let previous = digits.collect::<String>().parse().ok();
        let trailer = "/Root 1 0 R /Info 46 0 R /ID [<01> <02>]".to_owned();
        let page = drawn(&bytes);
        let template = Writer { bytes, entries: Vec::new(), previous, trailer };
        Self { root, signers, template, page }
    }

    /// An archive that believes the root.
    fn archive(&self, house: &Path) -> PathBuf {
        Archive::create(house, "bench.example/ledger", None, &Options::default()).unwrap();
        fs::write(house.join("trust/root.der"), &self.root.der).unwrap();
        house.to_owned()
    }

    /// Minutes like no others, with transaction ids of their own, signed by all.
    fn minutes(&self, number: usize) -> Vec<u8> {
        let mut file = self.template.clone();
        file.stream(DRAWN, "", with_ids_of(&self.page, number).as_bytes());
        file.object(46, &format!("<</Title (Protokoll nr {number})>>"));
        let minutes = Minutes::over(file, PAGE, NEXT);
        let signed = |minutes: Minutes, signer: &Holder| minutes.signed(|covered| signer.sign(covered, &[]));
        self.signers.iter().fold(minutes, signed).bytes().to_vec()
    }
}

/// What the last page's drawing says, inflated.
fn drawn(bytes: &[u8]) -> String {
    let object = find(bytes, format!("\n{DRAWN} 0 obj").as_bytes()).unwrap();
    let start = object + find(&bytes[object..], b"stream\n").unwrap() + b"stream\n".len();
    let mut text = String::new();
    ZlibDecoder::new(&bytes[start..]).read_to_string(&mut text).unwrap();
    text
}

/// The drawing with the first letters of each transaction id changed to those of a number. Letters are glyph numbers of four
/// hexadecimal digits; where an id stands, and which glyph is which letter, is told by the id's own pattern.
fn with_ids_of(page: &str, number: usize) -> String {
    IDS.iter().fold(page.to_owned(), |page, id| {
        let glyphs = |at: usize| page.as_bytes()[at..at + id.len() * 4].chunks(4);
        let fits = |at: &usize| {
            let mut known = HashMap::new();
            let hex = glyphs(*at).all(|glyph| glyph.iter().all(u8::is_ascii_hexdigit));
            hex && id.bytes().zip(glyphs(*at)).all(|(letter, glyph)| *known.entry(letter).or_insert(glyph) == glyph)
                && known.len() == known.values().collect::<HashSet<_>>().len()
        };
        let at = (0..page.len() - id.len() * 4).find(fits).expect("the id is drawn in one piece");
        let alphabet: HashMap<u8, &[u8]> = id.bytes().zip(glyphs(at)).collect();
        let letters = [b'3', b'4', b'5', b'8'].map(|letter| alphabet.get(&letter).copied().unwrap_or(&[]));
        let mut changed = page.clone().into_bytes();
        for place in 0..CHANGED {
            let letter = letters[number >> (2 * place) & 3];
            changed[at + place * 4..at + place * 4 + letter.len()].copy_from_slice(letter);
        }
        String::from_utf8(changed).expect("hexadecimal digits for others")
    })
}
