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
        ("data = \"\"", "data"),
        ("public_url = \"sigill.example.se\"", "public_url"),
        ("svt_key = \"/etc/sigill/svt.key\"", "svt_key"),
        ("cors_origins = [\"https://www.example.se\", \"*\"]", "cors_origins"),
        ("cors_origins = [\"https://www.example.se/\"]", "cors_origins"),
        ("accessibility_contact = [\"kommun@example.se\"]", "accessibility_contact"),
        ("batch_megabytes_max = 300\nholding_megabytes_max = 200", "batch_megabytes_max"),
        ("holding_hours_max = 0", "holding_hours_max"),
        ("request_seconds_max = 0", "request_seconds_max"),
        ("upload_megabytes_max = 300\nuploads_megabytes_max = 200", "upload_megabytes_max"),
        ("public_url = \"http://evil/#x\"", "public_url"),
        ("public_url = \"http://evil/?x\"", "public_url"),
        ("public_url = \"https://anna:hemlig@evil\"", "public_url"),
        ("public_url = \"https:///sigill\"", "public_url"),
        ("otlp_endpoint = \"127.0.0.1:4318\"", "otlp_endpoint"),
        ("otlp_endpoint = \"http://anna:hemlig@127.0.0.1:4318\"", "otlp_endpoint"),
        ("otlp_endpoint = \"grpc://127.0.0.1:4317\"", "otlp_endpoint"),
        ("ledger_anchor = \"/nope/x\"", "ledger_anchor"),
        ("ledger_anchor = \"/tmp\"", "ledger_anchor"),
        ("tls_certificate = \"/nope\"", "tls_certificate"),
        ("tls_certificate = \"sigill.toml\"", "tls_certificate"),
        ("tls_key = \"/etc/passwd\"", "tls_key"),
        ("tls_clients = \"/etc/passwd\"", "tls_clients"),
    ] {
        let setting = Setting::new(file);
        let (status, answer) = setting.check();
        assert_eq!((status, &answer["faults"][0]["key"]), (Some(1), &json!(key)), "{answer}");
        // The archive is there before somebody changes the file: what is refused is the service.
        let made = sigill(setting.directory.path()).args(["init", "--origin", "test.example/log"]).output().unwrap();
        assert!(made.status.success(), "{}", said(made).stderr);
        let served = setting.call(&["serve", "--listen", "127.0.0.1:0"]);
        assert_eq!(served.status, Some(2), "{}", served.stderr);
        assert!(served.stderr.contains(key) && served.stderr.contains("Tjänsten startade inte"), "{}", served.stderr);
    }
}

#[test]
fn a_figure_that_cannot_work_is_refused_with_its_key_its_bound_and_what_to_do() {
    // 0 switches these off, and says so in deploy/sigill.toml; no other figure may be 0.
    let may_be_0 =
        ["failures_per_minute_max", "verifications_per_minute_max", "look_ups_per_minute_max", "quarantine_days"];
    let (_, answer) = Setting::new("").check();
    let numbers = answer["values"].as_array().unwrap().iter().filter(|one| one["value"].is_u64());
    let numbers: Vec<&str> = numbers.filter_map(|one| one["key"].as_str()).collect();
    assert!(numbers.len() > 20, "{numbers:?}");
    let mut standard = Setting::new("");
    let told =
        numbers.iter().map(|key| (format!("SIGILL_{}", key.to_uppercase()), value(&answer, key)["value"].to_string()));
    standard.variables = told.collect();
    assert_eq!(standard.check().0, Some(0), "what holds by default lies within the bounds");
    for (figure, allowed) in [("0", may_be_0.as_slice()), ("999999999999", &[]), ("18446744073709551615", &[])] {
        let given = |key: &&str| (format!("SIGILL_{}", key.to_uppercase()), figure.to_owned());
        let mut setting = Setting::new("");
        setting.variables = numbers.iter().map(given).collect();
        let (status, answer) = setting.check();
        let faults = answer["faults"].as_array().unwrap();
        let mut refused: Vec<&str> = faults.iter().filter_map(|fault| fault["key"].as_str()).collect();
        refused.sort_unstable();
        let mut expected: Vec<&str> = numbers.iter().copied().filter(|key| !allowed.contains(key)).collect();
        expected.sort_unstable();
        assert_eq!((status, refused), (Some(1), expected), "{figure}");
        for fault in faults {
            let (sv, en) = (fault["what"]["sv"].as_str().unwrap(), fault["what"]["en"].as_str().unwrap());
            let set = format!("{} = {figure} ", fault["key"].as_str().unwrap());
            assert!(sv.starts_with(&set) && sv.contains("den ska vara"), "{sv}");
            assert!(en.starts_with(&set) && en.contains("Change it"), "{en}");
        }
    }
}

