//! Documents as files and as objects: one contract; and a server that answers with errors, before and after the deed.

use std::io::Read;
use std::io::Write;
use std::net::Shutdown;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;

use sigill::store::blob::Blobs;
use sigill::store::blob::Error;
use sigill::store::blob::FileBlobs;
use sigill::store::blob::Put;
use sigill::store::object::Bucket;
use sigill::store::object::Settings;
use tempfile::tempdir;

use crate::servers;

fn settings(endpoint: &str) -> Settings {
    Settings {
        bucket: "sigill".to_owned(),
        prefix: servers::schema(),
        endpoint: Some(endpoint.to_owned()),
        region: None,
        key_id: "test".to_owned(),
        secret: "hemligt".to_owned(),
    }
}

fn keeps_the_contract(blobs: &dyn Blobs) {
    assert_eq!(blobs.list().unwrap(), [""; 0]);
    assert_eq!(blobs.put("00ff", b"one").unwrap(), Put::New);
    assert_eq!(blobs.put("00ff", b"one").unwrap(), Put::Existing);
    assert_eq!(blobs.put("0a0b", b"").unwrap(), Put::New);
    assert!(matches!(blobs.put("00ff", b"two"), Err(Error::Differs { .. })));
    assert_eq!(blobs.get("00ff").unwrap().as_deref(), Some(b"one".as_slice()), "nothing is overwritten");
    assert_eq!(blobs.get("0a0b").unwrap().as_deref(), Some(b"".as_slice()), "an empty document is one");
    assert_eq!(blobs.get("0000").unwrap(), None);
    assert_eq!((blobs.exists("00ff").unwrap(), blobs.exists("0000").unwrap()), (true, false));
    assert_eq!(blobs.list().unwrap(), ["00ff", "0a0b"]);
    let large: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_be_bytes).collect();
    assert_eq!(blobs.put("abcd", &large).unwrap(), Put::New);
    assert!(blobs.get("abcd").unwrap().unwrap() == large);
    assert_eq!((blobs.remove("abcd").unwrap(), blobs.remove("abcd").unwrap()), (true, false));
    assert_eq!(blobs.get("abcd").unwrap(), None, "what is destroyed is gone");
    for name in ["..", "00FF", "0/0", "", "abc", "../../etc"] {
        assert!(matches!(blobs.put(name, b""), Err(Error::Name)), "{name:?}");
    }
}

#[test]
fn files_keep_the_contract() {
    let directory = tempdir().unwrap();
    let blobs = FileBlobs::create(&directory.path().join("b")).unwrap();
    keeps_the_contract(&blobs);
    // Of objects this is the server's promise, which moto does not keep: it looks and writes in two steps. Ours need it
    // for nothing: documents are named by their bytes, records and salts at random.
    let blobs = &blobs;
    let wins = std::thread::scope(|scope| {
        let race = |writer: u8| scope.spawn(move || blobs.put("beef", &[writer]).is_ok_and(|put| put == Put::New));
        let writers: Vec<_> = (0..8).map(race).collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).filter(|won| *won).count()
    });
    assert_eq!(wins, 1, "of writers of one name one wins");
}

#[test]
fn objects_keep_the_contract_and_kinds_do_not_mix() {
    let Some(endpoint) = servers::address("TEST_S3") else { return };
    let bucket = Bucket::connect(&settings(&endpoint)).unwrap();
    keeps_the_contract(&bucket.blobs("documents"));
    assert_eq!(bucket.blobs("salts").list().unwrap(), [""; 0]);
}

#[test]
fn what_a_server_answers_wrongly_loses_and_doubles_nothing() {
    let Some(endpoint) = servers::address("TEST_S3") else { return };
    let troubled = troubled(endpoint.trim_start_matches("http://"));
    let blobs = Bucket::connect(&settings(&troubled)).unwrap().blobs("documents");
    for number in 0..24_u8 {
        let name = format!("00{number:02x}");
        // After an answer that was lost on the way, our own object is found there, and is ours by its bytes.
        assert!(blobs.put(&name, &[number]).is_ok(), "{name}");
        assert_eq!(blobs.get(&name).unwrap(), Some(vec![number]));
    }
    assert_eq!(blobs.list().unwrap().len(), 24);
}

#[test]
fn a_server_that_is_not_there_is_said_to_be_so_without_the_secret() {
    let settings = Settings { region: Some("x".to_owned()), ..settings("http://127.0.0.1:1") };
    let error = Bucket::connect(&settings).unwrap().blobs("documents").put("0000", b"x").unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
    assert!(!format!("{error:?}{error}{settings:?}").contains("hemligt"));
}

