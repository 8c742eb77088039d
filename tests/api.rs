//! The JSON interface, asked as a program would ask it. INTERFACES section 3, RFC 9457, C2SP tlog-tiles.

#![expect(clippy::unwrap_used, reason = "what a test sets up itself is there")]

mod support;

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::Value;
use sigill::archive::act::Deed;
use sigill::archive::prove;
use sigill::web;
use sigill::web::Options;
use sigill::web::auth::Role;
use support::Answer;
use support::FORM;
use support::Service;
use support::fixture;
use support::form;

const SIGNED: &str = "fixtures/minutes/styrelseprotokoll-b-lt.pdf";
const ALTERED: &str = "fixtures/minutes/styrelseprotokoll-altered-vote.pdf";
const UNSIGNED: &str = "fixtures/minutes/motesanteckningar-koncernledningsgruppen.pdf";

fn assert_problem(answer: &Answer, status: u16, slug: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["type"], format!("/problem/{slug}"));
    assert_eq!(problem["status"], status);
    for member in ["title", "detail", "instance"] {
        assert!(problem[member].as_str().is_some_and(|text| text.len() > 5), "{member}: {problem}");
    }
    let request = answer.header("x-request-id");
    assert_eq!(problem["instance"], format!("urn:sigill:request:{request}"));
}

#[test]
fn a_document_is_verified_and_nothing_is_stored() {
    let service = Service::new();
    for (file, verdict) in [(SIGNED, "valid"), (ALTERED, "altered"), (UNSIGNED, "unsigned")] {
        let answer = service.post(None, "/api/v1/verifications", fixture(file));
        assert_eq!(answer.status, 200);
        let found = answer.json();
        assert_eq!(found["schema"], "sigill.verification/1");
        assert_eq!(found["verdict"], verdict, "{file}");
    }
    let garbage = service.post(None, "/api/v1/verifications", "not a pdf\u{0}");
    assert_eq!(garbage.json()["verdict"], "unreadable", "a bad document is a finding");
    assert_eq!(service.archive.ledger().size(), 0);
    let kept = std::fs::read_dir(service.archive.directory().join("documents")).unwrap();
    assert_eq!(kept.filter(|entry| entry.as_ref().unwrap().path().is_file()).count(), 0);
}

#[test]
fn several_documents_in_one_form_are_answered_in_their_order() {
    let service = Service::new();
    let (signed, unsigned) = (fixture(SIGNED), fixture(UNSIGNED));
    let parts: [(&str, Option<&str>, &[u8]); 3] =
        [("file", Some("a.pdf"), &signed), ("file", Some("C:\\b.pdf"), &unsigned), ("file", Some("empty.pdf"), b"")];
    let request = service.request(None, "POST", "/api/v1/verifications").header("content-type", FORM);
    let answer = service.ask(request.body(Body::from(form(&parts))).unwrap());
    let found = answer.json();
    let told: Vec<_> = found.as_array().unwrap().iter().map(|one| (&one["file"]["name"], &one["verdict"])).collect();
    assert_eq!(
        format!("{told:?}"),
        r#"[(String("a.pdf"), String("valid")), (String("b.pdf"), String("unsigned")), (String("empty.pdf"), String("unreadable"))]"#
    );
}

#[test]
fn registering_twice_gives_one_record() {
    let service = Service::new();
    let path = "/api/v1/records?title=Protokoll&diaryNumber=KS%202026/123&fileName=protokoll.pdf";
    let first = service.post(Some(Role::Registrar), path, fixture(SIGNED));
    assert_eq!(first.status, StatusCode::CREATED);
    let record = first.json();
    let id = record["id"].as_str().unwrap();
    assert_eq!(first.header("location"), format!("/api/v1/records/{id}"));
    assert_eq!(record["registeredBy"], "registrar-desk");
    assert_eq!(record["verification"]["file"]["name"], "protokoll.pdf");
    let again = service.post(Some(Role::Administrator), "/api/v1/records?title=Annat", fixture(SIGNED));
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(again.json()["id"], id);
    assert_eq!(again.json()["title"], "Protokoll", "nothing is rewritten");
    assert_eq!(service.archive.ledger().size(), 1);
}

#[test]
fn metadata_may_come_in_the_form() {
    let service = Service::new();
    let signed = fixture(SIGNED);
    let parts: [(&str, Option<&str>, &[u8]); 4] = [
        ("title", None, "Nämndens protokoll".as_bytes()),
        ("public", None, b"true"),
        ("recordType", None, b"minutes"),
        ("file", Some("p.pdf"), &signed),
    ];
    let request = service.request(Some(Role::Registrar), "POST", "/api/v1/records").header("content-type", FORM);
    let record = service.ask(request.body(Body::from(form(&parts))).unwrap()).json();
    assert_eq!(record["title"], "Nämndens protokoll");
    assert_eq!(record["public"], true);
    let two: [(&str, Option<&str>, &[u8]); 2] = [("file", Some("a"), b"a"), ("file", Some("b"), b"b")];
    let request = service.request(Some(Role::Registrar), "POST", "/api/v1/records").header("content-type", FORM);
    assert_problem(&service.ask(request.body(Body::from(form(&two))).unwrap()), 400, "bad-request");
    assert_eq!(service.archive.ledger().size(), 1);
}

