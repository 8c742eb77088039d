//! Until when must a record be kept, and why? Nothing unknown is ever disposed of.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::civil::date;
use sigill::archive::retention::Answer;
use sigill::archive::retention::Due;
use sigill::archive::retention::Outcome;
use sigill::archive::retention::RecordFacts;
use sigill::archive::retention::Schedule;
use sigill::verify::text::Text;

const SHIPPED: &str = include_str!("../deploy/retention.toml");

const ADOPTED: &str = r#"
[schedule]
version = "2026-2"
example = false
plan = "Dokumenthanteringsplan 2.1"

[[rule]]
id = "protokoll"
record_types = ["minutes"]
handlingstyp = { sv = "Protokoll", en = "Minutes" }
outcome = "bevaras"
deliver_after_years = 5
from = "end-of-year"
classification = ["Klassa 2.1: 0.0.0"]
basis = { decision = "KS 2025/9", date = "2025-11-30" }

[[rule]]
id = "kallelser"
record_types = ["summons", "agenda"]
handlingstyp = { sv = "Kallelser", en = "Summonses" }
outcome = "gallras"
years = 2
from = "FROM"
basis = { decision = "KS 2025/9", date = "2025-11-30" }

[[rule]]
id = "anslag"
record_types = ["adjustment-notice"]
handlingstyp = { sv = "Anslag", en = "Notices" }
outcome = "gallras-vid-inaktualitet"

[[rule]]
id = "avtal"
record_types = ["contract"]
handlingstyp = { sv = "Avtal", en = "Contracts" }
outcome = "utredning"
"#;

fn adopted(from: &str) -> Schedule {
    Schedule::parse(&ADOPTED.replace("FROM", from)).expect("a schedule")
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn facts(record_type: &str) -> RecordFacts<'_> {
    RecordFacts {
        record_type,
        registered: at("2026-03-12T13:07:00Z"),
        last_signed: Some(at("2026-03-11T08:12:00Z")),
        meeting_date: Some(date(2026, 3, 10)),
        case_closed: None,
        legal_force: None,
    }
}

fn until(from: &str, facts: &RecordFacts<'_>) -> Option<Date> {
    adopted(from).answer(facts).until
}

// ---- answers ---------------------------------------------------------------------------------------------------

#[test]
fn minutes_are_preserved_and_delivered_when_their_years_have_passed() {
    let answer = adopted("signed").answer(&facts("minutes"));
    assert_eq!(answer.until, None);
    assert_eq!(answer.deliver_from, Some(date(2031, 12, 31)));
    assert_eq!((answer.rule_id.as_deref(), answer.schedule_version.as_str()), (Some("protokoll"), "2026-2"));
    assert!(answer.adopted);
    assert_eq!(
        answer.reason.sv,
        "Protokoll: bevaras. Levereras till e-arkiv tidigast 2031-12-31. \
         Grund: Dokumenthanteringsplan 2.1, beslut KS 2025/9 den 2025-11-30."
    );
    assert!(answer.reason.en.contains("preserved"));
    assert!(answer.obstacle().is_some(), "what is preserved is not disposed of");
}

#[test]
fn a_type_without_a_rule_is_kept_until_there_is_a_decision() {
    let answer = adopted("signed").answer(&facts("protocol-droid"));
    assert_eq!(answer.rule_id, None);
    assert_eq!(answer.outcome, Outcome::Preserve { delivery: None });
    assert_eq!(answer.reason.sv, "Ingen regel – bevaras tills beslut finns.");
    assert_eq!((answer.until, answer.due(Date::MAX)), (None, None));
    assert!(answer.obstacle().is_some());
}

#[test]
fn what_is_obsolete_or_under_investigation_waits_for_a_person() {
    for kind in ["adjustment-notice", "contract"] {
        let answer = adopted("signed").answer(&facts(kind));
        assert_eq!((answer.until, answer.due(Date::MAX)), (None, None), "{kind}");
    }
}

#[test]
fn each_trigger_counts_from_its_own_day() {
    assert_eq!(until("meeting", &facts("summons")), Some(date(2028, 3, 10)));
    assert_eq!(until("signed", &facts("summons")), Some(date(2028, 3, 11)));
    assert_eq!(until("registered", &facts("agenda")), Some(date(2028, 3, 12)));
    assert_eq!(until("end-of-year", &facts("agenda")), Some(date(2028, 12, 31)));
}

