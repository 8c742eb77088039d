//! How long a revocation list of a million entries takes, and how much memory, beside one SHA-256 pass over it.
//! `cargo bench --bench crl`; a table, no pass and no fail (CL-1, LIM-7).

use std::fs;
use std::hint::black_box;
use std::time::Duration;
use std::time::Instant;

use sigill::format::crl::Crl;
use sigill::format::der;
use sigill::format::x509::Serial;
use sigill::verify::crypto;

const ENTRIES: u32 = 1_000_000;
const REASON_CODE: &[u8] = &[0x55, 0x1d, 0x15];

fn main() {
    println!(
        "{:>9} {:>9} {:>9} {:>9} {:>9} {:>7} {:>9}",
        "entries", "bytes", "sha256", "read", "find", "ratio", "kB more"
    );
    measure(&list(false));
    measure(&list(true));
}

fn measure(bytes: &[u8]) {
    let hash = best(|| crypto::sha256(&[black_box(bytes)]));
    let read = best(|| Crl::read(black_box(bytes)));
    let before = resident();
    let list = Crl::read(bytes).expect("a list made here");
    let more = resident().saturating_sub(before);
    let last = Serial::new(&serial(ENTRIES - 1));
    let find = best(|| list.find(&list.issuer, black_box(&last)));
    assert!(list.find(&list.issuer, &last).is_ok_and(|found| found.is_some()), "the last entry is found");
    println!(
        "{:>9} {:>9} {:>9.1} {:>9.1} {:>9.1} {:>7.2} {:>9}",
        list.entry_count,
        bytes.len(),
        milliseconds(hash),
        milliseconds(read),
        milliseconds(find),
        (read + find).as_secs_f64() / hash.as_secs_f64(),
        more
    );
}

/// The shortest of three runs: what it takes when nothing else happens.
fn best<T>(run: impl Fn() -> T) -> Duration {
    let once = || {
        let start = Instant::now();
        drop(black_box(vec![run()]));
        start.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap_or_default()
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The memory this process has, in kilobytes; zero where the system does not say.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    der::encode(der::SEQUENCE, parts)
}

/// Sixteen octets, as most certificates have.
fn serial(number: u32) -> Vec<u8> {
    [&[0x5a; 12][..], &number.to_be_bytes()].concat()
}

/// A list as large issuers have it: each entry with its reason, or none.
fn list(reasons: bool) -> Vec<u8> {
    let algorithm = sequence(&[&der::encode(der::OBJECT_IDENTIFIER, &[&[0x2b, 0x65, 0x70]])]);
    let common_name = der::encode(der::OBJECT_IDENTIFIER, &[&[0x55, 4, 3]]);
    let attribute = sequence(&[&common_name, &der::encode(der::UTF8_STRING, &[b"CA"])]);
    let issuer = sequence(&[&der::encode(der::SET, &[&attribute])]);
    let time = der::encode(der::UTC_TIME, &[b"240201000000Z"]);
    let oid = der::encode(der::OBJECT_IDENTIFIER, &[REASON_CODE]);
    let reason = sequence(&[&oid, &der::encode(der::OCTET_STRING, &[&[der::ENUMERATED, 1, 4]])]);
    let extensions = if reasons { sequence(&[&reason]) } else { Vec::new() };
    let entry = |number| sequence(&[&der::encode(der::INTEGER, &[&serial(number)]), &time, &extensions]);
    let entries = sequence(&[&(0..ENTRIES).flat_map(entry).collect::<Vec<u8>>()]);
    let tbs = sequence(&[&[der::INTEGER, 1, 1], &algorithm, &issuer, &time, &entries]);
    sequence(&[&tbs, &algorithm, &[der::BIT_STRING, 2, 0, 7]])
}