/// Role × call → status. `None` is nobody.
#[test]
fn each_role_may_do_what_it_may_and_nothing_else() {
    let service = Service::new();
    let public = service.register(SIGNED, "public=true");
    let hidden = service.register(ALTERED, "");
    let callers = [
        None,
        Some(Role::Public),
        Some(Role::Auditor),
        Some(Role::Registrar),
        Some(Role::Archivist),
        Some(Role::Administrator),
    ];
    let table: Vec<(String, [u16; 6])> = vec![
        ("/api/v1/records".to_owned(), [401, 403, 200, 200, 200, 200]),
        (format!("/api/v1/records/{public}"), [200; 6]),
        (format!("/api/v1/records/{public}/receipt"), [200; 6]),
        (format!("/api/v1/records/{public}/retention"), [200; 6]),
        (format!("/api/v1/records/{public}/events"), [200; 6]),
        (format!("/api/v1/records/{public}/document"), [401, 403, 200, 200, 200, 200]),
        (format!("/api/v1/records/{hidden}"), [404, 404, 200, 200, 200, 200]),
        (format!("/api/v1/records/{hidden}/receipt"), [404, 404, 200, 200, 200, 200]),
        (format!("/api/v1/records/{hidden}/retention"), [404, 404, 200, 200, 200, 200]),
        (format!("/api/v1/records/{hidden}/events"), [404, 404, 200, 200, 200, 200]),
        (format!("/api/v1/records/{hidden}/document"), [401, 403, 200, 200, 200, 200]),
        (format!("/api/v1/records?q={hidden}"), [200; 6]),
        ("/checkpoint".to_owned(), [200; 6]),
        ("/tile/0/000.p/2".to_owned(), [200; 6]),
        ("/healthz".to_owned(), [200; 6]),
    ];
    for (path, statuses) in table {
        for (caller, status) in callers.iter().zip(statuses) {
            assert_eq!(service.get(*caller, &path).status.as_u16(), status, "{caller:?} {path}");
        }
    }
    for (caller, status) in callers.iter().zip([401, 403, 403, 200, 403, 200]) {
        let answer = service.post(*caller, "/api/v1/records", fixture(SIGNED));
        assert_eq!(answer.status.as_u16(), status, "{caller:?} registers");
    }
    let nobody = service.post(None, "/api/v1/records", fixture(SIGNED));
    assert_problem(&nobody, 401, "unauthorized");
    assert_eq!(nobody.header("www-authenticate"), "Bearer");
}

#[test]
fn a_token_that_is_not_known_is_refused_everywhere() {
    let service = Service::new();
    for header in ["Bearer sgl_nonsense", "Basic YTpi", "Bearer", "sgl_x"] {
        let request = service.request(None, "GET", "/api/v1/records?q=KS%201").header("authorization", header);
        assert_problem(&service.ask(request.body(Body::empty()).unwrap()), 401, "unauthorized");
    }
}

#[test]
fn a_token_made_while_serving_counts_at_once_and_so_does_its_removal() {
    let service = Service::new();
    let mut tokens = web::auth::Tokens::open(service.archive.directory()).unwrap();
    let secret = tokens.create("new", Role::Auditor, None, service.archive.now()).unwrap();
    let ask = || {
        let request =
            service.request(None, "GET", "/api/v1/records").header("authorization", format!("Bearer {secret}"));
        service.ask(request.body(Body::empty()).unwrap()).status.as_u16()
    };
    assert_eq!(ask(), 200);
    let id = tokens.list().last().unwrap().id.clone();
    assert!(tokens.remove(&id).unwrap());
    assert_eq!(ask(), 401);
}

/// To the public, a record that is not public is a record that is not there.
#[test]
fn hidden_and_absent_are_the_same_answer() {
    let service = Service::new();
    let hidden = service.register(SIGNED, "diaryNumber=KS%202026/7");
    let record = service.get(Some(Role::Auditor), &format!("/api/v1/records/{hidden}")).json();
    let transaction = record["transactionIds"][0].as_str().unwrap();
    let sha256 = record["sha256"].as_str().unwrap();
    let absent = "0123456789abcdef01234567";
    let zeros = "0".repeat(64);
    let pairs = [
        (format!("/api/v1/records/{hidden}"), format!("/api/v1/records/{absent}")),
        (format!("/api/v1/records/{hidden}/receipt"), format!("/api/v1/records/{absent}/receipt")),
        (format!("/api/v1/records/{hidden}/events"), format!("/api/v1/records/{absent}/events")),
        (format!("/api/v1/records/{hidden}/document"), format!("/api/v1/records/{absent}/document")),
        (format!("/api/v1/records?q={hidden}"), format!("/api/v1/records?q={absent}")),
        (format!("/api/v1/records?sha256={sha256}"), format!("/api/v1/records?sha256={zeros}")),
        ("/api/v1/records?diaryNumber=KS%202026/7".to_owned(), "/api/v1/records?diaryNumber=KS%202026/8".to_owned()),
        (format!("/api/v1/transactions/{transaction}"), format!("/api/v1/transactions/{absent}")),
        (format!("/handling/{hidden}"), format!("/handling/{absent}")),
        (format!("/sok?q={hidden}"), format!("/sok?q={absent}")),
    ];
    for (one, other) in pairs {
        let (one, other) = (service.get(None, &one), service.get(None, &other));
        let same = |answer: &Answer| {
            let id = answer.header("x-request-id").to_owned();
            let body = answer.text().replace(&id, "ID").replace(&hidden, "REC").replace(absent, "REC");
            let mut headers = answer.headers.clone();
            headers.remove("x-request-id");
            format!("{} {headers:?} {body}", answer.status)
        };
        assert_eq!(same(&one), same(&other));
    }
}

