//! What others say of the same files: poppler's pdfsig and pyHanko, where they are installed, against our mathematics
//! (VALIDATION 3.6). Each difference stands in tests/peers/differences.toml with who is right; one that is gone fails.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

#[path = "support/setting.rs"]
mod setting;

use setting::GENUINE;
use setting::Setting;
use setting::fixture;
use setting::project;

/// Digest and signature value of one signature: each right, wrong, or not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Said {
    digest: Option<bool>,
    value: Option<bool>,
}

/// What was said about each signature of a file, by its ByteRange.
type Opinion = BTreeMap<Vec<i64>, Said>;

/// Files about which a peer and we differ, for one reason.
#[derive(Deserialize)]
struct Difference {
    peer: String,
    /// Without their endings.
    files: Vec<String>,
    /// Who is right and why.
    reason: String,
}

#[derive(Deserialize)]
struct Differences {
    difference: Vec<Difference>,
}

/// The fixtures, and the shared corpus where it is there.
fn files() -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for folder in [project("fixtures/minutes"), project("fixtures/hostile"), project("../shared/corpus/dev/pdf")] {
        match fs::read_dir(&folder) {
            Ok(entries) => paths.extend(entries.map(|entry| entry.expect("the folder can be read").path())),
            Err(_) => println!("NOT RUN: {} is not there", folder.display()),
        }
    }
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "pdf"));
    paths.sort();
    paths
}

/// Ours of what a field holds, and of what no field does, which nobody else lists. Files that open only after repair we
/// refuse.
fn ours(document: &[u8], setting: &Setting) -> Option<[Opinion; 2]> {
    let found = setting.verify(document);
    if found.verdict == "unreadable" {
        return None;
    }
    let state = |word: &str| match word {
        "match" | "valid" => Some(true),
        "mismatch" | "invalid" => Some(false),
        _ => None,
    };
    let said = |signature: sigill::archive::encoding::Signature| {
        let integrity = signature.integrity;
        (signature.byte_range, Said { digest: state(&integrity.digest), value: state(&integrity.signature) })
    };
    let placed = found.signatures.into_iter().filter(|one| !one.byte_range.is_empty());
    let (held, loose): (Vec<_>, Vec<_>) = placed.partition(|one| one.field.is_some());
    Some([held, loose].map(|signatures| signatures.into_iter().map(said).collect()))
}

/// pdfsig's words. Document timestamps it lists and does not judge.
fn pdfsig(path: &Path) -> Opinion {
    let run = Command::new("pdfsig").arg("-nocert").arg(path).output().expect("pdfsig starts");
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    let mut opinion = Opinion::new();
    for block in text.split("Signature #").skip(1) {
        let line = |name: &str| block.lines().find_map(|line| line.trim().strip_prefix(name));
        let Some(ranges) = line("- Signed Ranges: ") else { continue };
        let numbers: Vec<i64> =
            ranges.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect();
        // From ends back to lengths.
        let range = numbers.chunks(2).flat_map(|pair| [pair[0], pair[1] - pair[0]]).collect();
        let said = match line("- Signature Validation: ").unwrap_or_default() {
            "Signature is Valid." => Said { digest: Some(true), value: Some(true) },
            "Digest Mismatch." => Said { digest: Some(false), value: None },
            "Signature is Invalid." => Said { digest: None, value: Some(false) },
            _ => Said { digest: None, value: None },
        };
        opinion.insert(range, said);
    }
    opinion
}

/// What pyHanko answered about one file; no opinion where it refuses the file.
fn pyhanko(line: &str) -> Option<Opinion> {
    let answer: Value = serde_json::from_str(line).expect("a line of JSON");
    let signatures = answer["signatures"].as_array()?;
    let said = |signature: &Value| {
        let range = signature["byteRange"].as_array().expect("numbers").iter().filter_map(Value::as_i64).collect();
        (range, Said { digest: signature["intact"].as_bool(), value: signature["valid"].as_bool() })
    };
    Some(signatures.iter().map(said).collect())
}

