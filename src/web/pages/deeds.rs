//! The deeds that have a page on a record, and the form of each. USERS 9.4 and 10.

use crate::archive::encoding::Text;
use crate::archive::look_up::Found;
use crate::archive::record_type;
use crate::archive::retention::Schedule;
use crate::verify::mask::masked;
use crate::web::caller::Caller;
use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::language::Language;
use crate::web::pages::form::Field;
use crate::web::pages::form::Form;
use crate::web::pages::form::Input;
use crate::web::pages::moment::Moment;
use crate::web::pages::retained;
use crate::web::pages::shell::Shell;
use crate::web::state::App;

/// What can be done on a page of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Hold,
    Correct,
    Link,
    Occurred,
    Verify,
    Publish,
    Statement,
    Reveal,
}

impl What {
    pub(crate) const ALL: [Self; 8] = [
        Self::Verify,
        Self::Statement,
        Self::Publish,
        Self::Correct,
        Self::Link,
        Self::Hold,
        Self::Occurred,
        Self::Reveal,
    ];

    /// The last part of its address.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Hold => "gallringsstopp",
            Self::Correct => "ratta",
            Self::Link => "koppla",
            Self::Occurred => "handelse",
            Self::Verify => "kontrollera-igen",
            Self::Publish => "publiceringskopia",
            Self::Statement => "kontrollintyg",
            Self::Reveal => "personuppgifter",
        }
    }

    pub(crate) fn name(self, shell: &Shell) -> &str {
        match self {
            Self::Hold => shell.say("Lägg till gallringsstopp", "Place a hold"),
            Self::Correct => shell.say("Rätta uppgifter", "Correct what is stated"),
            Self::Link => shell.say("Koppla till en annan handling", "Link to another record"),
            Self::Occurred => shell.say("Ange när bevarandetiden börjar", "State when retention begins"),
            Self::Verify => shell.say("Kontrollera igen", "Check again"),
            Self::Publish => shell.say("Skapa publiceringskopia", "Make a copy for publication"),
            Self::Statement => shell.say("Skriv ut kontrollintyg", "Print a statement of verification"),
            Self::Reveal => shell.say("Visa personnummer", "Show personal numbers"),
        }
    }

    /// What the record's page says once it is done.
    pub(crate) fn done(self, shell: &Shell) -> &str {
        match self {
            Self::Hold => shell.say(
                "Gallringsstoppet är satt. Handlingen gallras inte förrän stoppet är hävt.",
                "The hold is placed. The record is not disposed of until it is lifted.",
            ),
            Self::Correct => shell.say(
                "Uppgifterna är rättade. Det som stod förut finns kvar bland händelserna.",
                "What is stated is corrected. What was stated before stays among the events.",
            ),
            Self::Link => shell.say("Handlingarna är kopplade.", "The records are linked."),
            Self::Occurred => shell.say(
                "Dagen är antecknad. Bevarandetiden räknas från den.",
                "The day is noted. Retention is counted from it.",
            ),
            Self::Verify => shell.say(
                "Handlingen är kontrollerad igen. Det nya svaret finns bredvid det gamla.",
                "The record was checked again. The new answer stands beside the old one.",
            ),
            Self::Publish | Self::Statement | Self::Reveal => shell.say("Klart.", "Done."),
        }
    }

    pub(crate) fn named(slug: &str) -> Result<Self, Problem> {
        Self::ALL.into_iter().find(|one| one.slug() == slug).ok_or_else(|| Kind::NotFound.into())
    }

    pub(crate) fn may(self, caller: &Caller) -> Result<(), Problem> {
        if self == Self::Statement { caller.must_register() } else { caller.must_keep() }
    }
}

/// The form that lifts a hold.
pub(crate) fn release_page(shell: &Shell, found: &Found, hold: &str) -> Result<Form, Problem> {
    let hold = found.life.holds.iter().find(|one| one.name == hold).ok_or(Kind::NotFound)?;
    let id = &found.record.id;
    let field = Field::new("skal", shell.say("Skäl till att stoppet hävs", "Reason for lifting it"), Input::Text);
    let mut facts = vec![(shell.say("Skäl till stoppet", "Reason of the hold").to_owned(), hold.reason.clone())];
    facts.push((shell.say("Satt av", "Placed by").to_owned(), hold.by.clone()));
    Ok(Form {
        facts,
        action: shell.href(&format!("/handling/{id}/gallringsstopp/{}", hold.name)),
        fields: vec![field.needed().hint(no_names(shell))],
        submit: shell.say("Häv gallringsstoppet", "Lift the hold").to_owned(),
        back: back(shell, id),
        ..Form::told(shell, shell.say("Häv gallringsstopp", "Lift a hold"))
    })
}

