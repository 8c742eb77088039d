//! Input that means harm: a clear answer to each, in time and in bounded memory, and nothing lost.
//! HOUSE, invariants 2 and 3; VALIDATION 17. What came out is measured at the process, from outside.

#![expect(clippy::unwrap_used, reason = "what a test builds itself is there")]

mod by_hand;
#[path = "support/objects.rs"]
mod objects;

use std::ffi::OsStr;
use std::fs;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use by_hand::{Said, call, said, sigill};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use objects::{page, pdf, stream};
use tempfile::TempDir;

const MEMORY_MAX_KIB: u64 = 300 << 10;
const TIME_MAX: Duration = Duration::from_secs(10);
/// What hangs uses no processor time, and must not hold up the tests either. Generous: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(300);

struct Measured {
    said: Said,
    peak_kib: u64,
    took: Duration,
    /// Whether it was ended because it did not end.
    hung: bool,
}

/// Calls and watches: processor time and the largest resident set that /proc showed (Linux; elsewhere the time that
/// passed, and memory is not measured).
fn measured(directory: &Path, arguments: &[&OsStr]) -> Measured {
    let mut command = sigill(directory);
    command.args(arguments);
    watched(command, PATIENCE)
}

fn watched(mut command: Command, patience: Duration) -> Measured {
    let start = Instant::now();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let [status, stat] = ["status", "stat"].map(|file| format!("/proc/{}/{file}", child.id()));
    let collect = |mut stream: Box<dyn Read + Send>| {
        thread::spawn(move || {
            let mut text = String::new();
            stream.read_to_string(&mut text).map(|_| text)
        })
    };
    let stdout = collect(Box::new(child.stdout.take().unwrap()));
    let stderr = collect(Box::new(child.stderr.take().unwrap()));
    let (mut peak_kib, mut took, mut hung) = (0, None, false);
    let ended = loop {
        let facts = fs::read_to_string(&status).unwrap_or_default();
        let line = facts.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let seen = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak_kib = peak_kib.max(seen.unwrap_or(0));
        took = processor_time(&fs::read_to_string(&stat).unwrap_or_default()).or(took);
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        if !hung && start.elapsed() > patience {
            child.kill().unwrap();
            hung = true;
        }
        thread::sleep(Duration::from_millis(2));
    };
    let said =
        Said { status: ended.code(), stdout: stdout.join().unwrap().unwrap(), stderr: stderr.join().unwrap().unwrap() };
    Measured { said, peak_kib, took: took.unwrap_or_else(|| start.elapsed()), hung }
}

/// User and system time of a line of /proc/PID/stat: the fields 14 and 15, in ticks of ten milliseconds.
fn processor_time(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks: Vec<u64> = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    Some(Duration::from_millis(ticks.iter().sum::<u64>() * 10)).filter(|_| ticks.len() == 2)
}

fn genuine() -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/minutes/styrelseprotokoll-b-lta.pdf")).unwrap()
}

fn deflated(pieces: usize, piece: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    (0..pieces).for_each(|_| encoder.write_all(piece).unwrap());
    encoder.finish().unwrap()
}

/// Half a gigabyte of spaces in half a megabyte: more than memory may hold, made once.
fn bomb() -> &'static [u8] {
    static BOMB: OnceLock<Vec<u8>> = OnceLock::new();
    BOMB.get_or_init(|| deflated(512, &vec![b' '; 1 << 20]))
}

/// The genuine file with every ByteRange replaced, at the same length.
fn with_ranges(range: &str) -> Vec<u8> {
    let mut bytes = genuine();
    let mut from = 0;
    while let Some(at) = bytes[from..].windows(10).position(|window| window == b"/ByteRange") {
        let open = from + at + bytes[from + at..].iter().position(|byte| *byte == b'[').unwrap();
        let close = open + bytes[open..].iter().position(|byte| *byte == b']').unwrap();
        assert!(range.len() < close - open, "the other offsets must stay right");
        let padded = format!("{range:width$}", width = close - open - 1);
        bytes.splice(open + 1..close, padded.bytes());
        from = open;
    }
    bytes
}

/// Many entries lead to a string that never ends.
fn read_in_vain() -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let at = bytes.len();
    bytes.extend(b"1 0 obj (");
    bytes.resize(4 << 20, b'a');
    let xref = bytes.len();
    bytes.extend(b"\nxref\n0 50000\n");
    (0..50_000).for_each(|_| bytes.extend(format!("{at:010} 00000 n \n").bytes()));
    bytes.extend(format!("trailer\n<< /Size 50000 /Root 1 0 R >>\nstartxref\n{}\n%%EOF\n", xref + 1).bytes());
    bytes
}

