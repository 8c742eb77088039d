//! Do the signature page, the minutes and the certificates tell the same story?
//! Notes on Swedish minutes, 1.8 (printed values), 5.1 (cross-checks) and 5.2 number 13 (names). A difference is
//! information for a person to judge; it never changes the verdict.

mod name;
mod oddity;
mod pairing;

use jiff::Timestamp;

use crate::format::minutes::meeting::Minutes;
use crate::format::minutes::person::Signatory;
use crate::format::minutes::signpage::PageEntry;
use crate::format::minutes::signpage::SignaturePage;
use crate::format::minutes::when::stockholm;
use crate::verify::agreement::name::Certified;
use crate::verify::agreement::name::Likeness;
use crate::verify::agreement::name::likeness;
use crate::verify::agreement::name::likeness_of_written;
use crate::verify::agreement::pairing::Pair;
use crate::verify::agreement::pairing::TIME_TOLERANCE_SECONDS;
use crate::verify::agreement::pairing::pairs;
use crate::verify::agreement::pairing::same_id;
use crate::verify::agreement::pairing::seconds_apart;
use crate::verify::text::Text;

pub use oddity::describe;

/// A person as a certificate and its signature state them.
#[derive(Clone, Copy, Debug)]
pub struct CertifiedSigner<'a> {
    /// The common name; may be empty.
    pub name: &'a str,
    /// All given names.
    pub given_name: Option<&'a str>,
    /// The surname or surnames.
    pub surname: Option<&'a str>,
    /// When the person identified themselves, from the certificate.
    pub authenticated_at: Option<Timestamp>,
    /// When the document says it was signed.
    pub claimed_at: Option<Timestamp>,
    /// Transaction ids found in the evidence; usually none.
    pub transaction_ids: &'a [String],
    /// True where the signature and its certificate hold.
    pub holds: bool,
    /// True where the signature passed: it holds, and whoever vouches for the name is believed.
    pub passed: bool,
}

/// What two places are compared about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A name on the signature page against a certificate.
    PageSigner,
    /// A time on the signature page against the certificate's.
    PageTime,
    /// A transaction id on the signature page against the evidence.
    PageTransaction,
    /// The number of signatures on the page that a certificate confirms.
    PageCount,
    /// A certificate against the signature page.
    CertificateSigner,
    /// The secretary in the minutes against the signatures.
    Secretary,
    /// A chair in the minutes against the signatures.
    Chair,
    /// An adjuster in the minutes against the signatures.
    Adjuster,
    /// Somebody who was said to be going to sign, when the document was handed in.
    Expected,
    /// A signature's time against the end of the meeting.
    AfterMeeting,
}

impl Subject {
    /// The code other programs see.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::PageSigner => "page-signer",
            Self::PageTime => "page-time",
            Self::PageTransaction => "page-transaction",
            Self::PageCount => "page-count",
            Self::CertificateSigner => "certificate-signer",
            Self::Secretary => "secretary",
            Self::Chair => "chair",
            Self::Adjuster => "adjuster",
            Self::Expected => "expected",
            Self::AfterMeeting => "after-meeting",
        }
    }
}

/// How two places agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// They say the same.
    Match,
    /// They may mean the same; a person should look.
    Partial,
    /// They say different things.
    Different,
    /// One of them says nothing.
    Missing,
}

impl Outcome {
    /// The code other programs see.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Partial => "partial",
            Self::Different => "different",
            Self::Missing => "missing",
        }
    }
}

/// One comparison with what both places say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// What is compared.
    pub subject: Subject,
    /// What the page or the minutes say.
    pub left: String,
    /// What the certificate, the page or the clock says; none where it says nothing.
    pub right: Option<String>,
    /// How they agree.
    pub outcome: Outcome,
    /// The same as a sentence.
    pub text: Text,
}

