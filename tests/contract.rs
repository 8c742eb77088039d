//! The running service held against its own description by foreign tools: openapi-spec-validator and schemathesis (PyPI).
//! `.ci/servers` installs them; `TEST_HTTP_TOOLS` names their folder. `TEST_CONTRACT_SECONDS` makes it search for longer.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

#[expect(dead_code, reason = "this test asks over a socket")]
mod support;
#[path = "support/listening.rs"]
mod listening;

use std::env;
use std::path::PathBuf;
use std::process::Command;

use listening::Listening;
use sigill::web::Options;
use sigill::web::auth::Role;
use support::Service;

/// Where the tools are; nowhere is only right outside CI.
fn tools() -> Option<PathBuf> {
    let there = env::var_os("TEST_HTTP_TOOLS").map(PathBuf::from);
    assert!(there.is_some() || env::var_os("CI").is_none(), "CI runs this with .ci/servers");
    there
}

/// What any answer must be, whatever was asked.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,unsupported_method,allow_header_conformance";

fn searched(tools: &std::path::Path, listening: &Listening, role: Option<Role>) {
    let seconds = env::var("TEST_CONTRACT_SECONDS").unwrap_or_else(|_| "40".to_owned());
    let mut search = Command::new(tools.join("st"));
    search
        .arg("run")
        .arg(format!("http://{}/api/v1/openapi.json", listening.at))
        .args(["--seed", "20261122", "--max-time", &seconds, "--phases", "examples,coverage,fuzzing"])
        .args([
            "--checks",
            CHECKS,
            "--max-examples",
            "8",
            "--no-shrink",
            "--continue-on-failure",
            "--request-timeout",
            "30",
        ])
        .args(["--warnings", "off"])
        .current_dir(env::temp_dir());
    if let Some(role) = role {
        search.args(["--header", &format!("Authorization: Bearer {}", listening.service.token(role))]);
    }
    let told = search.output().unwrap();
    assert!(told.status.success(), "{role:?}\n{}", String::from_utf8_lossy(&told.stdout));
}

#[test]
fn whatever_is_asked_the_answer_is_one_that_was_described() {
    let Some(tools) = tools() else { return };
    let service = Service::new();
    service.register("fixtures/minutes/styrelseprotokoll-b-lt.pdf", "public=true&diaryNumber=KS%202026/123");
    service.register("fixtures/minutes/styrelseprotokoll-altered-vote.pdf", "");
    let description = service.get(None, "/api/v1/openapi.json").body;
    let listening = Listening::of(service, Options::default());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), description).unwrap();
    let valid = Command::new(tools.join("openapi-spec-validator")).arg(file.path()).output().unwrap();
    assert!(valid.status.success(), "{}", String::from_utf8_lossy(&valid.stdout));
    searched(&tools, &listening, Some(Role::Administrator));
    searched(&tools, &listening, None);
    let alive = listening.service.get(None, "/readyz");
    assert_eq!(alive.status, 200, "{}", alive.text());
}
