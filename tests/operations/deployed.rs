//! What stands under deploy/ fits the program: units, package, alerts, dashboard, bill of materials, manual, completions.
//! USERS sections 5, 6 and 7. What needs a tool of Debian's says so and, under `CI=true`, does not pass without it.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Output;

use serde_json::Value;

use crate::by_hand::call;
use crate::project;
use crate::text;

/// The highest exposure that `systemd-analyze security` may find (USERS 5).
const EXPOSURE_MAX: f64 = 2.0;

/// Runs a tool that this machine may lack; CI's may not.
fn tool(name: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(name).args(arguments).current_dir(project("")).output() {
        Ok(output) => Some(output),
        Err(error) if env::var("CI").is_ok_and(|ci| ci == "true") => panic!("{name}: {error}"),
        Err(error) => {
            eprintln!("not run, {name}: {error}");
            None
        }
    }
}

#[test]
fn the_unit_is_hardened_and_never_root() {
    let unit = text("deploy/systemd/sigill.service");
    for line in ["Type=notify", "User=sigill", "StateDirectory=sigill", "NoNewPrivileges=yes", "CapabilityBoundingSet="]
    {
        assert!(unit.lines().any(|own| own == line), "{line}");
    }
    let path = "deploy/systemd/sigill.service";
    let Some(output) = tool("systemd-analyze", &["security", "--offline=true", "--no-pager", path]) else { return };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let level = said.lines().find_map(|line| line.split_once("Overall exposure level for sigill.service: "));
    let level: f64 =
        level.and_then(|(_, rest)| rest.split(' ').next()?.parse().ok()).unwrap_or_else(|| panic!("{said}"));
    assert!(level <= EXPOSURE_MAX, "{level}\n{said}");
}

#[test]
fn units_and_wrapper_call_commands_that_there_are() {
    for file in ["sigill.service", "sigill-backup.service", "sigillctl"] {
        let unit = text(&format!("deploy/systemd/{file}"));
        assert!(unit.contains("/usr/bin/sigill --config /etc/sigill/sigill.toml"), "{file}");
    }
    let stop: u64 = value(&text("deploy/systemd/sigill.service"), "TimeoutStopSec=").parse().unwrap();
    let own = sigill::web::Options::default().stop_time_max.as_secs();
    assert!(stop > own, "requests under way are let finish before the manager loses patience");
    for (file, name) in [("sigill.sysusers", "sigill"), ("sigill.tmpfiles", "/var/lib/sigill")] {
        assert!(text(&format!("deploy/systemd/{file}")).contains(name), "{file}");
    }
}

fn value<'a>(unit: &'a str, key: &str) -> &'a str {
    unit.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_else(|| panic!("{key}"))
}

#[test]
fn the_package_has_everything_a_machine_needs() {
    let manifest: toml::Table = text("Cargo.toml").parse().unwrap();
    let deb = manifest["package"]["metadata"]["deb"].as_table().unwrap();
    let script = text("deploy/package");
    let mut places = BTreeSet::new();
    for asset in deb["assets"].as_array().unwrap() {
        let [from, to] = [0, 1].map(|at| asset[at].as_str().unwrap().to_owned());
        match from.strip_prefix("target/package/") {
            // Made by the script, whose words name it.
            Some(made) => assert!(script.contains(made.split(['/', '.', '*']).next().unwrap()), "{from}"),
            None => assert!(project(&from).is_file(), "{from}"),
        }
        places.insert(to);
    }
    for place in [
        "usr/bin/sigill",
        "usr/sbin/sigillctl",
        "etc/sigill/sigill.toml",
        "usr/lib/tmpfiles.d/sigill.conf",
        "usr/lib/systemd/system/sigill-backup.timer",
        "usr/share/man/man1/",
        "usr/share/bash-completion/completions/sigill",
        "usr/share/doc/sigill/sigill.cdx.json",
    ] {
        assert!(places.contains(place), "{place}");
    }
    assert_eq!(deb["conf-files"][0].as_str(), Some("/etc/sigill/sigill.toml"), "an upgrade asks before it is replaced");
    let unit = &deb["systemd-units"][0];
    let (scripts, name) = (unit["unit-scripts"].as_str().unwrap(), unit["unit-name"].as_str().unwrap());
    assert!(project(scripts).join(format!("{name}.service")).is_file());
    assert!(text("deploy/systemd/postinst").contains("#DEBHELPER#"), "where cargo-deb starts the unit");
}