#[test]
fn an_event_that_is_not_known_keeps_the_record() {
    let unsigned = RecordFacts { last_signed: None, meeting_date: None, ..facts("summons") };
    for from in ["signed", "meeting"] {
        let answer = adopted(from).answer(&unsigned);
        assert_eq!((answer.until, answer.due(Date::MAX)), (None, None));
        assert!(answer.reason.sv.contains("som inte är känd"), "{}", answer.reason.sv);
    }
    assert_eq!(until("end-of-year", &unsigned), Some(date(2028, 12, 31)), "the year of registration");
}

// ---- days ------------------------------------------------------------------------------------------------------

fn signed(moment: &str) -> RecordFacts<'static> {
    RecordFacts { last_signed: Some(at(moment)), ..facts("summons") }
}

#[test]
fn a_leap_day_ends_on_the_last_of_february() {
    assert_eq!(until("signed", &signed("2028-02-29T12:00:00Z")), Some(date(2030, 2, 28)));
    assert_eq!(until("signed", &signed("2026-02-28T12:00:00Z")), Some(date(2028, 2, 28)));
}

#[test]
fn days_and_years_are_swedish() {
    assert_eq!(until("signed", &signed("2026-06-30T21:59:59Z")), Some(date(2028, 6, 30)));
    assert_eq!(until("signed", &signed("2026-06-30T22:00:00Z")), Some(date(2028, 7, 1)));
    assert_eq!(until("end-of-year", &signed("2026-12-31T22:59:59Z")), Some(date(2028, 12, 31)));
    assert_eq!(until("end-of-year", &signed("2026-12-31T23:00:00Z")), Some(date(2029, 12, 31)));
}

#[test]
fn a_year_ends_after_the_latest_of_meeting_signature_and_registration() {
    let late = RecordFacts { registered: at("2027-01-04T09:00:00Z"), ..facts("summons") };
    assert_eq!(until("end-of-year", &late), Some(date(2029, 12, 31)));
}

#[test]
fn the_end_of_the_calendar_keeps_the_record() {
    assert_eq!(until("signed", &signed("9998-06-01T00:00:00Z")), None);
}

#[test]
fn disposal_is_due_the_day_after_the_last_day_and_delivery_on_its_first() {
    let due = |answer: &Answer, day| answer.due(day);
    let summons = adopted("signed").answer(&facts("summons"));
    assert_eq!(due(&summons, date(2028, 3, 11)), None);
    assert_eq!(due(&summons, date(2028, 3, 12)), Some(Due::Disposal));
    assert_eq!(summons.obstacle(), None);
    let minutes = adopted("signed").answer(&facts("minutes"));
    assert_eq!(due(&minutes, date(2031, 12, 30)), None);
    assert_eq!(due(&minutes, date(2031, 12, 31)), Some(Due::Delivery));
}

// ---- the file --------------------------------------------------------------------------------------------------

#[test]
fn the_shipped_schedule_is_an_example_that_disposes_of_nothing() {
    let schedule = Schedule::parse(SHIPPED).expect("the shipped schedule");
    assert!(schedule.example);
    assert!(SHIPPED.starts_with("# EXEMPEL"));
    for rule in &schedule.rules {
        let answer = schedule.answer(&facts(&rule.record_types[0]));
        assert!(!answer.adopted && answer.obstacle().is_some(), "{}", rule.id);
        assert!(answer.reason.sv.ends_with("Exempelregel: er myndighet måste själv besluta om sin plan."));
    }
    assert_eq!(schedule.answer(&facts("minutes")).deliver_from, Some(date(2031, 12, 31)));
    assert_eq!(schedule.answer(&facts("summons")).until, Some(date(2028, 12, 31)));
    assert_eq!(schedule.answer(&facts("meeting-notes")).until, Some(date(2028, 12, 31)));
    assert_eq!(schedule.answer(&facts("information")).until, Some(date(2027, 12, 31)));
}

