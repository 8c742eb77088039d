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
use crate::verify::agreement;
use crate::verify::agreement::CertifiedSigner;
use crate::verify::agreement::Role;
use crate::verify::agreement::Signed;
use crate::verify::agreement::Subject;
use crate::verify::agreement::roles;
use crate::verify::completeness::dates::BodyType;
use crate::verify::text::Text;

/// Names of expected signers that are counted; no minutes have as many.
pub const EXPECTED_MAX: usize = 100;

/// One who is to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// As what: secretary, chair, adjuster, or only expected.
    pub role: Subject,
    /// The same in words, with the matters it is about.
    pub words: Text,
    /// The name in the minutes.
    pub name: String,
    /// First and last number of each range of matters it is about, where several share a role; empty is all.
    pub matters: Vec<(u32, u32)>,
    /// Whether kommunallagen demands it; the secretary signs by custom.
    pub by_law: bool,
    /// Whether it was said to be expected when the document was handed in.
    pub expected: bool,
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
    expecting(Some(minutes), &[], page, signers)
}

/// The same, with names that whoever handed the document in expects: `Anna Ek`, or `Anna Ek (ordförande)`. A name that the
/// minutes have too is one duty. They count in documents that are no minutes as well.
#[must_use]
pub fn expecting(
    minutes: Option<&Minutes>,
    expected: &[String],
    page: Option<&SignaturePage>,
    signers: &[CertifiedSigner<'_>],
) -> Option<Completeness> {
    let entries = page.map(|page| page.entries.as_slice()).unwrap_or_default();
    let mut named: Vec<(Role<'_>, bool)> = minutes
        .filter(|minutes| minutes.kind == Kind::Minutes)
        .map(|minutes| roles(minutes).into_iter().map(|role| (role, false)).collect())
        .unwrap_or_default();
    for said in
        expected.iter().take(EXPECTED_MAX).map(|said| agreement::expected(said)).filter(|said| !said.name.is_empty())
    {
        let mut known = false;
        for (role, expected) in named.iter_mut().filter(|(role, _)| agreement::same_written(role.name, said.name)) {
            (*expected, known) = (true, true);
            if role.subject == Subject::Expected {
                role.subject = said.subject;
            }
        }
        if !known {
            named.push((said, true));
        }
    }
    if named.is_empty() {
        return None;
    }
    let duties = named.iter().map(|(role, expected)| duty(role, *expected, &role.signed(entries, signers)));
    Some(Completeness::summed(duties.collect()))
}

impl Completeness {
    /// The same by the rules of a body of this kind. Where kommunallagen does not apply, no law makes a difference
    /// between those whom the minutes name: all of them count, and what is missing is for the statutes to judge.
    #[must_use]
    pub fn under(&self, body: Option<BodyType>) -> Self {
        let Some(body) = body.filter(|body| !body.follows_the_act()) else { return self.clone() };
        let free = |duty: &Duty| Duty { by_law: false, expected: true, ..duty.clone() };
        let mut judged = Self::summed(self.duties.iter().map(free).collect());
        for (own, duty) in judged.duties.iter_mut().zip(&self.duties) {
            own.expected = duty.expected;
        }
        if judged.whole != Whole::Complete {
            let (sv, en) = body.statutes();
            judged.text.sv.push_str(&format!(" Kommunallagen gäller inte: {sv} avgör vem som ska skriva under."));
            judged.text.en.push_str(&format!(" The Local Government Act does not apply: {en} say who is to sign."));
        }
        judged
    }

    fn summed(duties: Vec<Duty>) -> Self {
        let lacks = |state: State| duties.iter().any(|duty| duty.state == state && (duty.by_law || duty.expected));
        let whole = if duties.iter().all(|duty| duty.state == State::Signed) {
            Whole::Complete
        } else if lacks(State::Missing) {
            Whole::Incomplete
        } else if lacks(State::Unclear) || lacks(State::Printed) {
            Whole::Unclear
        } else {
            Whole::CompleteByLaw
        };
        Self { adjusted_on: adjusted_on(&duties), text: text(&duties), duties, whole }
    }
}

fn duty(role: &Role<'_>, expected: bool, signed: &Signed<'_, '_>) -> Duty {
    let state = match signed {
        Signed::By(signer) if signer.passed => State::Signed,
        Signed::By(_) | Signed::Perhaps(_) => State::Unclear,
        Signed::Printed(_) => State::Printed,
        Signed::Nobody => State::Missing,
    };
    Duty {
        role: role.subject,
        words: role.words(),
        name: role.name.to_owned(),
        matters: role.matters.clone(),
        by_law: matches!(role.subject, Subject::Chair | Subject::Adjuster),
        expected,
        state,
        at: signed.at(),
    }
}

/// The last signature of those the law demands, where all of them hold and say when.
fn adjusted_on(duties: &[Duty]) -> Option<Date> {
    let demanded: Vec<&Duty> = duties.iter().filter(|duty| duty.by_law).collect();
    let times: Option<Vec<Timestamp>> =
        demanded.iter().map(|duty| duty.at.filter(|_| duty.state == State::Signed)).collect();
    times?.into_iter().max().map(|at| at.to_zoned(stockholm()).date())
}

/// How many of how many, and who is left. One who has two roles signs once.
fn text(duties: &[Duty]) -> Text {
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
        let those = duties.iter().filter(|duty| states.contains(&duty.state));
        let (in_sv, in_en): (Vec<String>, Vec<String>) = those.map(Duty::told).unzip();
        if !in_sv.is_empty() {
            text.sv.push_str(&format!(" {sv}: {}.", in_sv.join(", ")));
            text.en.push_str(&format!(" {en}: {}.", in_en.join(", ")));
        }
    }
    text
}

impl Duty {
    /// `Berit Hägg (justerare)`; somebody who is only expected has no role.
    fn told(&self) -> (String, String) {
        let unnamed = self.role == Subject::Expected;
        let of = |words: &str| if unnamed { self.name.clone() } else { format!("{} ({words})", self.name) };
        (of(&self.words.sv), of(&self.words.en))
    }
}
