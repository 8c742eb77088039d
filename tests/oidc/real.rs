//! npm's oidc-provider (certified by the OpenID Foundation) as a process of its own, and a browser's part before it.

use std::collections::BTreeMap;
use std::env;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use tempfile::TempDir;
use ureq::Agent;

/// Steps of one login at most: redirects and two pages.
const STEPS_MAX: usize = 20;

pub(crate) struct Real {
    pub(crate) issuer: String,
    pub(crate) secret: PathBuf,
    process: Child,
    _directory: TempDir,
}

impl Drop for Real {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Real {
    /// `None` where it is not installed; in CI it is.
    pub(crate) fn start(redirect: &str) -> Option<Self> {
        let Some(folder) = env::var_os("TEST_OIDC").map(PathBuf::from).filter(|folder| folder.exists()) else {
            assert_ne!(env::var("CI").as_deref(), Ok("true"), "TEST_OIDC is not set, and CI is to ask a real provider");
            println!("NOT RUN: TEST_OIDC is not set; `.ci/servers cargo test` installs the provider");
            return None;
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc/provider.mjs");
        let mut command = Command::new("node");
        command
            .arg(script)
            .arg(folder)
            .arg(redirect)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut issuer = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut issuer).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let secret = directory.path().join("secret");
        std::fs::write(&secret, "a secret: of+four%words\n").unwrap();
        Some(Self { issuer: issuer.trim().to_owned(), secret, process, _directory: directory })
    }

    /// Does at the provider what somebody does who logs in; gives where the browser is then sent, away from it.
    pub(crate) fn log_in(&self, place: &str, person: &str, away: &str) -> String {
        let agent: Agent =
            Agent::config_builder().max_redirects(0).max_idle_connections(0).http_status_as_error(false).build().into();
        let (mut jar, mut place, mut form) = (BTreeMap::new(), place.to_owned(), None::<String>);
        for _ in 0..STEPS_MAX {
            let held: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let held = held.join("; ");
            let mut answer = match form.take() {
                None => agent.get(&place).header("cookie", &held).call().unwrap(),
                Some(form) => agent
                    .post(&place)
                    .header("cookie", &held)
                    .header("content-type", "application/x-www-form-urlencoded")
                    .send(form)
                    .unwrap(),
            };
            for set in answer.headers().get_all("set-cookie") {
                let (name, value) = set.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
                jar.insert(name.to_owned(), value.to_owned());
            }
            if let Some(next) = answer.headers().get("location") {
                let next = next.to_str().unwrap();
                if next.starts_with(away) {
                    return next.to_owned();
                }
                place = if next.starts_with('/') { format!("{}{next}", self.issuer) } else { next.to_owned() };
                continue;
            }
            let page = answer.body_mut().read_to_string().unwrap();
            let prompt = if page.contains("value=\"login\"") { "login" } else { "consent" };
            let action = page.split("action=\"").nth(1).unwrap_or_else(|| panic!("{place}: {page}"));
            place = action.split('"').next().unwrap().to_owned();
            form = Some(format!("prompt={prompt}&login={}&password=x", person.replace('+', "%2B")));
        }
        panic!("the provider sends nobody back");
    }
}