#[test]
fn what_an_installation_may_well_say_is_let_through() {
    for file in [
        "quarantine_days = 0\nfailures_per_minute_max = 0",
        "public_url = \"https://kommun.example.se/sigill/\"\ntrusted_proxies = [\"127.0.0.1\"]\nledger_anchor = \"head.anchor\"",
        "otlp_endpoint = \"https://otel.example.se/kommun/\"",
        "upload_megabytes_max = 200\nuploads_megabytes_max = 200\nstop_seconds_max = 55",
    ] {
        let (status, answer) = Setting::new(file).check();
        assert_eq!((status, &answer["faults"]), (Some(0), &json!([])), "{answer}");
    }
}

#[test]
fn a_contact_whose_day_has_passed_is_a_warning() {
    let contact = "security_contact = [\"mailto:it@example.se\"]\nsecurity_expires = ";
    let (status, answer) = Setting::new(&format!("{contact}\"2020-01-01\"")).check();
    assert_eq!((status, &answer["faults"][0]["key"]), (Some(0), &json!("security_expires")), "{answer}");
    assert_eq!(answer["faults"][0]["weight"], "warning");
    let told = answer["faults"][0]["what"]["sv"].as_str().unwrap();
    assert!(told.contains("2020-01-01") && told.contains("skriv en ny dag"), "{told}");
    let (_, answer) = Setting::new(&format!("{contact}\"9999-01-01\"")).check();
    assert_eq!(answer["faults"], json!([]), "{answer}");
}

#[test]
fn two_listeners_with_one_door_are_refused_and_a_proxy_nobody_named_is_a_warning() {
    let same = "listen = \"127.0.0.1:8480\"\nmetrics_listen = \"127.0.0.1:8480\"";
    let (status, answer) = Setting::new(same).check();
    assert_eq!((status, &answer["faults"][0]["key"]), (Some(1), &json!("metrics_listen")), "{answer}");
    let behind = "public_url = \"https://kommun.example.se\"";
    let (status, answer) = Setting::new(behind).check();
    assert_eq!((status, &answer["faults"][0]["key"]), (Some(0), &json!("trusted_proxies")), "{answer}");
    for file in ["", "public_url = \"http://127.0.0.1:8480\"", &format!("{behind}\nlisten = \"10.0.0.5:8480\"")] {
        let (_, answer) = Setting::new(file).check();
        assert_eq!(answer["faults"], json!([]), "{file}: {answer}");
    }
}