/// Compares what is there: every page entry with a certificate, every role in the minutes with who signed, every
/// signature's time with the end of the meeting. Nothing where neither page nor certificate says who signed.
#[must_use]
pub fn agree(
    page: Option<&SignaturePage>,
    minutes: Option<&Minutes>,
    signers: &[CertifiedSigner<'_>],
) -> Vec<Agreement> {
    let entries = page.map(|page| page.entries.as_slice()).unwrap_or_default();
    let pairs = pairs(entries, signers);
    let mut found = Vec::new();
    found.extend(count(&pairs));
    for pair in &pairs {
        found.push(page_signer(pair));
        found.extend(page_time(pair));
        found.extend(page_transaction(pair));
    }
    if !entries.is_empty() {
        let on_page = |signer: &CertifiedSigner<'_>| pairs.iter().any(|pair| pair.is(signer));
        found.extend(signers.iter().filter(|signer| !on_page(signer)).map(not_on_page));
    }
    if let Some(minutes) = minutes.filter(|_| !entries.is_empty() || !signers.is_empty()) {
        found.extend(roles(minutes).iter().map(|named| role(named, entries, signers)));
        found.extend(after_meeting(minutes, &pairs, signers));
    }
    found
}

/// Names compared for one role.
const ROLE_NAMES_MAX: usize = 20;

impl CertifiedSigner<'_> {
    fn likeness(&self, written: &str) -> Likeness {
        let certified = Certified { whole: self.name, given: self.given_name, surname: self.surname };
        likeness(written, &certified)
    }

    fn certified_at(&self) -> Option<Timestamp> {
        self.authenticated_at.or(self.claimed_at)
    }
}

fn count(pairs: &[Pair<'_>]) -> Option<Agreement> {
    let all = pairs.len();
    let confirmed = pairs.iter().filter(|pair| pair.confirmed()).count();
    let outcome = match confirmed {
        _ if all == 0 => return None,
        0 => Outcome::Missing,
        _ if confirmed == all => Outcome::Match,
        _ => Outcome::Partial,
    };
    Some(Agreement {
        subject: Subject::PageCount,
        left: all.to_string(),
        right: Some(confirmed.to_string()),
        outcome,
        text: Text::new(
            format!("{confirmed} av {all} underskrifter på underskriftssidan bekräftas av ett certifikat i filen."),
            format!(
                "{confirmed} of {all} signatures on the signature page are confirmed by a certificate in the file."
            ),
        ),
    })
}

fn page_signer(pair: &Pair<'_>) -> Agreement {
    let name = pair.name();
    let certified = pair.signer.map(|signer| signer.name).unwrap_or_default();
    let holds = pair.signer.is_some_and(|signer| signer.holds);
    let (outcome, text) = match (pair.signer, pair.likeness) {
        (None, _) => (
            Outcome::Missing,
            Text::new(
                format!("Inget certifikat i filen bär namnet {name}. Det står bara som text på underskriftssidan."),
                format!("No certificate in the file bears the name {name}. It is only text on the signature page."),
            ),
        ),
        (Some(_), Likeness::Other) => (
            Outcome::Different,
            Text::new(
                format!("Underskriftssidan säger {name}, certifikatet från samma tid säger {certified}."),
                format!("The signature page says {name}, the certificate of that time says {certified}."),
            ),
        ),
        (Some(_), Likeness::Same | Likeness::Close) if !holds => (
            Outcome::Partial,
            Text::new(
                format!("{name} har ett certifikat i filen, men underskriften håller inte."),
                format!("{name} has a certificate in the file, but the signature does not hold."),
            ),
        ),
        (Some(_), Likeness::Close) => (
            Outcome::Partial,
            Text::new(
                format!("Underskriftssidan säger {name}, certifikatet {certified}. Det kan vara samma person."),
                format!("The signature page says {name}, the certificate {certified}. It may be the same person."),
            ),
        ),
        (Some(_), Likeness::Same) => (
            Outcome::Match,
            Text::new(
                format!("{name} på underskriftssidan har ett certifikat i filen."),
                format!("{name} on the signature page has a certificate in the file."),
            ),
        ),
    };
    Agreement {
        subject: Subject::PageSigner,
        left: name.to_owned(),
        right: pair.signer.map(|signer| signer.name.to_owned()),
        outcome,
        text,
    }
}

fn page_time(pair: &Pair<'_>) -> Option<Agreement> {
    let signer = pair.signer?;
    let printed = pair.entry.signed_at?;
    let certified = signer.certified_at();
    let seconds = seconds_apart(pair.entry, signer);
    let (outcome, text) = match seconds {
        None => (
            Outcome::Missing,
            Text::new(
                "Certifikatet säger inte när personen legitimerade sig.",
                "The certificate does not say when the person identified themselves.",
            ),
        ),
        Some(seconds) => (
            if seconds <= TIME_TOLERANCE_SECONDS { Outcome::Match } else { Outcome::Different },
            Text::new(
                format!("Tiden på underskriftssidan och tiden i underskriften skiljer {seconds} sekunder."),
                format!("The time on the signature page and that of the signature are {seconds} seconds apart."),
            ),
        ),
    };
    Some(Agreement {
        subject: Subject::PageTime,
        left: printed.to_string(),
        right: certified.map(|at| at.to_string()),
        outcome,
        text,
    })
}

/// Absence is normal and a difference is information: nobody has published what the printed id is (notes 1.8).
fn page_transaction(pair: &Pair<'_>) -> Option<Agreement> {
    let signer = pair.signer?;
    let id = pair.entry.transaction_id.as_ref()?;
    let (outcome, text) = if signer.transaction_ids.is_empty() {
        let sv = "Certifikatet innehåller inget transaktions-ID. Det är normalt.";
        (Outcome::Missing, Text::new(sv, "The certificate holds no transaction id. That is normal."))
    } else if same_id(pair.entry, signer) {
        let sv = "Transaktions-ID på underskriftssidan finns också i underskriften.";
        (Outcome::Match, Text::new(sv, "The transaction id on the signature page is also in the signature."))
    } else {
        let sv = "Underskriften har ett annat ID än underskriftssidan. De kan komma från olika led.";
        let en = "The signature has another id than the signature page. They may come from different steps.";
        (Outcome::Different, Text::new(sv, en))
    };
    Some(Agreement {
        subject: Subject::PageTransaction,
        left: id.literal().to_owned(),
        right: Some(signer.transaction_ids.join(", ")).filter(|ids| !ids.is_empty()),
        outcome,
        text,
    })
}

fn not_on_page(signer: &CertifiedSigner<'_>) -> Agreement {
    let name = signer.name;
    Agreement {
        subject: Subject::CertificateSigner,
        left: name.to_owned(),
        right: None,
        outcome: Outcome::Missing,
        text: Text::new(
            format!("{name} har skrivit under filen men står inte på underskriftssidan."),
            format!("{name} has signed the file but is not on the signature page."),
        ),
    }
}

/// Somebody the minutes name as signing.
#[derive(Clone, Debug)]
pub(super) struct Role<'a> {
    pub(super) subject: Subject,
    pub(super) name: &'a str,
    /// The matters it is about, where several share them: as written, or what the others leave.
    pub(super) matters: Vec<(u32, u32)>,
}