#[test]
fn a_record_is_found_by_whatever_one_holds() {
    let service = Service::new();
    let id = service.register(SIGNED, "public=true&diaryNumber=KS%202026/123");
    let record = service.get(None, &format!("/api/v1/records/{id}")).json();
    assert_eq!(record["registeredBy"], Value::Null, "the desk is not the public's business");
    let transaction = record["transactionIds"][0].as_str().unwrap();
    let pasted = format!("%20Transaktions-ID:%20{}%20", transaction.to_uppercase());
    let sha256 = record["sha256"].as_str().unwrap();
    for question in [
        format!("q={transaction}"),
        format!("q={pasted}"),
        format!("q={sha256}"),
        format!("q={id}"),
        "q=KS%202026/123".to_owned(),
        "q=dnr%20ks%202026/123".to_owned(),
        format!("transactionId={pasted}"),
        format!("sha256={sha256}&diaryNumber=KS%202026/123"),
    ] {
        let list = service.get(None, &format!("/api/v1/records?{question}")).json();
        assert_eq!((&list["total"], &list["items"][0]["id"]), (&1.into(), &id.as_str().into()), "{question}");
    }
    let none = service.get(None, &format!("/api/v1/records?sha256={sha256}&diaryNumber=KS%201999/1")).json();
    assert_eq!(none["total"], 0, "questions narrow");
    let answer = service.get(None, &format!("/api/v1/transactions/{}", transaction.to_uppercase())).json();
    assert_eq!((&answer["total"], &answer["holds"]), (&1.into(), &true.into()));
    let mention = &answer["records"][0]["mentions"][0];
    assert!(mention["name"].as_str().is_some() && mention["evidence"].as_str().is_some(), "{answer}");
}

#[test]
fn a_transaction_id_does_not_hold_by_the_signatures_of_others() {
    let service = Service::new();
    service.register("fixtures/minutes/styrelseprotokoll-two-of-three.pdf", "public=true");
    let asked = |id: &str| service.get(None, &format!("/api/v1/transactions/{id}")).json();
    let signed = asked("41c226cf-4468-491a-bafd-389e9b0451b4");
    assert_eq!((&signed["holds"], &signed["records"][0]["mentions"][0]["confirmed"]), (&true.into(), &true.into()));
    // Her line stands on a page that two others signed; she has not.
    let printed = asked("fa635083-9ce2-4398-a638-6ab88bc07b50");
    let record = &printed["records"][0];
    assert_eq!(
        (&printed["holds"], &record["holds"], &record["verdict"]),
        (&false.into(), &false.into(), &"valid".into())
    );
    assert_eq!((&record["mentions"][0]["confirmed"], &record["mentions"][0]["evidence"]), (&false.into(), &"C".into()));
}

#[test]
fn malformed_is_not_absent() {
    let service = Service::new();
    for path in [
        "/api/v1/records?q=%20",
        "/api/v1/records?q=hej",
        "/api/v1/records?q=191212121212",
        "/api/v1/records?transactionId=%20",
        "/api/v1/records?transactionId=abc",
        "/api/v1/records?transactionId=19121212-1212",
        "/api/v1/records?sha256=xyz",
        "/api/v1/records?diaryNumber=",
        "/api/v1/records/nope",
        "/api/v1/transactions/abc",
    ] {
        assert_problem(&service.get(Some(Role::Auditor), path), 400, "malformed-identifier");
    }
    for path in [
        "/api/v1/records?limit=0",
        "/api/v1/records?limit=101",
        "/api/v1/records?limit=x",
        "/api/v1/records?transactionid=1",
    ] {
        assert_problem(&service.get(Some(Role::Auditor), path), 400, "bad-request");
    }
    assert_problem(&service.get(None, "/api/v1/transactions/41c226cf4468491abafd389e9b0451b4"), 404, "not-found");
    let unknown = service.get(None, "/api/v1/records?q=41c226cf4468491abafd389e9b0451b4");
    assert_eq!((unknown.status.as_u16(), &unknown.json()["total"]), (200, &0.into()));
}