/// How they differ, if they do. Where one of the two does not say, they do not differ.
fn difference([held, loose]: &[Opinion; 2], theirs: &Opinion) -> Option<String> {
    let contradicts = |left: Option<bool>, right: Option<bool>| left.is_some() && right.is_some() && left != right;
    for (range, their) in theirs {
        let Some(own) = held.get(range).or(loose.get(range)) else {
            return Some(format!("{range:?} is not listed by us"));
        };
        // A peer that says "valid" means both.
        if contradicts(own.digest, their.digest) || contradicts(own.value, their.value) {
            return Some(format!("{range:?}: we say {own:?}, they say {their:?}"));
        }
    }
    let unlisted = held.keys().find(|range| !theirs.contains_key(*range));
    unlisted.map(|range| format!("{range:?} is not listed by them"))
}

/// Compares and settles with the table: nothing unexplained, and nothing explained that is not there.
fn settle(peer: &str, opinions: impl Iterator<Item = (PathBuf, Option<Opinion>)>) {
    let text = fs::read_to_string(project("tests/peers/differences.toml")).expect("the table is there");
    let table: Differences = toml::from_str(&text).expect("the table can be read");
    assert!(table.difference.iter().all(|one| one.reason.len() > 20), "each difference has a reason");
    let setting = Setting::new();
    let (mut compared, mut refused, mut wrong) = (0, 0, Vec::new());
    for (path, theirs) in opinions {
        let (Some(ours), Some(theirs)) = (ours(&fs::read(&path).expect("the file can be read"), &setting), theirs)
        else {
            refused += 1;
            continue;
        };
        compared += 1;
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let expected = table.difference.iter().find(|one| one.peer == peer && one.files.contains(&name));
        match (difference(&ours, &theirs), expected) {
            (None, None) | (Some(_), Some(_)) => {}
            (Some(difference), None) => wrong.push(format!("{name}: {difference}")),
            (None, Some(_)) => wrong.push(format!("{name}: differs no more, and stands in the table")),
        }
    }
    println!("{peer}: {compared} files compared, {refused} refused by it or by us");
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_difference_is_seen() {
    let own = ours(&fixture(GENUINE), &Setting::new()).expect("a fixture reads");
    assert_eq!((own[0].len(), difference(&own, &own[0])), (3, None));
    let changed = |said: Said| own[0].keys().map(|range| (range.clone(), said)).collect::<Opinion>();
    assert_eq!(
        difference(&own, &changed(Said { digest: None, value: None })),
        None,
        "who says nothing differs in nothing"
    );
    assert!(difference(&own, &changed(Said { digest: Some(false), value: None })).is_some());
    assert!(difference(&own, &changed(Said { digest: None, value: Some(false) })).is_some());
    assert!(difference(&own, &Opinion::new()).is_some() && difference(&Default::default(), &own[0]).is_some());
}

#[test]
fn pdfsig_computes_the_same() {
    if Command::new("pdfsig").arg("-v").output().is_err() {
        println!("NOT RUN: pdfsig is not on this machine");
        return;
    }
    settle("pdfsig", files().into_iter().map(|path| (path.clone(), Some(pdfsig(&path)))));
}

/// With the Python that `TEST_PYTHON` names, or `python3`.
#[test]
fn pyhanko_computes_the_same() {
    let python = std::env::var("TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let files = files();
    let run = Command::new(&python).arg(project("tests/peers/pyhanko_says.py")).args(&files).output();
    let Ok(run) = run.as_ref().map_err(|_| ()).and_then(|run| if run.status.success() { Ok(run) } else { Err(()) })
    else {
        println!("NOT RUN: {python} has no pyHanko");
        return;
    };
    let text = String::from_utf8(run.stdout.clone()).expect("JSON is UTF-8");
    let opinions: Vec<Option<Opinion>> = text.lines().map(pyhanko).collect();
    assert_eq!(opinions.len(), files.len(), "one answer for each file");
    settle("pyHanko", files.into_iter().zip(opinions));
}