/// Whether somebody whom the minutes name has signed.
pub(super) enum Signed<'s, 'a> {
    /// A signature that holds bears the name.
    By(&'s CertifiedSigner<'a>),
    /// A signature bears a name like it, or does not hold.
    Perhaps(&'s CertifiedSigner<'a>),
    /// Only the signature page bears the name.
    Printed(&'s PageEntry),
    /// Nothing does.
    Nobody,
}

impl Signed<'_, '_> {
    /// When, as far as is said.
    pub(super) fn at(&self) -> Option<Timestamp> {
        match self {
            Self::By(signer) | Self::Perhaps(signer) => signer.certified_at(),
            Self::Printed(entry) => entry.signed_at,
            Self::Nobody => None,
        }
    }
}

impl Role<'_> {
    /// The role in words: `ordförande §§ 6–13`.
    pub(super) fn words(&self) -> Text {
        let (sv, en) = match self.subject {
            Subject::Secretary => ("sekreterare", "secretary"),
            Subject::Chair => ("ordförande", "chair"),
            Subject::Adjuster => ("justerare", "adjuster"),
            Subject::Expected
            | Subject::PageSigner
            | Subject::PageTime
            | Subject::PageTransaction
            | Subject::PageCount
            | Subject::CertificateSigner
            | Subject::AfterMeeting => ("förväntad", "expected"),
        };
        let several = self.matters.len() > 1 || self.matters.iter().any(|(first, last)| first != last);
        let range =
            |(first, last): &(u32, u32)| if first == last { first.to_string() } else { format!("{first}–{last}") };
        let matters = self.matters.iter().map(range).collect::<Vec<_>>().join(", ");
        let matters = match (matters.as_str(), several) {
            ("", _) => String::new(),
            (one, false) => format!(" § {one}"),
            (many, true) => format!(" §§ {many}"),
        };
        Text::new(format!("{sv}{matters}"), format!("{en}{matters}"))
    }