fn back(shell: &Shell, id: &str) -> (String, String) {
    (shell.href(&format!("/handling/{id}")), shell.say("Avbryt", "Cancel").to_owned())
}

fn no_names(shell: &Shell) -> &str {
    shell.say("Sparas i loggen. Skriv inga personuppgifter.", "Is kept in the log. No personal data.")
}

/// The types that a record can have: those of the plan, and its own; a document whose type no rule knows keeps it.
pub(crate) fn types<'o>(
    schedule: &'o Schedule,
    own: impl IntoIterator<Item = &'o str>,
    language: Language,
) -> Vec<(String, String)> {
    let of_plan = schedule.rules.iter().flat_map(|rule| &rule.record_types).map(String::as_str);
    let mut codes: Vec<&str> = of_plan.collect();
    for own in own {
        if !codes.contains(&own) {
            codes.push(own);
        }
    }
    if !codes.contains(&"other") {
        codes.push("other");
    }
    let words = |code: &str| {
        let (kind, rule) = (retained::kind(code, schedule, language), record_type::rule(code, schedule));
        (code.to_owned(), format!("{kind} – {}", retained::rule(rule, language)))
    };
    codes.into_iter().map(words).collect()
}

/// The form of a deed.
pub(crate) fn made(app: &App, shell: &Shell, what: What, found: &Found) -> Form {
    let id = &found.record.id;
    let title = found.record.title.as_deref().map_or_else(|| id.clone(), masked);
    let base = Form {
        action: shell.href(&format!("/handling/{id}/{}", what.slug())),
        facts: vec![(shell.say("Handling", "Record").to_owned(), title)],
        submit: what.name(shell).to_owned(),
        back: back(shell, id),
        ..Form::told(shell, what.name(shell))
    };
    let reason = |label: &str| Field::new("skal", label, Input::Text).needed().hint(no_names(shell));
    let purpose = || Field::new("andamal", shell.say("Ändamål", "Purpose"), Input::Line);
    let (lead, fields) = match what {
        What::Hold => (
            shell.say(
                "Ett gallringsstopp går före varje förslag och beslut tills det hävs.",
                "A hold wins over every proposal and decision until it is lifted.",
            ),
            vec![
                reason(shell.say("Skäl", "Reason")),
                Field::new("kontakt", shell.say("Vem man frågar", "Whom to ask"), Input::Line)
                    .hint(shell.say("En funktion, till exempel kommunjuristen.", "A function, such as the town's lawyer.")),
            ],
        ),
        What::Correct => (
            shell.say(
                "Det som stod förut finns kvar bland händelserna. Ett tomt fält lämnas som det är.",
                "What was stated before stays among the events. An empty field is left as it is.",
            ),
            corrections(app, shell, found, reason(shell.say("Skäl till rättelsen", "Reason for the correction"))),
        ),
        What::Link => ("", links(shell)),
        What::Occurred => (
            shell.say(
                "En del frister räknas från en dag som inte står i handlingen. Den senaste uppgiften gäller.",
                "Some terms are counted from a day that the document does not tell. The newest statement holds.",
            ),
            occurrences(shell),
        ),
        What::Verify => (
            shell.say(
                "Handlingen kontrolleras med dagens uppgifter. Det nya svaret sparas bredvid det gamla, som står kvar.",
                "The record is checked with what is known today. The new answer is kept beside the old one, which stays.",
            ),
            Vec::new(),
        ),
        What::Publish => (
            shell.say(
                "Underskrifter, certifikat och personnummer tas bort. Namn och annan text är kvar. Kopians kontrollsumma registreras.",
                "Signatures, certificates and personal numbers are taken out. Names and other text stay. The copy's SHA-256 is registered.",
            ),
            vec![purpose().value(shell.say("Publicering på webben", "Publication on the web"))],
        ),
        What::Statement => (
            shell.say(
                "Intyget är en förseglad PDF om vad som hittades, vem som skrev under och var beviset finns. Att det utfärdas registreras.",
                "The statement is a sealed PDF about what was found, who signed and where it is proven. Its issue is registered.",
            ),
            Vec::new(),
        ),
        What::Reveal => (
            shell.say(
                "Att du ser dem, och för vilket ändamål, antecknas i loggen innan de visas.",
                "That you see them, and for what purpose, is noted in the log before they are shown.",
            ),
            vec![purpose().needed().hint(no_names(shell))],
        ),
    };
    let mut facts = base.facts.clone();
    if what == What::Verify {
        facts.extend(then_and_now(shell, found));
    }
    Form { lead: vec![lead.to_owned()], fields, facts, ..base }
}

