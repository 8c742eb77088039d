//! What stands in `deploy/` is what the program takes: the places with every key, and the command of the compose file.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use tempfile::tempdir;

use crate::processes::Service;
use crate::processes::answer;
use crate::processes::sigill;
use crate::servers;

fn shipped(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)).unwrap()
}

/// A line of a file, with its value in another's place.
fn with(text: &str, key: &str, value: &str) -> String {
    let line = text.lines().find(|line| line.starts_with(&format!("{key} = "))).unwrap_or_else(|| panic!("no {key}"));
    text.replacen(line, &format!("{key} = \"{value}\""), 1)
}

#[test]
fn the_places_with_every_key_and_the_command_of_the_compose_file_are_taken() {
    let (Some(postgres), Some(s3)) = (servers::postgres(), servers::address("TEST_S3")) else { return };
    let (directory, schema) = (tempdir().unwrap(), servers::schema());
    let inside = |name: &str| directory.path().join(name).display().to_string();
    fs::write(inside("secret"), "hemligt\n").unwrap();
    // Every key, also those that are only shown; the authority of a certificate is only read where it is asked for.
    let places = shipped("places.toml").replace("#: roots", "# roots").replace("#: ", "");
    let (store, documents) = places.split_once("[documents]").unwrap();
    let store = with(&with(&with(store, "url", &postgres), "schema", &schema), "password_file", &inside("secret"));
    let documents = with(&with(documents, "url", &format!("s3://sigill/{schema}")), "endpoint", &s3);
    let documents = with(&documents, "secret_file", &inside("secret"));
    fs::write(inside("places.toml"), format!("{store}[documents]{documents}")).unwrap();
    let data = directory.path().join("data");
    let mut init = sigill(&data, &["--json", "init", "--origin", "k.example/l", "--places", &inside("places.toml")]);
    // What stands in a file needs no environment.
    init.env_clear();
    let token = answer(init)["token"].as_str().unwrap().to_owned();

    let compose = shipped("compose.yaml");
    let command = compose.lines().find_map(|line| line.trim().strip_prefix("command: ")).unwrap();
    let command: Vec<String> = serde_json::from_str(command).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let mounted = data.display().to_string();
    let there = |word: &String| word.replace("/data", &mounted).replace("0.0.0.0:8480", &address);
    let mut serve = std::process::Command::new(env!("CARGO_BIN_EXE_sigill"));
    serve.env_clear().args(command.iter().map(there)).stdout(Stdio::null()).stderr(Stdio::null());
    let service = Service { child: serve.spawn().unwrap(), address };
    let until = Instant::now() + Duration::from_secs(60);
    while !matches!(service.ask("GET", "/readyz", &token, b""), Ok((200, _))) {
        assert!(Instant::now() < until, "the service of the compose file is not ready");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(service.ask("POST", "/api/v1/records", &token, b"ett protokoll").unwrap().0, 201);
    // What the balancer asks is what the service answers.
    assert!(compose.contains("health_uri /readyz"));
}