    /// Looks for the name among the certificates, then on the page. Of several alike the one that passed says most.
    pub(super) fn signed<'s, 'a>(
        &self,
        entries: &'s [PageEntry],
        signers: &'s [CertifiedSigner<'a>],
    ) -> Signed<'s, 'a> {
        let alike = |signer: &CertifiedSigner<'_>| (signer.likeness(self.name), signer.passed, signer.holds);
        let alike_at_all = signers.iter().filter(|signer| alike(signer).0 > Likeness::Other);
        let written = |entry: &&PageEntry| {
            let own = entry.name.as_deref();
            own.is_some_and(|own| likeness_of_written(self.name, own) > Likeness::Other)
        };
        match alike_at_all.max_by_key(|signer| alike(signer)) {
            Some(signer) if alike(signer).0 == Likeness::Same && signer.holds => Signed::By(signer),
            Some(signer) => Signed::Perhaps(signer),
            None => entries.iter().find(written).map_or(Signed::Nobody, Signed::Printed),
        }
    }
}

/// Those the minutes name as signing: secretary, chairs, adjusters.
pub(super) fn roles(minutes: &Minutes) -> Vec<Role<'_>> {
    let adjusters = if minutes.adjusting.is_empty() { &minutes.adjusters } else { &minutes.adjusting };
    let secretary =
        minutes.secretary.iter().map(|name| Role { subject: Subject::Secretary, name, matters: Vec::new() });
    let shared = [(Subject::Chair, &minutes.chairs), (Subject::Adjuster, adjusters)];
    let shared = shared.into_iter().flat_map(|(subject, named)| {
        let taken: Vec<(u32, u32)> = named.iter().flat_map(|one| one.matters.iter().copied()).collect();
        let left = minutes.range.filter(|_| !taken.is_empty()).map(|range| left(range, taken)).unwrap_or_default();
        let own = move |one: &Signatory| if one.matters.is_empty() { left.clone() } else { one.matters.clone() };
        named.iter().take(ROLE_NAMES_MAX).map(move |one| Role { subject, name: &one.name, matters: own(one) })
    });
    secretary.chain(shared).collect()
}

/// Which names of a person were handed in as `Anna Ek (ordförande)`: the role, where it is one we know, and the name.
pub(super) fn expected(said: &str) -> Role<'_> {
    let (name, role) = match said.split_once('(') {
        Some((name, role)) => (name.trim(), role.trim_end_matches([')', ' ']).trim().to_lowercase()),
        None => (said.trim(), String::new()),
    };
    let subject = match role.as_str() {
        "sekreterare" | "secretary" => Subject::Secretary,
        "ordförande" | "chair" => Subject::Chair,
        "justerare" | "justerande" | "adjuster" => Subject::Adjuster,
        _ => Subject::Expected,
    };
    Role { subject, name, matters: Vec::new() }
}

/// Whether two written names may be one person's.
pub(super) fn same_written(one: &str, other: &str) -> bool {
    let either = likeness_of_written(one, other).max(likeness_of_written(other, one));
    either == Likeness::Same
}

/// What of a range others have not taken.
fn left((first, last): (u32, u32), mut taken: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    taken.sort_unstable();
    let mut next = first;
    let mut left = Vec::new();
    for (from, to) in taken.into_iter().chain([(last.saturating_add(1), last.saturating_add(1))]) {
        if from > next && next <= last {
            left.push((next, from.saturating_sub(1).min(last)));
        }
        next = next.max(to.saturating_add(1));
    }
    left
}

