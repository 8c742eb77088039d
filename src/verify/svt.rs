//! What another validator found then: signature validation tokens, in document timestamps or beside the document. RFC 9321; VALIDATION
//! 14. A token is its issuer's word: it is shown beside our own answer, labelled, and never improves it.

use jiff::Timestamp;

use crate::format::cms::SignedData;
use crate::format::cms::SignerInfo;
use crate::format::pdf::Document;
use crate::format::pdf::SignatureField;
use crate::format::svt;
use crate::format::svt::SignerForm;
use crate::format::timestamp::Token as TimeStamp;
use crate::format::x509::Certificate;
use crate::format::xml::algorithm;
use crate::verify::budget::Meter;
use crate::verify::calendar;
use crate::verify::crypto;
use crate::verify::crypto::DigestAlgorithm;
use crate::verify::existence::Circumstances;
use crate::verify::mask::masked;
use crate::verify::policy::Mechanism;
use crate::verify::proof::Proofs;
use crate::verify::text::Finding;
use crate::verify::text::Text;
use crate::verify::trust::Purpose;
use crate::verify::validity;
use crate::verify::validity::Chain;
use crate::verify::validity::Question;

/// Characters of a validator's own words that are kept.
const WORDS_MAX: usize = 500;

/// What a token says of one signature, and whether it can be believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The validation service's name for itself.
    pub issuer: String,
    /// When it said so.
    pub issued_at: Timestamp,
    /// After this it says nothing.
    pub expires: Option<Timestamp>,
    /// The answers, one for each of its policies.
    pub answers: Vec<Answer>,
    /// Times that it found proven.
    pub times: Vec<Timestamp>,
    /// Why it is not believed, the first check that failed first; empty where it is.
    pub doubts: Vec<Finding>,
}

/// One answer of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The policy's address.
    pub policy: String,
    /// The answer.
    pub result: svt::Outcome,
    /// In the validator's own words.
    pub message: Option<String>,
}

impl Statement {
    /// Whether every check held.
    pub fn believed(&self) -> bool {
        self.doubts.is_empty()
    }

    /// The statement in a sentence: whose word it is, that it decides nothing, and why it is not believed.
    pub fn sentence(&self) -> Text {
        let worst = self.answers.iter().map(|answer| match answer.result {
            svt::Outcome::Failed => (2, "ogiltig", "invalid"),
            svt::Outcome::Indeterminate => (1, "varken giltig eller ogiltig", "neither valid nor invalid"),
            svt::Outcome::Passed => (0, "giltig", "valid"),
        });
        let (_, sv, en) = worst.max().unwrap_or((1, "okänd", "unknown"));
        let (issuer, day) = (&self.issuer, calendar::moment(self.issued_at));
        let after = match self.doubts.first() {
            None => Text::new("Vår egen bedömning är gjord oberoende av det.", "Our own answer does not rest on it."),
            Some(doubt) => Text::new(
                format!("Vi bortser från det. {}", doubt.text.sv),
                format!("We leave it aside. {}", doubt.text.en),
            ),
        };
        Text::new(
            format!("{issuer} fann underskriften {sv} den {}. {}", day.sv, after.sv),
            format!("{issuer} found the signature {en} on {}. {}", day.en, after.en),
        )
    }
}

/// What the document's tokens, and those given beside it, say of each signature, in their order: of several, the newest
/// that is believed.
/// `intact`: whether digest and value of the timestamp in that place hold (step 5).
pub fn statements(
    document: &Document<'_>,
    intact: impl Fn(usize) -> bool,
    known: Circumstances<'_>,
    meter: &mut Meter,
) -> Vec<Option<Statement>> {
    let fields = document.signatures();
    let mut told: Vec<Option<Statement>> = vec![None; fields.len()];
    for (place, carrier) in fields.iter().enumerate().filter(|(_, field)| field.is_document_timestamp()) {
        let contents = carrier.contents.as_ref().map(|contents| contents.value()).unwrap_or_default();
        let stamp = TimeStamp::read(contents, known.budget).ok();
        let token = stamp.as_ref().and_then(|stamp| svt::Token::read(stamp.info.svt()?).ok());
        let Some(token) = token else { continue };
        let mut doubts = issued(&token, known, meter);
        if !intact(place) {
            doubts.push(doubt(
                "SVT-5",
                "Tidsstämpeln som bär intyget är inte hel.",
                "The timestamp that carries the token is not intact.",
            ));
        }
        let covered = |field: &SignatureField| field.revision < carrier.revision;
        tell(&token, doubts, covered, &mut told, document, known, meter);
    }
    for token in known.evidence.tokens() {
        let doubts = issued(token, known, meter);
        tell(token, doubts, |_| true, &mut told, document, known, meter);
    }
    told
}

