//! `sigill config check`: every value with who said so, every fault at once, no secret ever. USERS section 5.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use serde_json::json;

use crate::by_hand::Said;
use crate::by_hand::said;
use crate::by_hand::sigill;

const PASSWORD: &str = "korrekt-hast-batteri";

struct Setting {
    directory: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Setting {
    fn new(file: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("sigill.toml"), file).unwrap();
        Self { directory, variables: Vec::new() }
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn credential(self, name: &str, secret: &str) -> Self {
        let folder = self.directory.path().join("credentials");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), format!("{secret}\n")).unwrap();
        let folder = folder.display().to_string();
        self.variable("CREDENTIALS_DIRECTORY", &folder)
    }

    fn mode(self, mode: u32) -> Self {
        fs::set_permissions(self.directory.path().join("sigill.toml"), fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    fn call(&self, arguments: &[&str]) -> Said {
        let mut command = sigill(self.directory.path());
        command.args(["--config", "sigill.toml"]).args(arguments);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        said(command.output().unwrap())
    }

    fn check(&self) -> (Option<i32>, Value) {
        let said = self.call(&["--json", "config", "check"]);
        (said.status, said.json().remove(0))
    }
}

fn value<'a>(answer: &'a Value, key: &str) -> &'a Value {
    answer["values"].as_array().unwrap().iter().find(|one| one["key"] == key).unwrap()
}

#[test]
fn every_value_says_who_gave_it() {
    let setting = Setting::new("lang = \"en\"\nrequests_max = 7\nscrub_days = 3").variable("SIGILL_REQUESTS_MAX", "9");
    let said = setting.call(&["--data", "house", "--json", "config", "check"]);
    let answer = said.json().remove(0);
    assert_eq!((said.status, &answer["sound"]), (Some(0), &json!(true)), "{answer}");
    for (key, expected, source, place) in [
        ("data", json!("house"), "flag", Value::Null),
        ("requests_max", json!(9), "environment", json!("SIGILL_REQUESTS_MAX")),
        ("scrub_days", json!(3), "file", json!("sigill.toml")),
        ("listen", json!("127.0.0.1:8480"), "default", Value::Null),
        ("public_url", Value::Null, "default", Value::Null),
    ] {
        let one = value(&answer, key);
        assert_eq!((&one["value"], &one["source"], &one["where"]), (&expected, &json!(source), &place), "{key}");
    }
    let example = include_str!("../../deploy/sigill.toml").lines().filter(|line| line.starts_with("#: ")).count();
    assert_eq!(answer["values"].as_array().unwrap().len(), example, "every key that there is");
    let people = setting.call(&["config", "check"]).stdout;
    assert!(people.contains("requests_max = 9") && people.contains("# SIGILL_REQUESTS_MAX"), "{people}");
}

#[test]
fn every_fault_is_told_at_once_with_what_was_meant() {
    let setting = Setting::new("dta = \"x\"\nlistn = \"y\"\ncache_megabytes = -1").variable("SIGILL_LANGG", "sv");
    let (status, answer) = setting.check();
    assert_eq!((status, &answer["sound"]), (Some(1), &json!(false)));
    let told: Vec<&str> =
        answer["faults"].as_array().unwrap().iter().filter_map(|f| f["what"]["sv"].as_str()).collect();
    for part in ["Menade du `data`?", "Menade du `listen`?", "`cache_megabytes`", "Menade du `SIGILL_LANG`?"] {
        assert_eq!(told.iter().filter(|text| text.contains(part)).count(), 1, "{part}: {told:#?}");
    }
    assert_eq!(told.len(), 4);
}

#[test]
fn a_secret_is_told_of_and_never_shown() {
    let file = format!("store_password = \"{PASSWORD}\"\nstamp_url = \"https://anna:{PASSWORD}@tsa.example.se/x\"");
    let by_variable = Setting::new("").variable("SIGILL_STORE_PASSWORD", PASSWORD);
    let by_credential = Setting::new("").credential("store_password", PASSWORD);
    for (setting, source) in
        [(Setting::new(&file).mode(0o600), "file"), (by_variable, "environment"), (by_credential, "credential")]
    {
        let (status, answer) = setting.check();
        let one = value(&answer, "store_password");
        assert_eq!((status, &one["secret"], &one["value"]), (Some(0), &json!(true), &Value::Null), "{source}");
        assert_eq!(one["source"], source);
        for said in [setting.call(&["--json", "config", "check"]), setting.call(&["config", "check"])] {
            assert!(!said.stdout.contains(PASSWORD) && !said.stderr.contains(PASSWORD), "{source}: {}", said.stdout);
        }
    }
}

#[test]
fn a_secret_that_others_can_read_is_a_warning() {
    let file = format!("store_password = \"{PASSWORD}\"");
    for (mode, weights) in [(0o644, 1), (0o640, 0)] {
        let (status, answer) = Setting::new(&file).mode(mode).check();
        assert_eq!((status, answer["faults"].as_array().unwrap().len()), (Some(0), weights), "{mode:o}: {answer}");
    }
}

#[test]
fn what_does_not_fit_together_is_refused_before_the_service_starts() {
    for (file, key) in [
        ("log_filter = \"info,=\"", "log_filter"),
        ("public_url = \"sigill.example.se\"", "public_url"),
        ("svt_key = \"/etc/sigill/svt.key\"", "svt_key"),
    ] {
        let setting = Setting::new(file);
        let (status, answer) = setting.check();
        assert_eq!((status, &answer["faults"][0]["key"]), (Some(1), &json!(key)), "{answer}");
        let made = setting.call(&["init", "--origin", "test.example/log"]);
        assert_eq!(made.status, Some(0), "{}", made.stderr);
        let served = setting.call(&["serve", "--listen", "127.0.0.1:0"]);
        assert_eq!(served.status, Some(2), "{}", served.stderr);
        assert!(served.stderr.contains(key) && served.stderr.contains("Tjänsten startade inte"), "{}", served.stderr);
    }
}
