//! Tokens that `sigill svt` issues: another library accepts them, our own reader believes them, nobody's number is in them.
//! RFC 9321, RFC 7515; VALIDATION 14. The other library is PyJWT, installed once under target/.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its material fails")]

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::sync::OnceLock;

use serde_json::Value;
use sigill::archive::encoding::Svt;
use sigill::archive::signer;
use sigill::archive::signer::Signer;
use sigill::format::svt;
use sigill::format::svt::Token;
use sigill::verify::trust::Anchor;
use sigill::verify::trust::Grant;
use sigill::verify::trust::Purpose;
use sigill::verify::trust::Trust;
use tempfile::TempDir;

#[path = "support/setting.rs"]
mod setting;

use setting::GENUINE;
use setting::Setting;
use setting::project;

const MAKES_KEYS: &str = "
import sys, datetime
from cryptography import x509
from cryptography.x509.oid import NameOID
from cryptography.hazmat.primitives import hashes, serialization as s
from cryptography.hazmat.primitives.asymmetric import ec, rsa, ed25519
keys = {'es256': ec.generate_private_key(ec.SECP256R1()), 'es384': ec.generate_private_key(ec.SECP384R1()),
        'ps256': rsa.generate_private_key(65537, 2048), 'eddsa': ed25519.Ed25519PrivateKey.generate()}
name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, 'Kontrolltjänst')])
day = datetime.datetime(2026, 1, 1)
for stem, key in keys.items():
    of = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    of = of.serial_number(7).not_valid_before(day).not_valid_after(day.replace(year=2040))
    made = of.sign(key, None if stem == 'eddsa' else hashes.SHA256())
    pem = s.Encoding.PEM
    open(f'{sys.argv[1]}/{stem}.key', 'wb').write(key.private_bytes(pem, s.PrivateFormat.PKCS8, s.NoEncryption()))
    open(f'{sys.argv[1]}/{stem}.pem', 'wb').write(made.public_bytes(pem))
";

/// Prints the claims, if the signature is that of the certificate.
const READS: &str = "
import sys, json, jwt
from cryptography import x509
token, certificate = open(sys.argv[1]).read().strip(), x509.load_pem_x509_certificate(open(sys.argv[2], 'rb').read())
allowed = [sys.argv[3]]
print(json.dumps(jwt.decode(token, certificate.public_key(), algorithms=allowed, options={'require': ['iss', 'iat', 'jti']})))
";

/// A Python with PyJWT. Where it cannot be had that is said, and in CI it is a failure.
fn python() -> Option<PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOUND.get_or_init(installed).clone()
}

fn installed() -> Option<PathBuf> {
    let home = project("target/pyjwt");
    let python = home.join("bin/python");
    let has = |python: &Path| {
        let asked = Command::new(python).args(["-c", "import jwt, cryptography"]).output();
        asked.is_ok_and(|answer| answer.status.success())
    };
    if !has(&python) {
        let _ = Command::new("python3").args(["-m", "venv"]).arg(&home).output();
        let _ = Command::new(home.join("bin/pip")).args(["install", "--quiet", "pyjwt[crypto]==2.*"]).output();
    }
    if has(&python) {
        return Some(python);
    }
    assert!(std::env::var_os("CI").is_none(), "PyJWT could not be installed");
    println!("NOT RUN: PyJWT could not be installed");
    None
}

fn script(python: &Path, code: &str, arguments: &[&Path]) -> Output {
    Command::new(python).args(["-c", code]).args(arguments).output().unwrap()
}