/// Lays what one token says of each signature that it may speak of beside what others said: the newest believed stands.
fn tell(
    token: &svt::Token,
    doubts: Vec<Finding>,
    covered: impl Fn(&SignatureField) -> bool,
    told: &mut [Option<Statement>],
    document: &Document<'_>,
    known: Circumstances<'_>,
    meter: &mut Meter,
) {
    for (field, told) in document.signatures().iter().zip(told) {
        let covered = covered(field) && !field.is_document_timestamp();
        let Some(said) = covered.then(|| about(token, field, document, known, meter)).flatten() else { continue };
        let said = Statement { doubts: doubts.iter().cloned().chain(said.doubts).collect(), ..said };
        let rank = |one: &Statement| (one.believed(), one.issued_at);
        if told.as_ref().is_none_or(|told| rank(told) < rank(&said)) {
            *told = Some(said);
        }
    }
}

/// Steps 1 to 4: who issued it, in which form, with what, and until when it holds.
fn issued(token: &svt::Token, known: Circumstances<'_>, meter: &mut Meter) -> Vec<Finding> {
    let mut doubts = Vec::new();
    doubts.extend(issuer(token, known, meter).err());
    let found = &token.claims.found;
    let form = (token.header.typ.as_deref(), found.version.as_str(), found.profile.as_str());
    if form != (Some("JWT"), "1.0", "PDF") {
        doubts.push(doubt("SVT-2", "Intyget är av okänd sort.", "The token is of an unknown form."));
    }
    let reliable = digest_algorithm(token)
        .is_some_and(|used| known.policy.reliable(Mechanism::Digest(used.name())).at(known.proofs.now()));
    if !reliable {
        doubts.push(doubt(
            "SVT-3",
            "Intygets kontrollsummor räknas inte som säkra.",
            "The digests of the token are not reliable.",
        ));
    }
    let expired = token.claims.expires.is_some_and(|expires| expires.0 < known.proofs.now());
    if expired || token.claims.issued_at.0 > known.policy.latest(known.proofs.now()) {
        doubts.push(doubt("SVT-4", "Intyget gäller inte vid kontrolltillfället.", "The token is not in force now."));
    }
    doubts
}

/// Step 1: the token's signature, by a key of an issuer that is trusted for this.
fn issuer(token: &svt::Token, known: Circumstances<'_>, meter: &mut Meter) -> Result<(), Finding> {
    let sent = token.header.certificates();
    let unsigned = || {
        doubt(
            "SVT-1",
            "Intygets underskrift kunde inte bekräftas.",
            "The signature of the token could not be confirmed.",
        )
    };
    let untrusted = || {
        doubt(
            "SVT-1",
            "Den som utfärdat intyget finns inte på vår lista över betrodda valideringstjänster.",
            "The issuer of the token is not on our list of trusted validation services.",
        )
    };
    let anchors = known.trust.anchors().iter().filter(|anchor| anchor.serves(Purpose::ValidationToken));
    let named = || anchors.map(|anchor| &anchor.certificate).find(|one| names(token, one));
    let certificate = sent.first().or_else(named).ok_or_else(untrusted)?;
    let (algorithm, value) = (token.header.algorithm(), token.header.value(&token.signature));
    let (Some(algorithm), Some(value)) = (algorithm, value) else { return Err(unsigned()) };
    let key = &certificate.public_key;
    let within = meter.signature_check(key.key.len()).is_ok();
    if !within || !crypto::verify(key, &algorithm, None, &[&token.signed], &value).is_valid() {
        return Err(unsigned());
    }
    let pool: Vec<Certificate> = sent.iter().chain(known.evidence.certificates()).cloned().collect();
    let chains = Chain::all(certificate, &pool, Purpose::ValidationToken, known.proofs.now(), &known.context(), meter);
    let chains = chains.map_err(|_| untrusted())?;
    let (own, proofs) = (Mechanism::of(key, &algorithm, None), Proofs::none(known.proofs.now()));
    let question =
        Question { own: &own, existed: None, made_after: None, bound: false, signature: false, proofs: &proofs };
    let settled = validity::settle(&chains, question, &known.context());
    settled.map(|_| ()).map_err(|_| {
        doubt(
            "SVT-1",
            "Certifikatet för den som utfärdat intyget gäller inte, eller kan inte kontrolleras.",
            "The certificate of the token's issuer is not in force, or cannot be checked.",
        )
    })
}