#[test]
fn problems_speak_the_asked_language_and_cover_what_is_not_routed() {
    let service = Service::new();
    let speak = |language: &str| {
        let request = service.request(None, "GET", "/api/v1/nowhere").header("accept-language", language);
        service.ask(request.body(Body::empty()).unwrap())
    };
    assert_problem(&speak("sv"), 404, "not-found");
    assert_eq!(speak("sv").json()["title"], "Sidan finns inte");
    assert_eq!(speak("en-GB").json()["title"], "There is nothing here");
    let wrong = service.ask(service.request(None, "DELETE", "/api/v1/records").body(Body::empty()).unwrap());
    assert_problem(&wrong, 405, "method-not-allowed");
    assert!(wrong.header("allow").contains("POST"), "{wrong:?}");
    assert_problem(&service.post(None, "/api/v1/verifications", ""), 400, "empty-document");
}

#[test]
fn what_is_too_large_is_refused_with_both_sizes() {
    let service = Service::with(Options { upload_bytes_max: 1_000_000, files_max: 2, ..Options::default() });
    let big = vec![b'x'; 1_500_000];
    let said = service.request(None, "POST", "/api/v1/verifications").header("content-length", big.len());
    let answer = service.ask(said.body(Body::from(big.clone())).unwrap());
    assert_problem(&answer, 413, "too-large");
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("2 MB") && detail.contains("1 MB") && detail.contains("Inget har sparats"), "{detail}");
    let unsaid = service.request(None, "POST", "/api/v1/verifications");
    assert_problem(&service.ask(unsaid.body(Body::from(big.clone())).unwrap()), 413, "too-large");
    let parts: [(&str, Option<&str>, &[u8]); 1] = [("file", Some("a"), &big)];
    let request = service.request(None, "POST", "/api/v1/verifications").header("content-type", FORM);
    assert_problem(&service.ask(request.body(Body::from(form(&parts))).unwrap()), 413, "too-large");
    let many: [(&str, Option<&str>, &[u8]); 3] =
        [("f", Some("a"), b"a"), ("f", Some("b"), b"b"), ("f", Some("c"), b"c")];
    let request = service.request(None, "POST", "/api/v1/verifications").header("content-type", FORM);
    assert_eq!(service.ask(request.body(Body::from(form(&many))).unwrap()).status, 202, "more than at once is a job");
    let more: Vec<(&str, Option<&str>, &[u8])> = vec![("f", Some("a"), b"a"); 21];
    let request = service.request(None, "POST", "/api/v1/verifications").header("content-type", FORM);
    assert_problem(&service.ask(request.body(Body::from(form(&more))).unwrap()), 400, "bad-request");
    let headers = service.request(None, "GET", "/api/v1/api-info").header("x-long", "x".repeat(20_000));
    assert_problem(&service.ask(headers.body(Body::empty()).unwrap()), 431, "headers-too-large");
}