#[test]
fn a_rule_without_a_decision_is_not_adopted() {
    for lost in [r#"decision = "KS 2025/9", "#, r#", date = "2025-11-30""#, r#"KS 2025/9"#] {
        let schedule = Schedule::parse(&ADOPTED.replace("FROM", "signed").replace(lost, "")).expect("a schedule");
        let answer = schedule.answer(&facts("summons"));
        assert!(!answer.adopted, "without {lost}");
        assert!(answer.obstacle().is_some_and(|text| text.sv.contains("gallringsbeslut")));
    }
}

#[test]
fn an_example_is_not_adopted_whatever_decisions_it_names() {
    let text = ADOPTED.replace("FROM", "signed").replace("example = false", "example = true");
    let answer = Schedule::parse(&text).expect("a schedule").answer(&facts("summons"));
    assert!(!answer.adopted && answer.obstacle().is_some());
}

#[test]
fn a_faulty_file_is_refused_with_its_line_and_rule() {
    let faults = [
        ("years = 2", "yaers = 2", "unknown field `yaers`"),
        ("plan =", "paln =", "unknown field `paln`"),
        ("example = false", "", "missing field `example`"),
        ("example = false", "example = \"no\"", "line 4"),
        ("version = \"2026-2\"", "version = \" \"", "has no version"),
        ("outcome = \"gallras\"", "outcome = \"raderas\"", "unknown variant `raderas`"),
        ("from = \"FROM\"", "from = \"midsommar\"", "unknown variant `midsommar`"),
        ("from = \"FROM\"", "", "line 18, rule `kallelser`: outcome `gallras` needs `from`"),
        ("years = 2\n", "", "line 18, rule `kallelser`: outcome `gallras` needs `years`"),
        ("years = 2\n", "years = 0\n", "line 18, rule `kallelser`: `years` must be from 1 to 200 years"),
        ("years = 2\n", "years = 2000\n", "must be from 1 to 200 years"),
        ("years = 2\n", "years = -2\n", "line 22"),
        ("outcome = \"gallras\"", "outcome = \"utredning\"", "outcome `utredning` does not take `years`"),
        ("id = \"anslag\"", "id = \"kallelser\"", "line 27, rule `kallelser`: the id is used twice"),
        ("\"summons\", \"agenda\"", "\"minutes\"", "record type `minutes` already has a rule"),
        ("\"summons\", \"agenda\"", "", "rule `kallelser`: no record type is named"),
        ("id = \"avtal\"", "id = \"\"", "the id is empty"),
        ("2025-11-30", "2025-11-31", "line 8, rule `protokoll`: `basis.date` is not a date such as 2026-01-31"),
    ];
    for (right, wrong, said) in faults {
        assert!(ADOPTED.contains(right), "{right}");
        let text = ADOPTED.replacen(right, wrong, 1).replace("FROM", "signed");
        let Text { sv, en } = Schedule::parse(&text).expect_err(wrong).text();
        assert!(en.contains(said), "{wrong}: {en}");
        let plain = sv.split("(teknisk uppgift").next().expect("a beginning");
        let english = ["line", "must", "needs", "takes", "the ", "is ", "already", "version is"];
        assert!(!english.iter().any(|word| plain.contains(word)), "{wrong}: {sv}");
    }
}

#[test]
fn an_empty_schedule_keeps_everything() {
    let schedule = Schedule::parse("[schedule]\nversion = \"0\"\nexample = false\nplan = \"\"\n").expect("a schedule");
    assert_eq!(schedule.answer(&facts("minutes")).rule_id, None);
    assert!(Schedule::parse("").is_err());
}

#[test]
fn the_decision_that_put_a_plan_in_force_is_named_beside_the_rules_own() {
    let text = ADOPTED.replace("FROM", "signed");
    let said = |text: &str| Schedule::parse(text).expect("a schedule").answer(&facts("summons")).reason.sv;
    let first = Schedule::put_in_force_by(&text, "KS 2026/8 \"nya\"");
    assert!(said(&first).ends_with("beslut KS 2025/9 den 2025-11-30. Planen gäller enligt beslut KS 2026/8 \"nya\"."));
    let second = Schedule::put_in_force_by(&first, "KS 2027/1");
    assert!(said(&second).ends_with("Planen gäller enligt beslut KS 2027/1."), "one decision puts it in force");
    let own = Schedule::put_in_force_by(&second, "KS 2025/9");
    assert_eq!(said(&own), said(&text), "the rule's own decision is not said twice");
}
