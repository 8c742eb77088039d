//! The description of the interface held against DIGG's REST API profile 1.2.0, rule by rule. USERS 4a.
//! Each rule gives its faults; what differs on purpose is listed with its reason, and a reason that is not needed fails.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

#[expect(dead_code, reason = "this test reads the description alone")]
mod support;

use serde_json::Value;
use serde_json::json;
use sigill::web::Options;
use support::Service;

/// Rule, the start of the fault that is meant, why it is so.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("UFN.07", "/openapi.json", "a file, by the name every tool looks for"),
    ("UFN.07", "/records/{id}/report.xml", "a file that people save, with its ending"),
    ("UFN.07", "/ledger.", "C2SP's tools ask for these names"),
    ("UFN.07", "/witness.vkeys", "C2SP's tools ask for this name"),
    ("AME.05", "Finding.eu_dss_default_would", "VALIDATION.md 6.4 names it so, and records are stored with it"),
];

type Rule = (&'static str, fn(&Value) -> Vec<String>);

const RULES: &[Rule] = &[
    ("DOK.01", contact_and_licence),
    ("DOK.03", both_languages),
    ("DOK.06", terms),
    ("DOK.15", requests_have_examples),
    ("DOK.17", answers_have_examples),
    ("DOK.19", answers_are_described),
    ("DOK.20", newest_openapi),
    ("UFN.02", https_alone),
    ("VER.05", version_in_the_address),
    ("VER.06", api_info),
    ("UFN.07", lower_case_and_hyphens),
    ("RES.02", no_personal_numbers_in_addresses),
    ("FNS.07", lists_have_pages),
    ("DOT.01", moments_are_rfc_3339),
    ("AME.05", camel_case),
    ("ARQ.05", nothing_said_in_headers),
    ("FOR.02", nothing_asked_in_bodies_of_get),
    ("FEL.01", problems_everywhere),
    ("FEL.02", problems_have_five_members),
    ("SAK.09", bearer_alone),
];

fn description() -> Value {
    let options = Options { public_url: Some("https://sigill.exempel.se".to_owned()), ..Options::default() };
    Service::with(options).get(None, "/api/v1/openapi.json").json()
}

/// Every call with its path and method.
fn calls(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let calls = paths.flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter().filter(|(name, _)| *name != "servers");
        methods.map(move |(method, call)| (format!("{path} {method}"), call))
    });
    calls.collect()
}

/// Every answer of every call.
fn answers(document: &Value) -> Vec<(String, &str, &Value)> {
    let all = calls(document).into_iter();
    all.flat_map(|(call, of)| {
        let answers = of["responses"].as_object().unwrap().iter();
        answers.map(move |(status, answer)| (format!("{call} {status}"), status.as_str(), answer)).collect::<Vec<_>>()
    })
    .collect()
}

/// Every property of every shape.
fn properties(document: &Value) -> Vec<(String, &Value)> {
    let shapes = document["components"]["schemas"].as_object().unwrap().iter();
    let all = shapes.flat_map(|(shape, of)| {
        let parts = of["allOf"].as_array().into_iter().flatten().chain([of]);
        let named = parts.filter_map(|part| part["properties"].as_object()).flatten();
        named.map(move |(name, of)| (format!("{shape}.{name}"), of))
    });
    all.collect()
}

fn parameters(document: &Value) -> Vec<(String, &Value)> {
    let all = calls(document).into_iter().flat_map(|(call, of)| {
        let parameters = of["parameters"].as_array().into_iter().flatten();
        parameters.map(move |one| (format!("{call} {}", one["name"].as_str().unwrap()), one)).collect::<Vec<_>>()
    });
    all.collect()
}