/// A thousand sections that nothing closes, in front of much that is nothing.
fn sections_without_end() -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    let mut before = String::new();
    for section in 0..900 {
        let at = bytes.len();
        bytes.extend(format!("xref\n0 0\ntrailer\n<< /Root 1 0 R /Size 5 {before} >>\n").bytes());
        if section == 899 {
            bytes.extend(b"%startxref ".repeat(4 << 20));
            bytes.extend(format!("\nstartxref\n{at}\n%%EOF\n").bytes());
        }
        before = format!("/Prev {at}");
    }
    bytes
}

/// A cross-reference stream of a hundred thousand objects, each in an object stream of its own.
fn containers() -> Vec<u8> {
    let streams: u32 = 100_000;
    let mut rows = Vec::new();
    for number in 0..streams {
        rows.extend([&[1], number.to_be_bytes().as_slice()].concat());
    }
    for number in 0..streams {
        rows.extend([&[2], number.to_be_bytes().as_slice()].concat());
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&rows).unwrap();
    let keys = format!("/Type /XRef /Size {} /W [1 4 0] /Root 1 0 R /Filter /FlateDecode", streams * 2);
    let section = stream(&keys, &encoder.finish().unwrap());
    [b"%PDF-1.7\n9 0 obj\n".as_slice(), &section, b"\nendobj\nstartxref\n9\n%%EOF\n"].concat()
}