fn made_keys(python: &Path) -> TempDir {
    let folder = TempDir::new().unwrap();
    let made = script(python, MAKES_KEYS, &[folder.path()]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    folder
}

/// `sigill svt` of a fixture, with the key of that name.
fn issued(keys: &Path, key: &str, file: &str, output: &Path) -> Output {
    let mut sigill = Command::new(env!("CARGO_BIN_EXE_sigill"));
    sigill.env("SIGILL_SVT_KEY", keys.join(format!("{key}.key")));
    sigill.env("SIGILL_SVT_CERTIFICATE", keys.join(format!("{key}.pem")));
    sigill.env("SIGILL_PUBLIC_URL", "https://arkiv.example.se");
    sigill.arg("svt").arg("--trust").arg(project("keys/trust/test")).arg("-o").arg(output);
    sigill.arg(project("fixtures/minutes").join(file)).output().unwrap()
}

/// What the program tells of the fixture's first signature with this token beside the file.
fn told(token: &[u8], trusted: bool, document: &[u8]) -> (String, Option<Svt>) {
    let issuer = Token::read(token).unwrap().header.certificates().remove(0);
    let mut setting = Setting::new();
    let anchor = Anchor { grants: vec![Grant::always(Purpose::ValidationToken)], ..Anchor::usual(issuer, "test") };
    let anchors = setting.trust.anchors().iter().cloned().chain(trusted.then_some(anchor));
    setting.trust = Trust::of(anchors.collect());
    setting.at = jiff::Timestamp::now();
    setting.evidence.add_token(token);
    let found = setting.verify(document).signatures.remove(0);
    (found.indication, found.svt)
}

#[test]
fn another_library_and_our_own_reader_accept_what_is_issued() {
    let Some(python) = python() else { return };
    let keys = made_keys(&python);
    let document = setting::fixture(GENUINE);
    for (key, name) in [("es256", "ES256"), ("es384", "ES384"), ("ps256", "PS256"), ("eddsa", "EdDSA")] {
        let path = keys.path().join(format!("{key}.jwt"));
        let run = issued(keys.path(), key, GENUINE, &path);
        assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
        let certificate = keys.path().join(format!("{key}.pem"));
        let read = script(&python, READS, &[&path, &certificate, Path::new(name)]);
        assert!(read.status.success(), "{name}: {}", String::from_utf8_lossy(&read.stderr));
        let claims: Value = serde_json::from_slice(&read.stdout).unwrap();
        assert_eq!(claims["iss"], "https://arkiv.example.se");
        let found = &claims["sig_val_claims"];
        assert_eq!((&found["ver"], &found["profile"]), (&"1.0".into(), &"PDF".into()));
        let signatures = found["sig"].as_array().unwrap();
        assert_eq!(signatures.len(), 3);
        assert!(signatures.iter().all(|one| one["sig_val"][0]["res"] == "PASSED"));
        assert!(signatures.iter().all(|one| one["signer_cert_ref"]["type"] == "chain_hash"));

        let token = fs::read(&path).unwrap();
        let (indication, statement) = told(&token, true, &document);
        let statement = statement.unwrap();
        assert!(statement.believed, "{name}: {:?}", statement.doubts);
        assert_eq!((indication.as_str(), statement.issuer.as_str()), ("TOTAL-PASSED", "https://arkiv.example.se"));
        let (_, statement) = told(&token, false, &document);
        assert_eq!(statement.unwrap().doubts[0].code, "SVT-1", "a token is believed only of whom we trust for it");
        let spoilt = {
            let mut token = token.clone();
            let at = token.len() / 2;
            token[at] ^= 1;
            token
        };
        if Token::read(&spoilt).is_ok() {
            assert!(told(&spoilt, true, &document).1.is_none_or(|statement| !statement.believed));
        }
        fs::write(&path, &spoilt).unwrap();
        assert!(!script(&python, READS, &[&path, &certificate, Path::new(name)]).status.success(), "{name} spoilt");
    }
}

#[test]
fn only_what_passed_is_attested_and_nothing_personal_stands_in_it() {
    let Some(python) = python() else { return };
    let keys = made_keys(&python);
    for (file, expected) in [
        ("styrelseprotokoll-gap-smuggled.pdf", &["PASSED", "PASSED", "FAILED"][..]),
        ("styrelseprotokoll-revoked.pdf", &["PASSED", "INDETERMINATE", "PASSED"][..]),
    ] {
        let path = keys.path().join(file);
        assert_eq!(issued(keys.path(), "es256", file, &path).status.code(), Some(0), "{file}");
        let token = Token::read(&fs::read(&path).unwrap()).unwrap();
        let outcome = |finding: &svt::Finding| match finding.answers[0].result {
            svt::Outcome::Passed => "PASSED",
            svt::Outcome::Failed => "FAILED",
            svt::Outcome::Indeterminate => "INDETERMINATE",
        };
        assert_eq!(token.claims.found.signatures.iter().map(outcome).collect::<Vec<_>>(), expected, "{file}");
        let said = format!("{:?}", token.claims);
        assert!(["189001", "Svanholm", "Lövgren"].iter().all(|personal| !said.contains(personal)), "{said}");
    }
    for file in ["styrelseprotokoll-unknown-issuer.pdf", "styrelseprotokoll-flattened.pdf"] {
        let path = keys.path().join(file);
        let run = issued(keys.path(), "es256", file, &path);
        assert_eq!((run.status.code(), path.exists()), (Some(1), false), "{file}: nothing to attest");
    }
    let wrong = (fs::read(keys.path().join("es256.key")).unwrap(), fs::read(keys.path().join("es384.pem")).unwrap());
    assert_eq!(Signer::read(&wrong.0, &wrong.1).unwrap_err(), signer::Error::Pair);
    assert_eq!(Signer::read(b"no key", &wrong.1).unwrap_err(), signer::Error::Key);
}