#[test]
fn what_is_missing_or_wrong_beside_the_records_is_told_and_stops_nothing() {
    let service = Service::over(Options::default(), sigill::archive::Options::default(), |home| {
        std::fs::remove_dir_all(home.join("trust")).unwrap();
        std::fs::write(home.join("retention.toml"), "[schedule]\nversion = 1\n").unwrap();
    });
    assert_eq!(service.post(None, "/api/v1/verifications", fixture(SIGNED)).json()["verdict"], "indeterminate");
    let id = service.register(SIGNED, "public=true");
    let kept = service.get(None, &format!("/api/v1/records/{id}/retention")).json();
    assert_eq!((kept["outcome"].as_str(), kept["adopted"].as_bool()), (Some("bevaras"), Some(false)), "{kept}");
    let ready = service.get(None, "/readyz");
    let told = ready.json();
    let told: Vec<(&str, &str)> = told["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| (check["id"].as_str().unwrap(), check["status"].as_str().unwrap()))
        .collect();
    assert_eq!(ready.status, 200);
    assert!(told.contains(&("trust", "warning")) && told.contains(&("retention", "warning")), "{told:?}");
    // The folder made again counts at once.
    let trust = service.archive.directory().join("trust");
    std::fs::create_dir(&trust).unwrap();
    std::fs::write(trust.join("test.pem"), fixture("keys/trust/test/sigill-test-root-ca.pem")).unwrap();
    assert_eq!(service.post(None, "/api/v1/verifications", fixture(SIGNED)).json()["verdict"], "valid");
}

/// What would be registered is not what somebody has.
#[test]
fn a_file_that_comes_packed_is_not_taken_for_what_is_in_it() {
    let service = Service::new();
    for (role, path) in [(None, "/api/v1/verifications"), (Some(Role::Registrar), "/api/v1/records")] {
        let of = |coding: &str| {
            let request = service.request(role, "POST", path).header("content-type", "application/pdf");
            service.ask(request.header("content-encoding", coding).body(Body::from(fixture(SIGNED))).unwrap())
        };
        assert_problem(&of("gzip"), 415, "unsupported-type");
        assert!(of("Identity").status.is_success());
    }
    assert_eq!(service.archive.ledger().size(), 1);
}

/// A program that sends its words where a file is expected is told so, and gets no verdict on them.
#[test]
fn json_and_xml_are_no_files() {
    let service = Service::new();
    for kind in
        ["application/json", "Application/JSON; charset=utf-8", "application/ld+json", "text/xml", "multipart/mixed"]
    {
        for (role, path) in [(None, "/api/v1/verifications"), (Some(Role::Registrar), "/api/v1/records")] {
            let request = service.request(role, "POST", path).header("content-type", kind);
            assert_problem(&service.ask(request.body(Body::from("{}")).unwrap()), 415, "unsupported-type");
        }
    }
    for kind in ["application/pdf", "application/octet-stream", "application/x-pdf", "text/plain"] {
        let request = service.request(None, "POST", "/api/v1/verifications").header("content-type", kind);
        assert_eq!(
            service.ask(request.body(Body::from(fixture(SIGNED))).unwrap()).json()["verdict"],
            "valid",
            "{kind}"
        );
    }
    assert_eq!(service.archive.ledger().size(), 0);
}

#[test]
fn a_multipart_that_is_none_is_refused() {
    let service = Service::new();
    for (kind, body) in [
        (FORM, "not a form"),
        ("multipart/form-data", "--XX"),
        (FORM, "--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\nabc"),
    ] {
        let request = service.request(None, "POST", "/api/v1/verifications").header("content-type", kind);
        assert_problem(&service.ask(request.body(Body::from(body)).unwrap()), 400, "bad-request");
    }
}

#[test]
fn the_ledger_is_served_byte_for_byte() {
    let service = Service::new();
    service.register(SIGNED, "");
    service.register(ALTERED, "");
    service.register(UNSIGNED, "");
    let ledger = service.archive.ledger();
    let checkpoint = service.get(None, "/checkpoint");
    assert_eq!(checkpoint.text(), ledger.checkpoint().as_ref());
    assert!(checkpoint.header("content-type").starts_with("text/plain"));
    assert_eq!(service.get(None, "/ledger.vkey").text().trim(), ledger.vkey());
    for width in 1..=3 {
        let tile = service.get(None, &format!("/tile/0/000.p/{width}"));
        assert_eq!(tile.body, ledger.tile_bytes(0, 0, width).unwrap().unwrap());
        assert_eq!(tile.header("content-type"), "application/octet-stream");
        assert!(tile.header("cache-control").contains("immutable"));
        assert_eq!(tile.header("access-control-allow-origin"), "*");
        let bundle = service.get(None, &format!("/tile/entries/000.p/{width}"));
        assert_eq!(bundle.body, ledger.bundle_bytes(0, width).unwrap().unwrap());
    }
    for path in [
        "0/000",
        "0/000.p/4",
        "0/000.p/0",
        "0/000.p/256",
        "1/000.p/1",
        "64/000",
        "0/0",
        "entries/001",
        "x/000",
        "0/x000/000",
        "00/000",
    ] {
        assert_problem(&service.get(None, &format!("/tile/{path}")), 404, "not-found");
    }
}

#[test]
fn a_receipt_proves_offline_and_only_its_own_document() {
    let service = Service::new();
    let id = service.register(SIGNED, "public=true");
    let answer = service.get(None, &format!("/api/v1/records/{id}/receipt"));
    assert!(answer.header("content-disposition").ends_with(".tlog-proof\""));
    let (receipt, key, mut document) = (answer.text(), service.archive.ledger().vkey(), fixture(SIGNED));
    assert!(prove::prove(&key, &document, &receipt).is_proven());
    let middle = document.len() / 2;
    document[middle] ^= 1;
    assert!(!prove::prove(&key, &document, &receipt).is_proven());
}

#[test]
fn what_never_changes_has_a_tag_and_head_works() {
    let service = Service::new();
    let id = service.register(SIGNED, "public=true");
    for path in [
        format!("/api/v1/records/{id}"),
        format!("/api/v1/records/{id}/document"),
        "/tile/0/000.p/1".to_owned(),
        "/checkpoint".to_owned(),
        "/style.css".to_owned(),
    ] {
        let role = Some(Role::Auditor);
        let first = service.get(role, &path);
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with('"'), "{path}");
        let again = service.request(role, "GET", &path).header("if-none-match", &tag).body(Body::empty()).unwrap();
        let again = service.ask(again);
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{path}");
        let head = service.ask(service.request(role, "HEAD", &path).body(Body::empty()).unwrap());
        assert_eq!((head.status.as_u16(), head.body.len()), (200, 0), "{path}");
        assert_eq!(head.header("etag"), tag);
    }
    let document = service.get(Some(Role::Auditor), &format!("/api/v1/records/{id}/document"));
    assert_eq!(document.body, fixture(SIGNED));
    assert_eq!(document.header("content-type"), "application/pdf");
    assert_eq!(document.header("cache-control"), "private, no-cache");
}