#[test]
fn limits_of_what_is_added_and_the_origins_are_followed() {
    let file = "batch_files_max = 7\nbatch_megabytes_max = 30\nholding_megabytes_max = 60\nholding_hours_max = 5\n\
                cors_origins = [\"https://www.example.se\"]\naccessibility_contact = [\"mailto:kommun@example.se\"]\n\
                accessibility_assessed = \"2026-12-01\"";
    let setting = Setting::new(file).variable("SIGILL_BATCH_FILES_MAX", "9");
    let (status, answer) = setting.check();
    assert_eq!((status, &answer["faults"]), (Some(0), &json!([])), "{answer}");
    let path = setting.directory.path().join("sigill.toml");
    let variables = setting.variables.iter().cloned().collect();
    let web = sigill::config::Config::read(Some(&path), &variables, sigill::config::Flags::default()).unwrap().web;
    assert_eq!((web.batch_files_max, web.batch_bytes_max), (9, 30_000_000));
    assert_eq!((web.holding_bytes_max, web.holding_time_max.as_secs()), (60_000_000, 5 * 3600));
    assert_eq!(web.cors_origins, ["https://www.example.se"]);
    assert_eq!(web.accessibility.contacts, ["mailto:kommun@example.se"]);
    assert_eq!(web.accessibility.assessed.unwrap().to_string(), "2026-12-01");
    assert_eq!(web.accessibility.updated, None);
}

#[test]
fn a_proxy_is_named_by_address_or_block_and_what_is_neither_is_told_apart() {
    let file = "trusted_proxies = [\"127.0.0.1\", \"10.0.0.0/24\", \"2001:db8::/32\"]";
    let (status, answer) = Setting::new(file).check();
    let named = json!(["127.0.0.1", "10.0.0.0/24", "2001:db8::/32"]);
    assert_eq!((status, &value(&answer, "trusted_proxies")["value"]), (Some(0), &named), "{answer}");
    let (status, answer) = Setting::new("").variable("SIGILL_TRUSTED_PROXIES", "10.0.0.0/24, 127.0.0.1").check();
    assert_eq!(status, Some(0), "{answer}");
    for (wrong, sv, en) in [
        ("proxyn", "`proxyn`: skriv en adress som 10.0.0.1, eller ett block som 10.0.0.0/8", "write an address"),
        ("10.0.0.0/33", "`10.0.0.0/33`: efter / står ett tal från 1 till 32", "a number from 1 to 32"),
        ("0.0.0.0/0", "`0.0.0.0/0`: efter / står ett tal från 1 till 32", "a number from 1 to 32"),
        ("10.0.0.9/24", "`10.0.0.9/24`: blocket börjar med en annan adress; skriv 10.0.0.0/24", "write 10.0.0.0/24"),
    ] {
        let file = Setting::new(&format!("trusted_proxies = [\"127.0.0.1\", \"{wrong}\"]"));
        let variable = Setting::new("").variable("SIGILL_TRUSTED_PROXIES", &format!("127.0.0.1,{wrong}"));
        for (setting, key) in [(file, "`trusted_proxies`"), (variable, "SIGILL_TRUSTED_PROXIES")] {
            let (status, answer) = setting.check();
            let what = &answer["faults"][0]["what"];
            let (told_sv, told_en) = (what["sv"].as_str().unwrap(), what["en"].as_str().unwrap());
            assert!(status == Some(1) && told_sv.contains(sv) && told_sv.contains(key), "{told_sv}");
            assert!(told_en.contains(en) && told_en.contains(key), "{told_en}");
        }
    }
}

#[test]
fn what_is_wrong_with_a_value_is_said_in_one_language() {
    let setting =
        Setting::new("listen = \"här\"\nrequests_max = \"många\"\nsecurity_contact = 7\nmetrics_listen = \"där\"");
    let english = ["invalid", "expected", "syntax", "whole number", "list of texts"];
    let said = setting.call(&["config", "check"]);
    let said = said.stdout + &said.stderr;
    for word in english {
        assert!(!said.contains(word), "{word}: {said}");
    }
    for words in ["adressen skrivs som 127.0.0.1:8480", "ett heltal, 0 eller mer", "en lista av texter"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let said = setting.call(&["--lang", "en", "config", "check"]);
    let said = said.stdout + &said.stderr;
    assert!(said.contains("invalid socket address syntax") && !said.contains("adressen"), "{said}");
}