/// Runs a line of shell in a folder; whether it went well.
fn shell(folder: &Path, line: &str) -> bool {
    let output = Command::new("bash").args(["-c", line]).current_dir(folder).output().unwrap();
    println!("{line}\n{}", String::from_utf8_lossy(&output.stderr));
    output.status.success()
}

#[test]
fn what_is_released_is_signed_and_the_books_own_line_finds_every_change() {
    if tool("ssh-keygen", &["-Q", "-l", "-f", "/dev/null"]).is_none() {
        return;
    }
    let book = text("deploy/book/src/drift/installera.md");
    let check = book.lines().find(|line| line.starts_with("ssh-keygen -Y verify")).unwrap();
    assert!(text("deploy/package").contains("deploy/sign \"$out\" \"$RELEASE_KEY\""));
    let home = tempfile::tempdir().unwrap();
    let (home, released) = (home.path(), home.path().join("released"));
    fs::create_dir(&released).unwrap();
    for key in ["release", "stranger"] {
        assert!(shell(home, &format!("ssh-keygen -q -t ed25519 -N '' -C {key} -f {key}")));
    }
    let sign = |key: &str| {
        fs::write(released.join("sigill"), "the program").unwrap();
        fs::write(released.join("sigill 0.1.0.deb"), "the package").unwrap();
        fs::remove_file(released.join("allowed_signers")).ok();
        let script = project("deploy/sign");
        assert!(shell(home, &format!("'{}' released {key}", script.display())), "{key}");
        let public = fs::read_to_string(home.join("release.pub")).unwrap();
        fs::write(released.join("allowed_signers"), format!("release {public}")).unwrap();
    };
    sign("release");
    assert!(shell(&released, check), "what was signed is what there is");
    for (file, change) in [("sigill", "another program"), ("sigill 0.1.0.deb", "another package")] {
        sign("release");
        fs::write(released.join(file), change).unwrap();
        assert!(!shell(&released, check), "{file}");
    }
    sign("release");
    let sums = fs::read_to_string(released.join("SHA256SUMS")).unwrap();
    fs::write(released.join("SHA256SUMS"), sums.lines().next().unwrap()).unwrap();
    assert!(!shell(&released, check), "a list that was shortened");
    sign("stranger");
    assert!(!shell(&released, check), "somebody else's signature");
    sign("release");
    fs::remove_file(released.join("SHA256SUMS.sig")).unwrap();
    assert!(!shell(&released, check), "none at all");
}