/// The answer at registration, and the newest.
fn then_and_now(shell: &Shell, found: &Found) -> Vec<(String, String)> {
    let language = shell.language;
    let line = |label: &str, at: &str, headline: &Text| {
        let at = Moment::read(at, language).map(|at| at.plain()).unwrap_or_default();
        (label.to_owned(), format!("{} ({at})", language.of_text(headline)))
    };
    let first = &found.record.verification;
    let then = line(shell.say("Kontrollen då", "The check then"), &first.checked_at, &first.headline);
    let again = found.life.verified_again.as_ref();
    let now = again.map(|(at, found)| line(shell.say("Kontrollen nu", "The check now"), at, &found.headline));
    std::iter::once(then).chain(now).collect()
}

fn corrections(app: &App, shell: &Shell, found: &Found, reason: Field) -> Vec<Field> {
    let record = &found.record;
    let text = |text: &Option<String>| text.as_deref().map(masked).unwrap_or_default();
    let types = types(&app.archive().schedule(), Some(record.record_type.as_str()), shell.language);
    let yes_no = vec![
        ("nej".to_owned(), shell.say("Nej, bara behöriga", "No, only those who may").to_owned()),
        ("ja".to_owned(), shell.say("Ja, vem som helst får slå upp den", "Yes, anyone may look it up").to_owned()),
    ];
    let public = if record.public { "ja" } else { "nej" };
    vec![
        Field::new("titel", shell.say("Titel", "Title"), Input::Line).value(text(&record.title)),
        Field::new("diarienummer", shell.say("Diarienummer", "Diary number"), Input::Line)
            .value(text(&record.diary_number)),
        Field::new("organ", shell.say("Organ", "Body"), Input::Line).value(text(&record.body)),
        Field::new("typ", shell.say("Handlingstyp", "Record type"), Input::Choice(types)).value(&record.record_type),
        Field::new("sammantrade", shell.say("Sammanträdesdag", "Day of the meeting"), Input::Day)
            .value(text(&record.meeting_date)),
        Field::new("offentlig", shell.say("Offentlig", "Public"), Input::Choice(yes_no)).value(public),
        reason,
    ]
}

fn links(shell: &Shell) -> Vec<Field> {
    vec![
        Field::new("till", shell.say("Den andra handlingen", "The other record"), Input::Line).needed().hint(
            shell.say(
                "Dess id, diarienummer, kontrollsumma eller Transaktions-ID.",
                "Its id, diary number, SHA-256 or transaction id.",
            ),
        ),
        Field::new(
            "samband",
            shell.say("Hur hör den här ihop med den?", "How does this one belong with it?"),
            Input::Line,
        )
        .needed()
        .hint(shell.say(
            "Till exempel: bilaga till, rättelse av, samma sammanträde.",
            "For example: appendix to, correction of, same meeting.",
        )),
    ]
}

fn occurrences(shell: &Shell) -> Vec<Field> {
    let events = vec![
        ("avslutat".to_owned(), shell.say("Ärendet avslutades", "The matter was closed").to_owned()),
        ("laga-kraft".to_owned(), shell.say("Beslutet vann laga kraft", "The decision gained legal force").to_owned()),
    ];
    vec![
        Field::new("vad", shell.say("Vad som hände", "What came to pass"), Input::Choice(events)).needed(),
        Field::new("dag", shell.say("Vilken dag", "On which day"), Input::Day).needed(),
    ]
}