fn missing(what: &[(&str, bool)]) -> Vec<String> {
    what.iter().filter(|(_, there)| !there).map(|(name, _)| (*name).to_owned()).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn contact_and_licence(document: &Value) -> Vec<String> {
    let info = &document["info"];
    missing(&[
        ("contact name", text(&info["contact"]["name"]).len() > 5),
        ("contact address", text(&info["contact"]["url"]).starts_with("https://")),
        ("licence", !text(&info["license"]["name"]).is_empty()),
        ("title", !text(&info["title"]).is_empty()),
        ("version", text(&info["version"]).split('.').count() == 3),
    ])
}

fn both_languages(document: &Value) -> Vec<String> {
    let both = |said: &str| said.contains("På svenska") || said.contains("Begränsningar");
    let mut faults = missing(&[("description", both(text(&document["info"]["description"])))]);
    let quiet = calls(document).into_iter().filter(|(_, call)| {
        text(&call["summary"]).is_empty() || !both(text(&call["description"])) || call["tags"][0].is_null()
    });
    faults.extend(quiet.map(|(name, _)| name));
    faults
}

/// Limits and service level: DOK.06, DOK.08, DOK.09, DOK.11.
fn terms(document: &Value) -> Vec<String> {
    let said = text(&document["info"]["description"]);
    missing(&[
        ("limits", said.contains("**Limits:** 50 MB and 20 files") && said.contains("**Begränsningar:** 50 MB")),
        ("service level", said.contains("**Service level:**") && said.contains("**Servicenivå:**")),
    ])
}

fn requests_have_examples(document: &Value) -> Vec<String> {
    let bodies = calls(document).into_iter().flat_map(|(call, of)| {
        let contents = of["requestBody"]["content"].as_object().into_iter().flatten();
        contents.map(move |(kind, of)| (format!("{call} {kind}"), of)).collect::<Vec<_>>()
    });
    let all = bodies.chain(parameters(document));
    all.filter(|(_, of)| of["example"].is_null() || of["example"] == "text").map(|(name, _)| name).collect()
}

fn answers_have_examples(document: &Value) -> Vec<String> {
    let contents = answers(document).into_iter().flat_map(|(name, _, of)| {
        let contents = of["content"].as_object().into_iter().flatten();
        contents.map(move |(kind, of)| (format!("{name} {kind}"), &of["example"])).collect::<Vec<_>>()
    });
    contents.filter(|(_, example)| example.is_null() || **example == json!({})).map(|(name, _)| name).collect()
}

fn answers_are_described(document: &Value) -> Vec<String> {
    let quiet = answers(document).into_iter().filter(|(_, _, of)| text(&of["description"]).len() < 3);
    let lonely = calls(document).into_iter().filter(|(_, of)| {
        let statuses = of["responses"].as_object().unwrap();
        !statuses.keys().any(|status| status.starts_with('2'))
    });
    quiet.map(|(name, _, _)| name).chain(lonely.map(|(name, _)| name)).collect()
}

fn newest_openapi(document: &Value) -> Vec<String> {
    missing(&[("3.1", text(&document["openapi"]).starts_with("3.1"))])
}

fn https_alone(document: &Value) -> Vec<String> {
    let own = document["paths"].as_object().unwrap().values().map(|item| &item["servers"]);
    let all = own.chain([&document["servers"]]).filter_map(Value::as_array).flatten();
    all.map(|server| text(&server["url"])).filter(|url| !url.starts_with("https://")).map(str::to_owned).collect()
}

fn version_in_the_address(document: &Value) -> Vec<String> {
    missing(&[("v1", document["servers"][0]["url"] == "https://sigill.exempel.se/api/v1")])
}

fn api_info(document: &Value) -> Vec<String> {
    missing(&[("/api-info", document["paths"]["/api-info"]["get"].is_object())])
}

/// UFN.07 to UFN.09 and RES.06; a parameter's name is camelCase.
fn lower_case_and_hyphens(document: &Value) -> Vec<String> {
    let fine = |part: &&str| {
        let parameter = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        parameter.map_or_else(
            || part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
            is_camel_case,
        )
    };
    let paths = document["paths"].as_object().unwrap().keys();
    paths.filter(|path| !path.split('/').skip(1).all(|part| fine(&part))).cloned().collect()
}

fn no_personal_numbers_in_addresses(document: &Value) -> Vec<String> {
    let forbidden = ["personnummer", "personalnumber", "identitynumber", "ssn", "signer"];
    let named = parameters(document).into_iter().map(|(name, _)| name);
    // Expected signers are names, and are said in a POST.
    named
        .filter(|name| name.contains(" get "))
        .filter(|name| forbidden.iter().any(|word| name.to_lowercase().contains(word)))
        .collect()
}

/// FNS.03, FNS.07 to FNS.09: whatever answers `limit` takes `limit` and `offset`, and 20 unless asked.
fn lists_have_pages(document: &Value) -> Vec<String> {
    let all = calls(document).into_iter().filter(|(name, _)| name.ends_with(" get"));
    let lists =
        all.filter(|(_, of)| !of["responses"]["200"]["content"]["application/json"]["example"]["limit"].is_null());
    let paged = |of: &Value| {
        let parameters = of["parameters"].as_array().cloned().unwrap_or_default();
        let named = |name: &str| parameters.iter().find(|one| one["name"] == name).map(|one| one["schema"].clone());
        named("limit").is_some_and(|limit| limit["default"] == 20 && limit["minimum"] == 1)
            && named("offset").is_some_and(|offset| offset["default"] == 0)
    };
    lists.filter(|(_, of)| !paged(of)).map(|(name, _)| name).collect()
}

/// DOT.01 and DOT.04, as far as examples show: moments are RFC 3339 in UTC.
fn moments_are_rfc_3339(document: &Value) -> Vec<String> {
    let all = properties(document).into_iter().filter(|(name, _)| name.ends_with("At"));
    let example = |of: &Value| of["example"].as_str().map(str::to_owned);
    all.filter(|(_, of)| {
        example(of).is_some_and(|said| !said.ends_with('Z') || said.parse::<jiff::Timestamp>().is_err())
    })
    .map(|(name, _)| name)
    .collect()
}

fn is_camel_case(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn camel_case(document: &Value) -> Vec<String> {
    let shapes = properties(document).into_iter().map(|(name, _)| name);
    let forms = calls(document).into_iter().flat_map(|(call, of)| {
        let parts = of["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"].as_object();
        parts.into_iter().flatten().map(move |(name, _)| format!("{call}.{name}")).collect::<Vec<_>>()
    });
    let asked = parameters(document).into_iter().filter(|(_, of)| of["in"] != "header");
    let asked = asked.map(|(name, _)| name.replace(' ', "."));
    let last = |name: &String| is_camel_case(name.rsplit('.').next().unwrap());
    shapes.chain(forms).chain(asked).filter(|name| !last(name)).collect()
}

/// Headers of a request are HTTP's own: names that are registered or drafted for it.
fn nothing_said_in_headers(document: &Value) -> Vec<String> {
    const KNOWN: [&str; 8] = [
        "Content-Digest",
        "Repr-Digest",
        "Idempotency-Key",
        "Prefer",
        "Range",
        "If-None-Match",
        "If-Modified-Since",
        "Accept",
    ];
    let own = parameters(document).into_iter().filter(|(_, of)| of["in"] == "header");
    own.filter(|(_, of)| !KNOWN.contains(&text(&of["name"]))).map(|(name, _)| name).collect()
}

fn nothing_asked_in_bodies_of_get(document: &Value) -> Vec<String> {
    let all = calls(document).into_iter().filter(|(name, _)| name.ends_with(" get") || name.ends_with(" head"));
    all.filter(|(_, of)| !of["requestBody"].is_null()).map(|(name, _)| name).collect()
}

/// Witnesses answer as C2SP's tlog-witness says, and health as those who ask for it expect.
fn problems_everywhere(document: &Value) -> Vec<String> {
    const FOREIGN: [&str; 4] = [
        "/witness/add-checkpoint post 403",
        "/witness/add-checkpoint post 409",
        "/witness/add-checkpoint post 422",
        "/readyz get 503",
    ];
    let refusals = answers(document).into_iter().filter(|(_, status, _)| status.starts_with(['4', '5']));
    let wrong = refusals.filter(|(name, _, of)| {
        !FOREIGN.contains(&name.as_str())
            && of["content"]["application/problem+json"]["schema"]["$ref"] != "#/components/schemas/Problem"
    });
    wrong.map(|(name, _, _)| name).collect()
}

fn problems_have_five_members(document: &Value) -> Vec<String> {
    let five = ["detail", "instance", "status", "title", "type"];
    let problems =
        answers(document).into_iter().map(|(name, _, of)| (name, &of["content"]["application/problem+json"]));
    let problems = problems.filter(|(_, of)| of.is_object());
    let mut faults: Vec<String> = problems
        .filter(|(name, of)| {
            let told: Vec<&str> = of["example"]
                .as_object()
                .map(|members| members.keys().map(String::as_str).collect())
                .unwrap_or_default();
            told != five || !name.ends_with(&of["example"]["status"].to_string())
        })
        .map(|(name, _)| name)
        .collect();
    let mut required: Vec<&str> =
        document["components"]["schemas"]["Problem"]["required"].as_array().unwrap().iter().map(text).collect();
    required.sort_unstable();
    faults.extend((required != five).then(|| "Problem".to_owned()));
    faults
}

/// SAK.09, SAK.10, SAK.15, SAK.16: a bearer token in its header, and nothing else.
fn bearer_alone(document: &Value) -> Vec<String> {
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    let wrong = schemes.iter().filter(|(_, scheme)| !(scheme["type"] == "http" && scheme["scheme"] == "bearer"));
    wrong.map(|(name, _)| name.clone()).collect()
}

#[test]
fn the_description_follows_the_national_profile() {
    let document = description();
    let mut used = vec![false; EXCEPTIONS.len()];
    let mut faults = Vec::new();
    for (rule, judge) in RULES {
        for fault in judge(&document) {
            match EXCEPTIONS.iter().position(|(own, place, _)| own == rule && fault.starts_with(place)) {
                Some(at) => used[at] = true,
                None => faults.push(format!("{rule}: {fault}")),
            }
        }
    }
    let idle = EXCEPTIONS.iter().zip(used).filter(|(_, used)| !used).map(|(exception, _)| exception);
    faults.extend(idle.map(|(rule, place, _)| format!("{rule}: {place} needs no exception")));
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// A description that breaks a rule is seen to break it.
#[test]
fn each_rule_sees_what_it_forbids() {
    let whole = description();
    let broken: &[(&str, &str, Value)] = &[
        ("DOK.01", "/info/contact", Value::Null),
        ("DOK.01", "/info/license", Value::Null),
        ("DOK.03", "/info/description", json!("Only English.")),
        ("DOK.03", "/paths/~1api-info/get/description", json!("Only English.")),
        ("DOK.06", "/info/description", json!("På svenska")),
        ("DOK.15", "/paths/~1records~1{id}~1holds/post/requestBody/content/application~1json/example", Value::Null),
        ("DOK.15", "/paths/~1records~1{id}~1holds/post/parameters/0/example", Value::Null),
        ("DOK.17", "/paths/~1api-info/get/responses/200/content/application~1json/example", Value::Null),
        ("DOK.19", "/paths/~1api-info/get/responses/200/description", json!("")),
        ("DOK.20", "/openapi", json!("3.0.3")),
        ("UFN.02", "/servers/0/url", json!("http://sigill.exempel.se/api/v1")),
        ("VER.05", "/servers/0/url", json!("https://sigill.exempel.se")),
        ("VER.06", "/paths/~1api-info", json!({})),
        ("UFN.07", "/paths/~1Records", json!({})),
        ("UFN.07", "/paths/~1log_proof", json!({})),
        ("RES.02", "/paths/~1records/get/parameters/0/name", json!("signerName")),
        ("FNS.07", "/paths/~1records/get/parameters", json!([])),
        ("DOT.01", "/components/schemas/RecordSummary/properties/registeredAt/example", json!("2026-03-12 13:07")),
        ("AME.05", "/components/schemas/Text/properties", json!({ "sv_SE": {} })),
        ("ARQ.05", "/paths/~1records/get/parameters/0", json!({ "name": "X-Title", "in": "header" })),
        ("FOR.02", "/paths/~1api-info/get/requestBody", json!({ "content": {} })),
        ("FEL.01", "/paths/~1api-info/get/responses/500/content", json!({ "text/plain": {} })),
        ("FEL.02", "/paths/~1api-info/get/responses/500/content/application~1problem+json/example/detail", Value::Null),
        ("FEL.02", "/components/schemas/Problem/required", json!(["type"])),
        ("SAK.09", "/components/securitySchemes/token/scheme", json!("basic")),
    ];
    for (rule, place, instead) in broken {
        let (_, judge) = RULES.iter().find(|(own, _)| own == rule).unwrap();
        let mut document = whole.clone();
        let (parent, name) = place.rsplit_once('/').unwrap();
        let name = name.replace("~1", "/");
        let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("{place}"));
        match parent {
            Value::Object(members) if instead.is_null() => drop(members.remove(&name)),
            Value::Object(members) => drop(members.insert(name, instead.clone())),
            Value::Array(list) => list[name.parse::<usize>().unwrap()] = instead.clone(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => panic!("{place}"),
        }
        assert!(judge(&document).len() > judge(&whole).len(), "{rule} does not see {place}");
    }
}
