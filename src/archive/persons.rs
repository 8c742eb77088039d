//! What an archive holds about a person: a report for whoever asks about herself, and whole personal numbers, which are
//! shown to nobody without an event that says so. SWEDEN 4.7; HOUSE, invariant 7.

use crate::archive::act::Acted;
use crate::archive::encoding::Verification;
use crate::archive::error::Error;
use crate::archive::house::Archive;
use crate::archive::look_up::Found;
use crate::archive::record::RecordId;
use crate::archive::refusal::Refusal;
use crate::format::cms::SignedData;
use crate::format::pdf::Document;
use crate::verify::mask::masked;
use crate::verify::text::Text;

/// The attribute that holds a person's number (X.520 serialNumber).
const SERIAL_NUMBER: &str = "2.5.4.5";

/// A signer as her certificate names her, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Her name.
    pub name: Option<String>,
    /// Her identifier, unmasked.
    pub identifier: String,
}

/// A record that names a person.
#[derive(Clone, Debug)]
pub struct Mention {
    /// The record.
    pub found: Found,
    /// As what it names her, in words; each once.
    pub roles: Vec<Text>,
}

impl Archive {
    /// The whole identifiers of a record's signers, after an event that says who was shown them and for what.
    ///
    /// # Errors
    /// [`Refusal`] where no purpose is given; as [`Self::document`].
    pub fn unmasked(&self, id: RecordId, purpose: &str, by: &str) -> Result<(Vec<Person>, Acted), Error> {
        let document = self.document(id)?.ok_or(Refusal::NoRecord(id))?;
        // Written down first: who has seen them without that cannot be told.
        let acted = self.reveal(id, "Undertecknarnas personnummer", purpose, by)?;
        Ok((self.signers(&document), acted))
    }

    fn signers(&self, document: &[u8]) -> Vec<Person> {
        let budget = &self.options.budget;
        let Ok(read) = Document::read(document, budget) else { return Vec::new() };
        let mut persons: Vec<Person> = Vec::new();
        for contents in read.signatures().iter().filter_map(|signature| signature.contents.as_ref()) {
            let value = contents.value_len.and_then(|length| contents.bytes.get(..length)).unwrap_or_default();
            let Ok(signed) = SignedData::read(value, budget) else { continue };
            for certificate in &signed.certificates {
                let Some(identifier) = certificate.subject.find(SERIAL_NUMBER) else { continue };
                let name = certificate.subject.common_name().map(str::to_owned);
                let person = Person { name, identifier: identifier.to_owned() };
                if !persons.contains(&person) {
                    persons.push(person);
                }
            }
        }
        persons
    }

    /// Every record that names a person, by a name or by a whole personal number, which is compared as it is masked and then
    /// with the certificates themselves.
    ///
    /// # Errors
    /// The store's; a document's.
    pub fn about(&self, person: &str) -> Result<Vec<Mention>, Error> {
        let person = person.trim();
        let digits: String = person.chars().filter(char::is_ascii_digit).collect();
        let number = masked(person) != person;
        let mut mentions = Vec::new();
        for id in self.catalogue.every()? {
            let found = match self.record(id) {
                Err(Error::Damaged(_)) => continue,
                other => other?,
            };
            let Some(found) = found else { continue };
            let roles =
                if number { self.numbered(id, &found, &digits)? } else { named(&found.record.verification, person) };
            if !roles.is_empty() {
                mentions.push(Mention { found, roles });
            }
        }
        Ok(mentions)
    }

    /// Whether somebody with this number signed a record's document.
    fn numbered(&self, id: RecordId, found: &Found, digits: &str) -> Result<Vec<Text>, Error> {
        let ends = |whole: &str| {
            let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
            let (long, short) =
                if whole.len() > digits.len() { (whole.as_str(), digits) } else { (digits, whole.as_str()) };
            short.len() >= 10 && long.ends_with(short)
        };
        let some = found
            .record
            .verification
            .signatures
            .iter()
            .any(|one| one.signer.as_ref().is_some_and(|signer| signer.identifier.is_some()));
        if !some || found.life.disposal().is_some() {
            return Ok(Vec::new());
        }
        let signers = self.document(id)?.map(|document| self.signers(&document)).unwrap_or_default();
        let signed = signers.iter().any(|person| ends(&person.identifier));
        Ok(Vec::from_iter(
            signed.then(|| {
                Text::new("undertecknare (personnummer i certifikatet)", "signer (number in the certificate)")
            }),
        ))
    }
}

/// As what a verification names somebody.
fn named(found: &Verification, name: &str) -> Vec<Text> {
    let words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
    let is = |text: &str| {
        let text = text.to_lowercase();
        let has = |word: &String| text.split(|c: char| !c.is_alphanumeric()).any(|one| one == word);
        !words.is_empty() && words.iter().all(has)
    };
    let mut roles = Vec::new();
    let mut say = |is: bool, sv: &str, en: &str| {
        if is {
            roles.push(Text::new(sv, en));
        }
    };
    let signers = || found.signatures.iter().filter_map(|one| one.signer.as_ref()?.name.as_deref());
    say(signers().any(is), "undertecknare", "signer");
    let page = || found.signature_page.iter().flat_map(|page| &page.entries);
    say(page().any(|entry| entry.name.as_deref().is_some_and(is)), "på underskriftssidan", "on the signature page");
    if let Some(minutes) = &found.minutes {
        say(minutes.present.iter().any(|one| is(one)), "närvarande", "present");
        say(minutes.absent.iter().any(|one| is(one)), "frånvarande", "absent");
        say(minutes.adjusters.iter().any(|one| is(one)), "justerare", "adjuster");
        say(minutes.secretary.as_deref().is_some_and(is), "sekreterare", "secretary");
        say(minutes.chairs.iter().any(|one| is(one)), "ordförande", "chair");
    }
    roles
}