#[test]
fn a_document_that_changed_on_disk_is_not_given_out() {
    let service = Service::new();
    let id = service.register(SIGNED, "");
    let mut files = Vec::new();
    fn walk(folder: &std::path::Path, files: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, files) } else { files.push(path) }
        }
    }
    walk(&service.archive.directory().join("documents"), &mut files);
    let mut bytes = std::fs::read(&files[0]).unwrap();
    bytes[100] ^= 1;
    let mut writable = std::fs::metadata(&files[0]).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut writable, 0o600);
    std::fs::set_permissions(&files[0], writable).unwrap();
    std::fs::write(&files[0], bytes).unwrap();
    let answer = service.get(Some(Role::Auditor), &format!("/api/v1/records/{id}/document"));
    assert_problem(&answer, 500, "damaged");
    assert!(!answer.text().contains("documents"), "no path of ours");
}

#[test]
fn retention_and_events_say_why_and_when() {
    let service = Service::new();
    let id = service.register(SIGNED, "public=true&recordType=minutes");
    let retention = service.get(None, &format!("/api/v1/records/{id}/retention")).json();
    assert_eq!(retention["outcome"], "bevaras");
    assert_eq!(retention["until"], Value::Null);
    assert!(retention["reason"]["sv"].as_str().unwrap().contains("bevaras"));
    assert_eq!(retention["adopted"], false);
    let events = service.get(None, &format!("/api/v1/records/{id}/events")).json();
    assert_eq!((&events["items"][0]["event"], &events["items"][0]["index"]), (&"registered".into(), &0.into()));
    assert_eq!(events["items"][0]["actor"], Value::Null);
    let inside = service.get(Some(Role::Auditor), &format!("/api/v1/records/{id}/events")).json();
    assert_eq!(inside["items"][0]["actor"], "registrar-desk");
}

#[test]
fn a_list_is_paged_by_limit_and_offset() {
    let service = Service::new();
    let ids: Vec<String> = [SIGNED, ALTERED, UNSIGNED].iter().map(|file| service.register(file, "")).collect();
    let page = |query: &str| service.get(Some(Role::Auditor), &format!("/api/v1/records?{query}")).json();
    assert_eq!(page("")["items"].as_array().unwrap().len(), 3);
    let second = page("limit=1&offset=1");
    assert_eq!((&second["total"], &second["items"][0]["id"]), (&3.into(), &ids[1].as_str().into()));
    assert_eq!(page("limit=1&offset=9")["items"].as_array().unwrap().len(), 0);
}

#[test]
fn the_total_counts_records_and_not_what_was_done_to_them() {
    let service = Service::new();
    let list = || service.get(Some(Role::Auditor), "/api/v1/records?limit=2");
    let total = || list().json()["total"].as_u64().unwrap();
    assert_eq!(total(), 0);
    let id = service.register(SIGNED, "");
    assert_eq!(total(), 1);
    for _ in 0..3 {
        let again = service.post(Some(Role::Registrar), &format!("/api/v1/records/{id}/verifications"), "");
        assert_eq!(again.status, 201, "{}", again.text());
    }
    assert_eq!((service.archive.ledger().size(), total()), (4, 1), "three acts and one record");
    service.register(ALTERED, "");
    assert_eq!((total(), list().header("link")), (2, ""), "no next page where there is none");
    service.register(UNSIGNED, "");
    assert_eq!((total(), list().header("link").is_empty()), (3, false));
    assert_eq!(total(), service.archive.count().unwrap());
}