#[test]
fn a_key_that_may_not_and_a_bucket_that_is_not_there_are_refused_in_words() {
    let nobody = answering(|_| Some("403 Forbidden"));
    let bucket = Bucket::connect(&settings(&nobody)).unwrap();
    let blobs = bucket.blobs("documents");
    let errors = [
        bucket.reach().unwrap_err(),
        blobs.put("0000", b"x").unwrap_err(),
        blobs.get("0000").unwrap_err(),
        blobs.exists("0000").unwrap_err(),
        blobs.list().unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, Error::Refused(_)), "{error}");
        assert!(!error.to_string().contains("hemligt"), "{error}");
    }
    let Some(endpoint) = servers::address("TEST_S3") else { return };
    let elsewhere = Settings { bucket: "finns-inte".to_owned(), ..settings(&endpoint) };
    let error = Bucket::connect(&elsewhere).unwrap().reach().unwrap_err();
    assert!(matches!(error, Error::Refused(_)), "or it would answer for every document that it has none: {error}");
}

#[test]
fn a_precondition_that_fails_over_nothing_is_no_success() {
    let confused =
        answering(|first| Some(if first.starts_with("PUT") { "412 Precondition Failed" } else { "404 Not Found" }));
    let blobs = Bucket::connect(&settings(&confused)).unwrap().blobs("documents");
    let error = blobs.put("0000", b"x").unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "nothing is there, so nothing is acknowledged: {error}");
}

#[test]
fn a_server_that_answers_late_is_waited_for() {
    let Some(endpoint) = servers::address("TEST_S3") else { return };
    let to = endpoint.trim_start_matches("http://").to_owned();
    let slow = standing_before(move |client, _| {
        std::thread::sleep(std::time::Duration::from_secs(2));
        one_request(client, &to, 0)
    });
    let blobs = Bucket::connect(&settings(&slow)).unwrap().blobs("documents");
    assert_eq!(blobs.put("0000", b"x").unwrap(), Put::New);
    assert_eq!(blobs.get("0000").unwrap().as_deref(), Some(b"x".as_slice()));
}

/// A server that reads a request and says no more than a status, by the request's first line.
fn answering(status: fn(&str) -> Option<&'static str>) -> String {
    standing_before(move |mut client, _| {
        let (first, _, _) = request(&mut client)?;
        let status = status(&first).unwrap_or("200 OK");
        client.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes())
    })
}

/// A server before the server: of every seven requests it answers one 500 without handing it on, one 503 after it was
/// carried out, and cuts one off.
pub(crate) fn troubled(to: &str) -> String {
    let to = to.to_owned();
    standing_before(move |client, call| one_request(client, &to, call))
}

/// Listens, and hands each connection on with its number.
fn standing_before(serve: impl Fn(TcpStream, u32) -> std::io::Result<()> + Send + Sync + 'static) -> String {
    let (listener, serve) = (TcpListener::bind("127.0.0.1:0").unwrap(), Arc::new(serve));
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for (client, call) in listener.incoming().zip(0_u32..) {
            let serve = Arc::clone(&serve);
            std::thread::spawn(move || drop(serve(client.unwrap(), call)));
        }
    });
    address
}

/// A request: its first line, its other lines, its body.
fn request(client: &mut TcpStream) -> std::io::Result<(String, String, Vec<u8>)> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let text = String::from_utf8(head).unwrap();
    let length = text.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:").map(str::to_owned));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    client.read_exact(&mut body)?;
    let (first, rest) = text.split_once("\r\n").unwrap();
    Ok((first.to_owned(), rest.to_owned(), body))
}

fn one_request(mut client: TcpStream, to: &str, call: u32) -> std::io::Result<()> {
    let (first, rest, body) = request(&mut client)?;
    let refuse = |mut client: TcpStream, status: &str| {
        client.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes())
    };
    if call % 7 == 1 {
        return refuse(client, "500 Internal Server Error");
    }
    let mut server = TcpStream::connect(to)?;
    let rest: Vec<&str> = rest.lines().filter(|line| !line.to_lowercase().starts_with("connection:")).collect();
    let head = format!("{first}\r\nConnection: close\r\n{}", rest.join("\r\n"));
    server.write_all(head.trim_end().as_bytes())?;
    server.write_all(b"\r\n\r\n")?;
    server.write_all(&body)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    match call % 7 {
        3 => refuse(client, "503 Service Unavailable"),
        5 => client.shutdown(Shutdown::Both),
        _ => client.write_all(&answer),
    }
}