/// Each hostile file: its name, its bytes, and the verdicts that are right.
fn hostile() -> Vec<(&'static str, Vec<u8>, &'static [&'static str])> {
    const UNREADABLE: &[&str] = &["unreadable"];
    const HARMLESS: &[&str] = &["unreadable", "unsigned"];
    const BROKEN: &[&str] = &["unreadable", "unsigned", "altered", "invalid", "indeterminate"];
    let root = "/Root 1 0 R";
    let nested =
        |open: &str, close: &str, depth: usize| format!("{}{}", open.repeat(depth), close.repeat(depth)).into_bytes();
    let nest = |inner: Vec<u8>| pdf(&page([b"<< /Deep ".as_slice(), &inner, b" >>"].concat()), root);
    let genuine = genuine();
    let bomb_once = stream("/Filter /FlateDecode", bomb());
    let bomb_twice = stream("/Filter [/FlateDecode /FlateDecode]", &deflated(1, bomb()));
    let object_stream = stream("/Type /ObjStm /N 100000 /First 10 /Filter /FlateDecode", bomb());
    vec![
        ("empty.pdf", Vec::new(), UNREADABLE),
        ("one-byte.pdf", vec![0], UNREADABLE),
        ("half.pdf", genuine[..genuine.len() / 2].to_vec(), BROKEN),
        ("no-end.pdf", genuine[..genuine.len() - 600].to_vec(), BROKEN),
        ("xref-loop.pdf", pdf(&page(stream("", b"")), "/Root 1 0 R /Prev XREF"), HARMLESS),
        (
            "page-loop.pdf",
            pdf(
                &[
                    b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
                    b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9 >>".to_vec(),
                ],
                root,
            ),
            HARMLESS,
        ),
        ("reference-loop.pdf", pdf(&[b"2 0 R".to_vec(), b"1 0 R".to_vec()], root), HARMLESS),
        ("bomb.pdf", pdf(&page(bomb_once), root), HARMLESS),
        ("bomb-in-bomb.pdf", pdf(&page(bomb_twice), root), HARMLESS),
        ("bomb-of-objects.pdf", pdf(&page(object_stream), root), HARMLESS),
        ("deep-arrays.pdf", nest(nested("[", "]", 200_000)), HARMLESS),
        ("deep-dictionaries.pdf", nest(nested("<</A", ">>", 200_000)), HARMLESS),
        ("only-opens.pdf", [b"%PDF-1.7\n".to_vec(), b"[".repeat(5 << 20)].concat(), HARMLESS),
        ("only-objects.pdf", [b"%PDF-1.7\n".to_vec(), b"1 0 obj ".repeat(1 << 20)].concat(), HARMLESS),
        ("only-xrefs.pdf", [b"%PDF-1.7\n".to_vec(), b"startxref\n9\n%%EOF\n".repeat(1 << 18)].concat(), HARMLESS),
        ("read-in-vain.pdf", read_in_vain(), UNREADABLE),
        ("sections-without-end.pdf", sections_without_end(), HARMLESS),
        ("containers.pdf", containers(), HARMLESS),
        ("range-negative.pdf", with_ranges("0 -1 2 3"), BROKEN),
        ("range-overlapping.pdf", with_ranges("0 90000 100 90000"), BROKEN),
        ("range-huge.pdf", with_ranges("0 4294967297 1 9"), BROKEN),
        ("range-short.pdf", with_ranges("0 100"), BROKEN),
        ("range-nothing.pdf", with_ranges("0 0 0 0"), BROKEN),
        ("range-not-numbers.pdf", with_ranges("0 (a) /b [1]"), BROKEN),
        ("noise.pdf", (0..1_000_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect(), UNREADABLE),
    ]
}

fn archive() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(call(directory.path(), &["init", "--data", "house", "--origin", "hostile.example/log"]).status, Some(0));
    directory
}

fn within_bounds(name: &str, measured: &Measured) {
    assert!(!measured.hung, "{name}: no end after {PATIENCE:?}");
    assert!(measured.took < TIME_MAX, "{name}: {:?}", measured.took);
    assert!(measured.peak_kib < MEMORY_MAX_KIB, "{name}: {} KiB", measured.peak_kib);
    assert!(matches!(measured.said.status, Some(0..=2)), "{name}: {:?} {}", measured.said.status, measured.said.stderr);
}

#[test]
fn what_hangs_without_working_is_noticed() {
    let mut command = Command::new("sleep");
    command.arg("600");
    let asleep = watched(command, Duration::from_millis(200));
    assert!(asleep.hung && asleep.took < TIME_MAX, "{:?} of processor time", asleep.took);
}

#[test]
fn every_hostile_file_gets_an_answer_in_time_and_memory() {
    let directory = tempfile::tempdir().unwrap();
    let trust = Path::new(env!("CARGO_MANIFEST_DIR")).join("keys/trust/test");
    for (name, bytes, verdicts) in hostile() {
        fs::write(directory.path().join(name), bytes).unwrap();
        let arguments = ["verify", "--json", "--trust", trust.to_str().unwrap(), name].map(OsStr::new);
        let measured = measured(directory.path(), &arguments);
        within_bounds(name, &measured);
        let lines = measured.said.json();
        let verdict = lines.first().and_then(|line| line["verdict"].as_str()).unwrap_or_default();
        assert!(verdicts.contains(&verdict), "{name}: {verdict}, {}", measured.said.stderr);
        println!("{name:24} {verdict:14} {:>6} ms {:>7} KiB", measured.took.as_millis(), measured.peak_kib);
    }
}

#[test]
fn hostile_files_are_registered_as_what_they_are_and_lose_nothing() {
    let directory = archive();
    let inbox = directory.path().join("inbox");
    fs::create_dir(&inbox).unwrap();
    let files = hostile();
    files.iter().for_each(|(name, bytes, _)| fs::write(inbox.join(name), bytes).unwrap());
    fs::write(inbox.join("z-genuine.pdf"), genuine()).unwrap();
    let measured = measured(directory.path(), &["--data", "house", "--json", "ingest", "inbox"].map(OsStr::new));
    assert!(!measured.hung, "no end after {PATIENCE:?}");
    let lines = measured.said.json();
    assert_eq!((lines.len(), measured.said.status), (files.len() + 1, Some(1)), "{}", measured.said.stderr);
    let failed: Vec<&str> =
        lines.iter().filter(|line| line["outcome"] == "failed").filter_map(|line| line["file"].as_str()).collect();
    assert_eq!(failed, ["inbox/empty.pdf"], "everything that has bytes is kept");
    assert_eq!(call(directory.path(), &["--data", "house", "check"]).status, Some(0));
    assert_eq!(call(directory.path(), &["--data", "house", "find", "inbox/z-genuine.pdf"]).status, Some(0));
    println!("batch of {}: {:?}, {} KiB", files.len() + 1, measured.took, measured.peak_kib);
}

#[test]
fn a_file_that_is_too_large_is_refused_before_it_is_in_memory() {
    let directory = archive();
    File::create(directory.path().join("sparse.pdf")).unwrap().set_len(1 << 30).unwrap();
    for command in [["verify"].as_slice(), &["--data", "house", "ingest"], &["--data", "house", "find"]] {
        let arguments: Vec<&OsStr> = command.iter().chain(&["sparse.pdf"]).map(OsStr::new).collect();
        let measured = measured(directory.path(), &arguments);
        within_bounds("sparse.pdf", &measured);
        assert_ne!(measured.said.status, Some(0));
        let told = format!("{}{}", measured.said.stdout, measured.said.stderr);
        assert!(told.contains("sparse.pdf: Filen är för stor (1074 MB)"), "{command:?}: {told}");
        assert!(measured.peak_kib < 100 << 10, "{} KiB", measured.peak_kib);
    }
    // A stream does not say how long it is.
    let command = format!("head -c 400000000 /dev/zero | {} verify -", env!("CARGO_BIN_EXE_sigill"));
    let piped = Command::new("sh").args(["-c", &command]).output().unwrap();
    assert!(String::from_utf8_lossy(&piped.stderr).contains("för stor"), "{piped:?}");
}

#[test]
fn names_folders_and_things_that_are_no_files() {
    let directory = archive();
    let inbox = directory.path().join("inbox");
    fs::create_dir_all(inbox.join("folder.pdf")).unwrap();
    let odd = PathBuf::from(OsStr::from_bytes(b"inbox/prot\xe5koll \x1b[31m.pdf"));
    fs::write(directory.path().join(&odd), genuine()).unwrap();
    std::os::unix::fs::symlink(&inbox, inbox.join("loop")).unwrap();
    std::os::unix::fs::symlink("nowhere", inbox.join("dangling.pdf")).unwrap();
    assert!(Command::new("mkfifo").arg(inbox.join("pipe.pdf")).status().unwrap().success());

    let verified = measured(directory.path(), &[OsStr::new("verify"), OsStr::new("--json"), odd.as_os_str()]);
    within_bounds("a name that is no UTF-8", &verified);
    assert_eq!(verified.said.json()[0]["verdict"], "indeterminate");
    let shown = measured(directory.path(), &[OsStr::new("verify"), odd.as_os_str()]);
    assert!(!shown.said.stdout.contains('\x1b'), "a name does not drive the terminal: {}", shown.said.stdout);

    let ingested = measured(directory.path(), &["--data", "house", "--json", "ingest", "inbox"].map(OsStr::new));
    within_bounds("odd things in a folder", &ingested);
    let mut outcomes: Vec<(String, String)> = Vec::new();
    for line in ingested.said.json() {
        outcomes.push((line["file"].as_str().unwrap().to_owned(), line["outcome"].as_str().unwrap().to_owned()));
    }
    outcomes.sort();
    let ends: Vec<(&str, &str)> =
        outcomes.iter().map(|(file, outcome)| (&file[file.len() - 8..], outcome.as_str())).collect();
    assert_eq!(ends, [("ling.pdf", "failed"), ("pipe.pdf", "failed"), ("[31m.pdf", "new")], "{outcomes:?}");
    let found =
        measured(directory.path(), &[OsStr::new("--data"), OsStr::new("house"), OsStr::new("find"), odd.as_os_str()]);
    assert_eq!(found.said.status, Some(0), "{}", found.said.stderr);
}

#[test]
fn a_folder_that_may_not_be_read_is_told_and_the_rest_goes_on() {
    let directory = archive();
    let closed = directory.path().join("inbox/closed");
    fs::create_dir_all(&closed).unwrap();
    fs::write(closed.join("inside.pdf"), "inside").unwrap();
    fs::write(directory.path().join("inbox/open.pdf"), genuine()).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let mut command = sigill(directory.path());
    if fs::read_dir(&closed).is_ok() {
        // Permissions do not bind root, so somebody else must try.
        let Some(other) = as_nobody(directory.path()) else {
            println!("NOT TESTED: this user may read every folder, and there is no `setpriv` to become another");
            return;
        };
        command = other;
    }
    let said = said(command.args(["--data", "house", "--json", "ingest", "inbox"]).output().unwrap());
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    let lines = said.json();
    assert_eq!((said.status, lines.len()), (Some(1), 2), "{}{}", said.stdout, said.stderr);
    assert!(
        said.stdout.contains("\"new\"") && said.stdout.contains("Du har inte rätt att läsa den"),
        "{}",
        said.stdout
    );
}

/// `sigill` as the user nobody, to whom the directory is given.
fn as_nobody(directory: &Path) -> Option<Command> {
    let given = Command::new("chown").args(["-R", "65534:65534"]).arg(directory).status().ok()?;
    let program = sigill(directory).get_program().to_owned();
    let become_nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let mut command = Command::new("setpriv");
    command.args(become_nobody).arg(&program).current_dir(directory);
    let works = Command::new("setpriv")
        .args(become_nobody)
        .arg(&program)
        .arg("--version")
        .output()
        .is_ok_and(|said| said.status.success());
    (given.success() && works).then_some(command)
}