/// Names of figures in a text: `sigill_…` without what Prometheus adds to histograms.
fn figures(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in text.match_indices("sigill_") {
        let word: String = text[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let word = ["_bucket", "_count", "_sum"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(&word);
        names.insert(word.to_owned());
    }
    names
}

fn sources(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs") {
            into.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn alerts_and_dashboard_name_only_figures_that_there_are() {
    let mut code = String::new();
    sources(&project("src"), &mut code);
    let recorded = |name: &String| {
        ["gauge", "counter", "histogram"].iter().any(|kind| code.contains(&format!("metrics::{kind}!(\"{name}\"")))
    };
    let dashboard: Value = serde_json::from_str(&text("deploy/monitoring/grafana.json")).unwrap();
    let mut asked = String::new();
    for target in dashboard["panels"].as_array().unwrap().iter().flat_map(|panel| panel["targets"].as_array().unwrap())
    {
        asked.push_str(target["expr"].as_str().unwrap());
        asked.push('\n');
    }
    for (file, text) in [("grafana.json", asked), ("alerts.yml", text("deploy/monitoring/alerts.yml"))] {
        let named = figures(&text);
        assert!(named.len() > 8, "{file}: {named:?}");
        let unknown: Vec<&String> = named.iter().filter(|name| !recorded(name)).collect();
        assert!(unknown.is_empty(), "{file}: {unknown:?}");
    }
    let Some(output) = tool("promtool", &["check", "rules", "deploy/monitoring/alerts.yml"]) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_bill_of_materials_names_what_is_linked_in_and_nothing_else() {
    let Some(output) = tool("python3", &["deploy/sbom.py"]) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bill: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&bill["bomFormat"], &bill["specVersion"]), (&"CycloneDX".into(), &"1.5".into()));
    assert_eq!(bill["metadata"]["component"]["name"], "sigill");
    let components = bill["components"].as_array().unwrap();
    let names: BTreeSet<&str> = components.iter().filter_map(|one| one["name"].as_str()).collect();
    for (crates, in_it) in [("ring sled axum x509-parser lopdf sha2", true), ("tempfile proptest ct-merkle", false)] {
        for name in crates.split(' ') {
            assert_eq!(names.contains(name), in_it, "{name}");
        }
    }
    for one in components {
        assert!(one["licenses"][0]["expression"].is_string(), "{one}");
        assert_eq!(one["hashes"][0]["content"].as_str().map(str::len), Some(64), "{one}");
    }
    let known: BTreeSet<&str> = components.iter().filter_map(|one| one["bom-ref"].as_str()).collect();
    for one in bill["dependencies"].as_array().unwrap() {
        assert!(one["dependsOn"].as_array().unwrap().iter().all(|on| known.contains(on.as_str().unwrap())), "{one}");
    }
    assert_eq!(tool("python3", &["deploy/sbom.py"]).unwrap().stdout, output.stdout, "the same again");
}

#[test]
fn every_command_has_a_manual_page_in_both_languages() {
    let directory = tempfile::tempdir().unwrap();
    for (lang, words) in [("sv", "Kontrollera underskrifterna i filer"), ("en", "Verify the signatures of files")] {
        let made = call(directory.path(), &["--lang", lang, "man", lang]);
        assert_eq!(made.status, Some(0), "{}", made.stderr);
        let pages = directory.path().join(lang);
        for name in ["sigill", "sigill-verify", "sigill-retention-hold", "sigill-config-check", "sigill-doctor"] {
            let page =
                fs::read_to_string(pages.join(format!("{name}.1"))).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(page.contains(".TH ") && page.len() > 500, "{name}: {page}");
        }
        assert!(fs::read_to_string(pages.join("sigill-verify.1")).unwrap().contains(words), "{lang}");
    }
}

#[test]
fn shells_complete_every_command() {
    let directory = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let said = call(directory.path(), &["completions", shell]);
        assert_eq!(said.status, Some(0), "{}", said.stderr);
        for word in ["verify", "doctor", "retention", "diary-number"] {
            assert!(said.stdout.contains(word), "{shell}: {word}");
        }
    }
    let script = directory.path().join("sigill.bash");
    fs::write(&script, call(directory.path(), &["completions", "bash"]).stdout).unwrap();
    let ask = format!(
        "source {} && COMP_WORDS=(sigill doct) COMP_CWORD=1 && _sigill sigill doct sigill && echo \"${{COMPREPLY[*]}}\"",
        script.display()
    );
    let Some(output) = tool("bash", &["-c", &ask]) else { return };
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "doctor", "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_container_has_no_shell_no_root_and_writes_only_its_data() {
    let file = text("deploy/Containerfile");
    let last = file.lines().rev().find(|line| line.starts_with("FROM ")).unwrap();
    assert!(last.contains("distroless") && last.ends_with(":nonroot"), "{last}");
    for line in ["USER 65532:65532", "ENTRYPOINT [\"/usr/bin/sigill\"]", "VOLUME [\"/data\"]"] {
        assert!(file.lines().any(|own| own == line), "{line}");
    }
}
