//! Have all who have to signed the minutes, and which days follow from it? Notes on Swedish minutes, 4.2 and 5.1.
//! Information for a person to judge, from names as they are written; it never changes the verdict.

pub mod dates;
pub mod days;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::format::minutes::meeting::Kind;
use crate::format::minutes::meeting::Minutes;
use crate::format::minutes::signpage::SignaturePage;
use crate::format::minutes::when::stockholm;
use crate::verify::agreement::CertifiedSigner;
use crate::verify::agreement::Role;
use crate::verify::agreement::Signed;
use crate::verify::agreement::Subject;
use crate::verify::agreement::roles;
use crate::verify::text::Text;

/// One who is to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// As what: secretary, chair or adjuster.
    pub role: Subject,
    /// The name in the minutes.
    pub name: String,
    /// Whether kommunallagen demands it; the secretary signs by custom.
    pub by_law: bool,
    /// Whether they have.
    pub state: State,
    /// When, as certificate, signature or page say.
    pub at: Option<Timestamp>,
}

/// Whether somebody has signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A signature that passed bears the name.
    Signed,
    /// A signature may be theirs, or it did not pass.
    Unclear,
    /// Only the text of the signature page says so.
    Printed,
    /// Nothing says so.
    Missing,
}

impl State {
    /// The code other programs see.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Unclear => "unclear",
            Self::Printed => "printed",
            Self::Missing => "missing",
        }
    }
}

/// Whether all have signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    /// All whom the minutes name.
    Complete,
    /// All whom the law demands.
    CompleteByLaw,
    /// Nobody is missing, but not every signature is confirmed.
    Unclear,
    /// Somebody is missing.
    Incomplete,
}

impl Whole {
    /// The code other programs see.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::CompleteByLaw => "complete-by-law",
            Self::Unclear => "unclear",
            Self::Incomplete => "incomplete",
        }
    }
}

/// Who is to sign, and who has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completeness {
    /// In the order secretary, chairs, adjusters.
    pub duties: Vec<Duty>,
    /// All of them together.
    pub whole: Whole,
    /// The day, in Sweden, on which the last one who has to had signed; none while somebody has not.
    pub adjusted_on: Option<Date>,
    /// "3 av 3 som ska skriva under har en bekräftad underskrift", and who has not.
    pub text: Text,
}

/// Compares those whom minutes name as signing with who has signed. None where they are no minutes, or name nobody.
#[must_use]
pub fn of(minutes: &Minutes, page: Option<&SignaturePage>, signers: &[CertifiedSigner<'_>]) -> Option<Completeness> {
    let entries = page.map(|page| page.entries.as_slice()).unwrap_or_default();
    let named = roles(minutes);
    let duties: Vec<Duty> = named.iter().map(|role| duty(role, &role.signed(entries, signers))).collect();
    if minutes.kind != Kind::Minutes || duties.is_empty() {
        return None;
    }
    let lacks = |state: State| duties.iter().any(|duty| duty.state == state && duty.by_law);
    let whole = if duties.iter().all(|duty| duty.state == State::Signed) {
        Whole::Complete
    } else if lacks(State::Missing) {
        Whole::Incomplete
    } else if lacks(State::Unclear) || lacks(State::Printed) {
        Whole::Unclear
    } else {
        Whole::CompleteByLaw
    };
    let text = text(&named, &duties);
    Some(Completeness { adjusted_on: adjusted_on(&duties), duties, whole, text })
}

fn duty(role: &Role<'_>, signed: &Signed<'_, '_>) -> Duty {
    let state = match signed {
        Signed::By(signer) if signer.passed => State::Signed,
        Signed::By(_) | Signed::Perhaps(_) => State::Unclear,
        Signed::Printed(_) => State::Printed,
        Signed::Nobody => State::Missing,
    };
    let by_law = role.subject != Subject::Secretary;
    Duty { role: role.subject, name: role.name.to_owned(), by_law, state, at: signed.at() }
}

/// The last signature of those the law demands, where all of them hold and say when.
fn adjusted_on(duties: &[Duty]) -> Option<Date> {
    let demanded: Vec<&Duty> = duties.iter().filter(|duty| duty.by_law).collect();
    let times: Option<Vec<Timestamp>> =
        demanded.iter().map(|duty| duty.at.filter(|_| duty.state == State::Signed)).collect();
    times?.into_iter().max().map(|at| at.to_zoned(stockholm()).date())
}

/// How many of how many, and who is left. One who has two roles signs once.
fn text(named: &[Role<'_>], duties: &[Duty]) -> Text {
    let mut names: Vec<&str> = duties.iter().map(|duty| duty.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let signed = |name: &&&str| duties.iter().all(|duty| duty.name != **name || duty.state == State::Signed);
    let (signed, all) = (names.iter().filter(signed).count(), names.len());
    let mut text = Text::new(
        format!("{signed} av {all} som ska skriva under har en bekräftad underskrift."),
        format!("{signed} of {all} who are to sign have a confirmed signature."),
    );
    let kinds: [(&str, &str, &[State]); 2] =
        [("Obekräftade", "Unconfirmed", &[State::Unclear, State::Printed]), ("Saknas", "Missing", &[State::Missing])];
    for (sv, en, states) in kinds {
        let those = named.iter().zip(duties).filter(|(_, duty)| states.contains(&duty.state)).map(|(role, _)| role);
        let (in_sv, in_en): (Vec<String>, Vec<String>) =
            those.map(|role| (format!("{} ({})", role.name, role.sv), format!("{} ({})", role.name, role.en))).unzip();
        if !in_sv.is_empty() {
            text.sv.push_str(&format!(" {sv}: {}.", in_sv.join(", ")));
            text.en.push_str(&format!(" {en}: {}.", in_en.join(", ")));
        }
    }
    text
}