fn role(role: &Role<'_>, entries: &[PageEntry], signers: &[CertifiedSigner<'_>]) -> Agreement {
    let (subject, name, Text { sv, en }) = (role.subject, role.name, role.words());
    let (outcome, right, text) = match role.signed(entries, signers) {
        Signed::By(signer) => (
            Outcome::Match,
            Some(signer.name),
            Text::new(format!("{name} ({sv}) har skrivit under."), format!("{name} ({en}) has signed.")),
        ),
        Signed::Perhaps(CertifiedSigner { name: certified, holds, .. }) => {
            let (doubt_sv, doubt_en) = if *holds {
                ("Det kan vara samma person", "It may be the same person")
            } else {
                ("Underskriften håller inte", "The signature does not hold")
            };
            (
                Outcome::Partial,
                Some(*certified),
                Text::new(
                    format!("{name} ({sv}): certifikatet säger {certified}. {doubt_sv}."),
                    format!("{name} ({en}): the certificate says {certified}. {doubt_en}."),
                ),
            )
        }
        Signed::Printed(entry) => (
            Outcome::Partial,
            entry.name.as_deref(),
            Text::new(
                format!("{name} ({sv}) står på underskriftssidan, men inget certifikat i filen bekräftar det."),
                format!("{name} ({en}) is on the signature page, but no certificate in the file confirms it."),
            ),
        ),
        Signed::Nobody => (Outcome::Missing, None, not_signed(role)),
    };
    Agreement { subject, left: name.to_owned(), right: right.map(str::to_owned), outcome, text }
}

fn not_signed(role: &Role<'_>) -> Text {
    let (subject, name, Text { sv, en }) = (role.subject, role.name, role.words());
    let law = if subject == Subject::Secretary { (SECRETARY_SV, SECRETARY_EN) } else { ("", "") };
    Text::new(
        format!("{name} ({sv}) har inte skrivit under.{}", law.0),
        format!("{name} ({en}) has not signed.{}", law.1),
    )
}

/// Kommunallagen 5:65–69 name the chair and the adjusters (notes 4.2).
const SECRETARY_SV: &str = " Kommunallagen kräver inte sekreterarens underskrift.";
const SECRETARY_EN: &str = " The Local Government Act does not require the secretary's signature.";

/// Every signature should be later than the meeting: its end, else its start, else its day.
fn after_meeting(minutes: &Minutes, pairs: &[Pair<'_>], signers: &[CertifiedSigner<'_>]) -> Vec<Agreement> {
    let time = minutes.end.or(minutes.start).unwrap_or_default();
    let over = minutes.date.and_then(|date| date.to_datetime(time).to_zoned(stockholm()).ok());
    let Some(over) = over else { return Vec::new() };
    let on_page = pairs.iter().map(|pair| {
        let attested = pair.signer.and_then(|signer| signer.authenticated_at);
        let claimed = pair.signer.and_then(|signer| signer.claimed_at);
        (pair.name(), attested.or(pair.entry.signed_at).or(claimed))
    });
    let alone = signers
        .iter()
        .filter(|signer| !pairs.iter().any(|pair| pair.is(signer)))
        .map(|signer| (signer.name, signer.certified_at()));
    let (ended_sv, ended_en) = if minutes.end.is_some() { ("slutade", "ended") } else { ("hölls", "was held") };
    let (day, clock) = (over.date(), over.strftime("%H.%M"));
    on_page
        .chain(alone)
        .map(|(name, signed)| {
            let (outcome, sv, en) = match signed {
                None => (
                    Outcome::Missing,
                    "har en underskrift utan tid. Den kan inte jämföras med",
                    "has a signature without a time. It cannot be compared with",
                ),
                Some(at) if at < over.timestamp() => (Outcome::Different, "skrev under före", "signed before"),
                Some(_) => (Outcome::Match, "skrev under efter", "signed after"),
            };
            Agreement {
                subject: Subject::AfterMeeting,
                left: signed.map(|at| at.to_string()).unwrap_or_default(),
                right: Some(over.timestamp().to_string()),
                outcome,
                text: Text::new(
                    format!("{name} {sv} mötet, som {ended_sv} {day} kl. {clock}."),
                    format!("{name} {en} the meeting, which {ended_en} {day} at {clock}."),
                ),
            }
        })
        .collect()
}