#[test]
fn health_is_told_by_name() {
    let service = Service::new();
    assert_eq!(service.get(None, "/healthz").json()["status"], "ok");
    assert_eq!(service.get(None, "/livez").json()["status"], "ok");
    let ready = service.get(None, "/readyz");
    assert_eq!(ready.status, 200);
    let checks = ready.json()["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["id"].as_str().unwrap().to_owned())
        .collect::<Vec<_>>();
    assert_eq!(checks, ["ledger", "catalogue", "trust", "trust-lists", "retention", "scrub"]);
    // A token has an entry of its own before there is any record.
    let (token, name, role) = ("1f".to_owned(), "diariet".to_owned(), "auditor".to_owned());
    service.archive.done_to_archive(Deed::TokenMade { token, name, role, expires: None }, "driften").unwrap();
    assert_eq!(service.get(None, "/readyz").status, 200);
    assert_eq!(service.get(None, "/version").json()["name"], "sigill");
    assert_problem(&service.get(Some(Role::Auditor), "/metrics"), 404, "not-found");
}

#[test]
fn a_directory_that_is_gone_is_told_and_turns_nobody_away() {
    let service = Service::new();
    let home = service.archive.directory().to_owned();
    let away = home.with_extension("away");
    assert_eq!(service.get(Some(Role::Auditor), "/api/v1/records").status, 200);
    std::fs::rename(&home, &away).unwrap();
    let (ready, asked) = (service.get(None, "/readyz"), service.get(Some(Role::Auditor), "/api/v1/records"));
    std::fs::rename(&away, &home).unwrap();
    assert_eq!(ready.status, 503);
    assert!(ready.text().contains("mapp finns inte längre"), "{}", ready.text());
    assert_ne!(asked.status, 401, "nobody took the token away");
    assert_eq!(service.get(None, "/readyz").status, 200);
}

#[test]
fn figures_have_routes_and_no_names() {
    let handle = sigill::telemetry::metrics().unwrap();
    let service = Service::with(Options { metrics: Some(handle), ..Options::default() });
    let id = service.register(SIGNED, "");
    service.post(None, "/api/v1/verifications", fixture(SIGNED));
    service.get(None, "/no/such/19121212-1212");
    service.get(Some(Role::Auditor), &format!("/api/v1/records/{id}"));
    assert_problem(&service.get(None, "/metrics"), 401, "unauthorized");
    let text = service.get(Some(Role::Auditor), "/metrics").text();
    for line in [
        "sigill_ingests_total{result=\"new\"} ",
        "sigill_ledger_size 1",
        "sigill_scrub_faults 0",
        "sigill_trust_anchors 1",
        "sigill_verification_seconds_count",
        "route=\"/api/v1/records/{id}\"",
        "route=\"(none)\"",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains(&id) && !text.contains("1212"), "{text}");
}

#[test]
fn openapi_describes_every_call_in_both_languages() {
    let service = Service::new();
    let answer = service.get(None, "/api/v1/openapi.json");
    let document = answer.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    let calls = [
        ("/api/v1/verifications", "post"),
        ("/api/v1/records", "post"),
        ("/api/v1/records", "get"),
        ("/api/v1/records/{id}", "get"),
        ("/api/v1/records/{id}/document", "get"),
        ("/api/v1/records/{id}/receipt", "get"),
        ("/api/v1/records/{id}/retention", "get"),
        ("/api/v1/records/{id}/events", "get"),
        ("/api/v1/records/{id}/revisions", "get"),
        ("/api/v1/records/{id}/revisions/{n}", "get"),
        ("/api/v1/records/{id}/verification", "get"),
        ("/api/v1/records/{id}/verifications", "post"),
        ("/api/v1/records/{id}/holds", "get"),
        ("/api/v1/records/{id}/holds", "post"),
        ("/api/v1/records/{id}/holds/{hold}/release", "post"),
        ("/api/v1/records/{id}/corrections", "post"),
        ("/api/v1/records/{id}/links", "post"),
        ("/api/v1/records/{id}/published-copies", "post"),
        ("/api/v1/retention/due", "get"),
        ("/api/v1/disposal-lists", "get"),
        ("/api/v1/disposal-lists", "post"),
        ("/api/v1/disposal-lists/{proposal}/decision", "post"),
        ("/api/v1/disposal-lists/{proposal}/refusal", "post"),
        ("/api/v1/disposal-lists/{proposal}/undo", "post"),
        ("/api/v1/disposal-lists/{proposal}/protocol", "get"),
        ("/api/v1/deliveries", "post"),
        ("/api/v1/deliveries/{package}/acknowledgement", "post"),
        ("/api/v1/retention/plans", "post"),
        ("/api/v1/person-reports", "post"),
        ("/api/v1/records/{id}/evidence/{sha256}", "get"),
        ("/api/v1/transactions/{transactionId}", "get"),
        ("/api/v1/signed-revisions/{n}", "post"),
        ("/api/v1/jobs/{jobId}", "get"),
        ("/api/v1/jobs/{jobId}", "delete"),
        ("/api/v1/search", "post"),
        ("/api/v1/webhooks", "get"),
        ("/api/v1/webhooks/{name}/test", "post"),
        ("/api/v1/api-info", "get"),
        ("/api/v1/openapi.json", "get"),
        ("/checkpoint", "get"),
        ("/ledger.vkey", "get"),
        ("/ledger.vkeys", "get"),
        ("/ledger.succession", "get"),
        ("/ledger.policy", "get"),
        ("/witness.vkeys", "get"),
        ("/witness/add-checkpoint", "post"),
        ("/witness/{origin}/checkpoint", "get"),
        ("/api/v1/records/{id}/report.xml", "get"),
        ("/api/v1/records/{id}/statement", "get"),
        ("/api/v1/records/{id}/statements", "post"),
        ("/tile/{path}", "get"),
        ("/healthz", "get"),
        ("/livez", "get"),
        ("/readyz", "get"),
        ("/version", "get"),
        ("/metrics", "get"),
    ];
    let paths = document["paths"].as_object().unwrap();
    let methods = |path: &Value| path.as_object().unwrap().keys().filter(|key| *key != "servers").count();
    let described: usize = paths.values().map(methods).sum();
    assert_eq!(described, calls.len(), "{:?}", paths.keys());
    for (path, method) in calls {
        // Paths are relative to the interface's server; those elsewhere name their own.
        let own = path.strip_prefix("/api/v1").unwrap_or(path);
        assert_eq!(document["paths"][own]["servers"].is_null(), path.starts_with("/api/v1"), "{path}");
        let call = &document["paths"][own][method];
        let said = call["description"].as_str().unwrap_or_default();
        assert!(said.contains("På svenska"), "{method} {path}: {said}");
        if path.starts_with("/api/") {
            for status in ["400", "500", "503"] {
                let problem = &call["responses"][status]["content"]["application/problem+json"]["schema"];
                assert_eq!(problem["$ref"], "#/components/schemas/Problem", "{method} {path} {status}");
            }
        }
    }
    let problem = &document["components"]["schemas"]["Problem"]["required"];
    assert_eq!(problem.as_array().unwrap().len(), 5);
    assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    assert_eq!(
        document["servers"][0]["url"], "/api/v1",
        "where nobody said what the service is called, it is where one asks"
    );
    for path in ["/verifications", "/records"] {
        let call = &document["paths"][path]["post"];
        assert!(call["responses"]["415"].is_object() && call["responses"]["413"].is_object(), "{path}");
        let form = &call["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"];
        for part in ["file", "evidence", "bankid", "ocsp", "crl", "certificate", "evidenceRecord"] {
            assert!(form[part]["description"].as_str().is_some(), "{path} {part}: {form}");
        }
    }
    assert_eq!(service.get(None, "/api/v1/api-info").json()["apiName"], "sigill");
}

/// Every part of the description that names another is there.
#[test]
fn openapi_has_no_loose_ends() {
    let document = Service::new().get(None, "/api/v1/openapi.json").json();
    fn names(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| match (key.as_str(), value.as_str()) {
                ("$ref", Some(name)) => into.push(name.to_owned()),
                _ => names(value, into),
            }),
            Value::Array(list) => list.iter().for_each(|value| names(value, into)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut all = Vec::new();
    names(&document, &mut all);
    assert!(all.len() > 50);
    for name in all {
        assert!(document.pointer(name.trim_start_matches('#')).is_some(), "{name}");
    }
}

#[test]
fn every_answer_carries_its_guards() {
    let service = Service::new();
    for path in ["/", "/api/v1/api-info", "/nowhere", "/checkpoint", "/style.css"] {
        let answer = service.get(None, path);
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert!(!answer.header("content-security-policy").contains("unsafe"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("x-request-id").len(), 16);
        assert!(!answer.header("cache-control").is_empty(), "{path}");
    }
}

/// What an origin's page gets: the answer to its browser's question whether it may ask, and to what it then asks.
fn from_a_page(service: &Service, origin: &str, path: &str) -> (Answer, Answer) {
    let before = service.request(None, "OPTIONS", path).header("origin", origin);
    let before = before.header("access-control-request-method", "GET");
    let before = before.header("access-control-request-headers", "authorization").body(Body::empty()).unwrap();
    let asked = service.request(Some(Role::Auditor), "GET", path).header("origin", origin).body(Body::empty()).unwrap();
    (service.ask(before), service.ask(asked))
}

fn told_to_pages(answer: &Answer) -> Vec<&str> {
    answer.headers.keys().map(|name| name.as_str()).filter(|name| name.starts_with("access-control-")).collect()
}

#[test]
fn only_a_named_origin_may_ask_and_only_the_interface_and_never_with_a_login() {
    const NAMED: &str = "https://www.example.se";
    let service = Service::with(Options {
        cors_origins: vec!["https://other.example.se".into(), NAMED.into()],
        ..Options::default()
    });
    let (before, asked) = from_a_page(&service, NAMED, "/api/v1/records");
    assert_eq!((before.status.as_u16(), before.header("access-control-allow-origin")), (200, NAMED));
    assert!(before.header("access-control-allow-methods").contains("GET"), "{before:?}");
    assert!(before.header("access-control-allow-headers").contains("authorization"), "{before:?}");
    assert_eq!((asked.status.as_u16(), asked.header("access-control-allow-origin")), (200, NAMED));
    assert!(asked.header("access-control-expose-headers").contains("retry-after"), "{asked:?}");
    // A refusal is told to it as well; never that a browser may send what it holds.
    let refused = service.request(None, "GET", "/api/v1/records").header("origin", NAMED).body(Body::empty()).unwrap();
    let refused = service.ask(refused);
    assert_eq!((refused.status.as_u16(), refused.header("access-control-allow-origin")), (401, NAMED));
    for answer in [&before, &asked, &refused] {
        assert_eq!(answer.header("access-control-allow-credentials"), "");
        let varies = answer.headers.get_all("vary").iter().any(|value| value.to_str().unwrap().contains("origin"));
        assert!(varies, "{answer:?}");
    }
    for foreign in
        ["https://www.example.se.evil.example", "http://www.example.se", "https://www.example.se:8443", "null"]
    {
        let (before, asked) = from_a_page(&service, foreign, "/api/v1/records");
        assert_eq!(before.status, 405, "{foreign}");
        assert_eq!((told_to_pages(&before), told_to_pages(&asked)), (vec![], vec![]), "{foreign}");
    }
    for outside in ["/register", "/metrics", "/logga-in"] {
        let (before, asked) = from_a_page(&service, NAMED, outside);
        assert_eq!((told_to_pages(&before), told_to_pages(&asked)), (vec![], vec![]), "{outside}");
    }
    let (before, asked) = from_a_page(&Service::new(), NAMED, "/api/v1/records");
    assert_eq!((told_to_pages(&before), told_to_pages(&asked)), (vec![], vec![]), "off unless it is named");
}