/// Whether the header names this certificate by its digest.
fn names(token: &svt::Token, certificate: &Certificate) -> bool {
    let stated = token.header.kid.clone().and_then(|kid| svt::Base64::try_from(kid).ok());
    let algorithm = digest_algorithm(token);
    stated.zip(algorithm).is_some_and(|(stated, used)| crypto::digest(used, &[certificate.der()]) == stated.0)
}

/// The digest algorithm of the claims, which must be the one that the token is signed with.
fn digest_algorithm(token: &svt::Token) -> Option<DigestAlgorithm> {
    let named = algorithm::digest(&token.claims.found.digest_algorithm).and_then(DigestAlgorithm::from_oid)?;
    let bits = token.header.alg.get(2..)?;
    (token.header.alg == "EdDSA" || named.name() == format!("SHA-{bits}")).then_some(named)
}

/// Steps 6 to 8: what the token says of one signature. `None`: nothing.
fn about(
    token: &svt::Token,
    field: &SignatureField,
    document: &Document<'_>,
    known: Circumstances<'_>,
    meter: &mut Meter,
) -> Option<Statement> {
    let algorithm = digest_algorithm(token)?;
    let digest = |bytes: &[u8]| crypto::digest(algorithm, &[bytes]);
    let data = SignedData::read(field.contents.as_ref()?.value(), known.budget).ok()?;
    let signer = data.signers.first()?;
    let (value, attributes) = (digest(&signer.signature), digest(signer.signed.as_ref()?.stored_as_set()));
    let found = token.claims.found.signatures.iter().find(|found| {
        let named = &found.signature;
        named.value.0 == value && named.attributes.0 == attributes
    })?;
    let mut doubts = Vec::new();
    if !covers(found, field, document, algorithm, meter) {
        doubts.push(doubt("SVT-7", "Intyget gäller annat innehåll.", "The token is about other content."));
    }
    if !is_signers(&found.signer, &data, signer, algorithm) {
        doubts.push(doubt("SVT-8", "Intyget gäller ett annat certifikat.", "The token is about another certificate."));
    }
    let words = |text: &str| masked(text).chars().take(WORDS_MAX).collect::<String>();
    let answer = |answer: &svt::Answer| Answer {
        policy: words(&answer.policy),
        result: answer.result,
        message: answer.message.as_deref().map(words),
    };
    Some(Statement {
        issuer: words(&token.claims.issuer),
        issued_at: token.claims.issued_at.0,
        expires: token.claims.expires.map(|expires| expires.0),
        answers: found.answers.iter().map(answer).collect(),
        times: found.times.iter().flatten().map(|proven| proven.time.0).collect(),
        doubts,
    })
}

/// Step 7: one reference, to this very ByteRange, with the digest of what stands there now.
fn covers(
    found: &svt::Finding,
    field: &SignatureField,
    document: &Document<'_>,
    algorithm: DigestAlgorithm,
    meter: &mut Meter,
) -> bool {
    let ([data], Some(range)) = (found.data.as_slice(), &field.byte_range) else { return false };
    let written: Vec<String> = range.iter().map(i64::to_string).collect();
    let parts = field.digest_parts(document.bytes()).unwrap_or_default();
    let length = parts.iter().map(|part| u64::try_from(part.len()).unwrap_or(u64::MAX)).fold(0, u64::saturating_add);
    data.range == written.join(" ") && meter.digest(length).is_ok() && crypto::digest(algorithm, &parts) == data.hash.0
}

/// Step 8: the reference names the certificate that the signature names.
fn is_signers(
    reference: &svt::SignerReference,
    data: &SignedData,
    signer: &SignerInfo,
    algorithm: DigestAlgorithm,
) -> bool {
    let Some(svt::Base64(named)) = reference.parts.first() else { return false };
    data.certificates.iter().filter(|one| signer.sid.names(one)).any(|one| match reference.form {
        SignerForm::Chain => one.der() == named.as_slice(),
        SignerForm::ChainHash => crypto::digest(algorithm, &[one.der()]) == *named,
    })
}

fn doubt(code: &'static str, sv: &str, en: &str) -> Finding {
    Finding::new(code, sv, en)
}
