//! The processes of EN 319 102-1 over one certificate: basic, with a proven time, with archive material; validation time
//! sliding; and which later proof answers which trouble. VALIDATION 3.5, 4.1, 4.4 to 4.6, 4.10.
//! Uses ../shared/vectors/time-slide when it is there; says so when it is not.

use std::fs;

use jiff::SignedDuration;
use jiff::Timestamp;
use serde_json::Value;
use sigill::format::budget::Budget;
use sigill::format::x509::Certificate;
use sigill::verify::budget::Meter;
use sigill::verify::crypto;
use sigill::verify::evidence::Evidence;
use sigill::verify::existence;
use sigill::verify::existence::Circumstances;
use sigill::verify::indication::SubIndication;
use sigill::verify::policy::Kind;
use sigill::verify::policy::Mechanism;
use sigill::verify::policy::Policy;
use sigill::verify::policy::Reliable;
use sigill::verify::policy::RevocationRule;
use sigill::verify::policy::Row;
use sigill::verify::proof::Proof;
use sigill::verify::proof::ProofKind;
use sigill::verify::proof::Proofs;
use sigill::verify::revocation::Context;
use sigill::verify::trust::Anchor;
use sigill::verify::trust::Purpose;
use sigill::verify::trust::Trust;
use sigill::verify::validity;
use sigill::verify::validity::Chain;
use sigill::verify::validity::Process;
use sigill::verify::validity::Question;

#[path = "support/pki.rs"]
mod pki;
#[path = "support/setting.rs"]
#[expect(dead_code, reason = "this file needs some of it")]
mod setting;
#[path = "support/shared.rs"]
mod shared;

use pki::Holder;
use pki::Profile;
use pki::at;
use setting::Setting;
use setting::fixture;

/// A root for ten years, a CA for six, a signer for two, a time-stamping authority for four.
struct Case {
    root: Holder,
    ca: Holder,
    signer: Holder,
    tsa: Holder,
    evidence: Evidence,
    policy: Policy,
    proofs: Proofs,
    existed: Option<Timestamp>,
    made_after: Option<Timestamp>,
    own: Vec<Mechanism>,
    /// Whether the signature states its certificate's digest.
    bound: bool,
    trusted_until: Option<Timestamp>,
}

impl Case {
    /// The case at a validation time, with no revocation data yet.
    fn new(now: &str) -> Self {
        let [is_ca, may_issue] = pki::authority();
        let ca =
            |name, serial, from, to| Profile::new(name, serial, from, to).with(is_ca.clone()).with(may_issue.clone());
        let root = Holder::root(&ca("Root", 1, "2020-01-01", "2030-01-01"));
        let issuing = root.issues(&ca("CA", 2, "2020-01-01", "2026-01-01"));
        let signer = issuing.issues(&Profile::new("Signer", 3, "2021-01-01", "2023-01-01").with(pki::signing()));
        let stamping = pki::purpose(8);
        let tsa = root.issues(&Profile::new("TSA", 4, "2020-01-01", "2024-01-01").with(stamping));
        let mut evidence = Evidence::none();
        evidence.add_certificate(&issuing.der);
        let policy = Policy { revocation: RevocationRule::Required, ..Policy::swedish_minutes() };
        let (proofs, own) = (Proofs::none(at(now)), vec![Mechanism::Digest("SHA-256")]);
        let (existed, made_after, trusted_until, bound) = (None, None, None, true);
        Self {
            root,
            ca: issuing,
            signer,
            tsa,
            evidence,
            policy,
            proofs,
            existed,
            made_after,
            own,
            bound,
            trusted_until,
        }
    }

    /// With lists of both issuers, each good for a month.
    fn with_lists(mut self, this: &str, next: &str) -> Self {
        self.evidence.add_crl(&self.root.crl(this, next, &[]));
        self.evidence.add_crl(&self.ca.crl(this, next, &[]));
        self
    }

    fn revoked(mut self, this: &str, next: &str, since: &str, reason: u8) -> Self {
        self.evidence.add_crl(&self.ca.crl(this, next, &[(3, since, reason)]));
        self
    }

    /// A signature timestamp that passed.
    fn stamped(mut self, time: &str) -> Self {
        self.existed = Some(at(time));
        self
    }

    /// A timestamp over the document with all that is known so far, that passed.
    fn archived(mut self, time: &str) -> Self {
        self.evidence.place(&self.signer.der.clone(), 1);
        self.archived_without_signer(time)
    }

    /// The same, over everything but the signer's certificate.
    fn archived_without_signer(mut self, time: &str) -> Self {
        let pieces: Vec<Vec<u8>> = [&self.ca, &self.tsa, &self.root].map(|holder| holder.der.clone()).into();
        let lists = self.evidence.crls().iter().map(|list| list.der().to_vec());
        let answers = self.evidence.ocsp_responses().iter().map(|answer| answer.der().to_vec());
        let all: Vec<Vec<u8>> = pieces.into_iter().chain(lists).chain(answers).collect();
        all.iter().for_each(|piece| self.evidence.place(piece, 1));
        self.proofs.add(1, proof(time));
        self.existed = self.existed.or(Some(at(time)));
        self
    }

    fn trust(&self) -> Trust {
        let mut anchor = Anchor::usual(self.root.certificate(), "test");
        if let Some(until) = self.trusted_until {
            anchor.grants.iter_mut().for_each(|grant| grant.until = Some(until));
        }
        Trust::of(vec![anchor])
    }

    fn settle(&self) -> Result<Process, SubIndication> {
        self.settle_for(&self.signer.certificate(), Purpose::Signature).map_err(|subs| subs[0])
    }

    /// Everything that remains unanswered.
    fn unsettled(&self) -> Vec<SubIndication> {
        self.settle_for(&self.signer.certificate(), Purpose::Signature).expect_err("unsettled")
    }

    fn settle_for(&self, certificate: &Certificate, purpose: Purpose) -> Result<Process, Vec<SubIndication>> {
        let trust = self.trust();
        let context = Context { evidence: &self.evidence, trust: &trust, policy: &self.policy, now: self.proofs.now() };
        let mut meter = Meter::new(sigill::verify::budget::Budget::STANDARD);
        let around = self.existed.unwrap_or(context.now);
        let chains = Chain::all(certificate, self.evidence.certificates(), purpose, around, &context, &mut meter);
        let chains = chains.map_err(|untrusted| vec![untrusted.sub])?;
        let signature = purpose == Purpose::Signature;
        let Self { existed, made_after, bound, ref own, ref proofs, .. } = *self;
        let question = Question { own, existed, made_after, bound, signature, proofs };
        match validity::settle(&chains, question, &context) {
            Ok((_, settled)) => Ok(settled.process),
            Err(unsettled) => Err(unsettled.failures.iter().map(|failure| failure.sub).collect()),
        }
    }
}

fn proof(time: &str) -> Proof {
    let (by, authority) = (ProofKind::DocumentTimestamp, "TSA".to_owned());
    Proof { time: at(time), accuracy: SignedDuration::ZERO, by, authority, holds_until: None }
}

use SubIndication as S;

#[test]
fn a_valid_certificate_with_fresh_data_passes_by_the_basic_process() {
    assert_eq!(Case::new("2022-02-01").with_lists("2022-01-20", "2022-02-20").settle(), Ok(Process::Basic));
}

#[test]
fn without_revocation_data_nothing_passes() {
    assert_eq!(Case::new("2022-02-01").settle(), Err(S::CertificateChainGeneralFailure));
    let stamped = Case::new("2022-02-01").stamped("2022-01-15");
    assert_eq!(stamped.settle(), Err(S::CertificateChainGeneralFailure), "a proven time is no revocation data");
}

#[test]
fn stale_data_is_try_later_until_a_proven_time_makes_it_fresh() {
    let stale = || Case::new("2022-06-01").with_lists("2022-01-20", "2022-02-20");
    assert_eq!(stale().settle(), Err(S::TryLater));
    assert_eq!(stale().stamped("2022-02-01").settle(), Ok(Process::LongTerm));
    assert_eq!(stale().stamped("2022-03-01").settle(), Err(S::TryLater), "proven, but after the data ran out");
}

#[test]
fn data_older_than_the_certificate_or_from_the_future_is_none() {
    assert_eq!(
        Case::new("2022-02-01").with_lists("2020-12-20", "2022-02-20").settle(),
        Err(S::CertificateChainGeneralFailure)
    );
    assert_eq!(
        Case::new("2022-02-01").with_lists("2022-02-02", "2022-02-20").settle(),
        Err(S::CertificateChainGeneralFailure)
    );
}

#[test]
fn an_expired_certificate_is_out_of_bounds_until_a_time_within_is_proven() {
    let expired = || Case::new("2023-06-01").with_lists("2022-01-20", "2022-02-20");
    assert_eq!(expired().settle(), Err(S::OutOfBoundsNoPoe), "revocation state not known now");
    assert_eq!(expired().stamped("2022-02-01").settle(), Ok(Process::LongTerm));
    let fresh = Case::new("2023-01-05").with_lists("2022-12-30", "2023-01-30");
    assert_eq!(fresh.settle(), Err(S::OutOfBoundsNotRevoked));
    assert_eq!(Case::new("2020-06-01").settle(), Err(S::OutOfBoundsNoPoe), "not valid yet");
    assert_eq!(expired().stamped("2020-12-01").settle(), Err(S::NotYetValid), "proven before the certificate began");
    assert_eq!(expired().stamped("2023-03-01").settle().unwrap_err(), S::OutOfBoundsNoPoe, "proven after it ended");
}

#[test]
fn a_revoked_certificate_is_refused_unless_the_signature_is_proven_older() {
    let revoked = |reason| {
        Case::new("2022-06-01").with_lists("2022-05-20", "2022-06-20").revoked(
            "2022-05-25",
            "2022-06-25",
            "2022-03-01",
            reason,
        )
    };
    assert_eq!(revoked(4).settle(), Err(S::RevokedNoPoe));
    assert_eq!(revoked(4).stamped("2022-02-01").settle(), Ok(Process::LongTerm));
    assert_eq!(revoked(1).stamped("2022-02-01").settle(), Ok(Process::LongTerm), "compromised later");
    assert_eq!(revoked(4).stamped("2022-03-01").settle(), Err(S::RevokedNoPoe), "the same moment is not before");
    assert_eq!(revoked(4).stamped("2022-04-01").settle(), Err(S::RevokedNoPoe));
}

#[test]
fn a_revocation_wins_over_a_later_good_answer_but_a_hold_ends() {
    let then_good = |reason| {
        Case::new("2022-06-01").with_lists("2022-05-20", "2022-06-20").revoked(
            "2022-04-01",
            "2022-05-01",
            "2022-03-01",
            reason,
        )
    };
    assert_eq!(then_good(4).settle(), Err(S::RevokedNoPoe));
    assert_eq!(then_good(6).settle(), Ok(Process::Basic));
}

#[test]
fn a_suspended_certificate_is_try_later_unless_the_signature_is_proven_older() {
    let held = || {
        let mut case = Case::new("2022-06-01").revoked("2022-05-25", "2022-06-25", "2022-03-01", 6);
        case.evidence.add_crl(&case.root.crl("2022-05-20", "2022-06-20", &[]));
        case
    };
    assert_eq!(held().settle(), Err(S::TryLater));
    assert_eq!(held().stamped("2022-02-01").settle(), Ok(Process::LongTerm));
    assert_eq!(held().stamped("2022-03-02").settle(), Err(S::TryLater));
}

#[test]
fn a_revoked_issuer_is_told_apart_and_needs_older_data_about_the_signer_too() {
    let revoked = || {
        let mut case = Case::new("2022-06-01");
        case.evidence.add_crl(&case.ca.crl("2022-01-20", "2022-06-20", &[]));
        case.evidence.add_crl(&case.root.crl("2022-05-25", "2022-06-25", &[(2, "2022-03-01", 4)]));
        case
    };
    assert_eq!(revoked().settle(), Err(S::RevokedCaNoPoe));
    assert_eq!(revoked().stamped("2022-02-01").settle(), Ok(Process::LongTerm));
    assert_eq!(revoked().archived("2022-04-01").settle(), Err(S::RevokedCaNoPoe), "proven after the revocation");
}

#[test]
fn a_content_timestamp_proves_that_the_signature_came_too_late_and_nothing_answers_that() {
    let mut revoked = Case::new("2022-06-01").with_lists("2022-05-20", "2022-06-20").revoked(
        "2022-05-25",
        "2022-06-25",
        "2022-03-01",
        4,
    );
    revoked.made_after = Some(at("2022-03-02"));
    assert_eq!(revoked.settle(), Err(S::Revoked));
    revoked.made_after = Some(at("2022-02-28"));
    assert_eq!(revoked.settle(), Err(S::RevokedNoPoe), "made after an earlier moment proves nothing");
    let mut expired = Case::new("2023-06-01").with_lists("2022-12-30", "2023-06-30");
    expired.made_after = Some(at("2023-01-02"));
    assert_eq!(expired.settle(), Err(S::Expired));
    let mut weak = Case::new("2022-02-01").with_lists("2022-01-20", "2022-02-20");
    weak.own = vec![Mechanism::Digest("SHA-1")];
    assert_eq!(weak.settle(), Err(S::CryptoConstraintsFailureNoPoe));
    weak.made_after = Some(at("2022-01-30"));
    assert_eq!(weak.settle(), Err(S::CryptoConstraintsFailure));
}

#[test]
fn an_expired_issuer_needs_archive_material_and_a_proven_time_alone_does_not_do() {
    let old = || Case::new("2026-06-01").with_lists("2022-01-20", "2022-02-20");
    assert_eq!(old().settle(), Err(S::OutOfBoundsNoPoe));
    let stamped = old().stamped("2022-02-01");
    assert_eq!(stamped.settle(), Err(S::RevocationOutOfBoundsNoPoe), "whoever signed the list has expired too");
    assert_eq!(old().stamped("2022-02-01").archived("2022-02-10").settle(), Ok(Process::Archive));
    assert_eq!(old().archived("2022-02-10").settle(), Ok(Process::Archive), "the archive's own time is enough");
    assert_eq!(old().archived("2022-03-10").settle(), Err(S::TryLater), "the data had run out by then");
}

#[test]
fn archive_material_covers_what_stood_there_and_nothing_added_later() {
    let mut case = Case::new("2026-06-01").stamped("2022-02-01").archived("2022-02-10");
    assert!(case.settle().is_err(), "no data at all");
    for list in [case.root.crl("2022-01-20", "2022-02-20", &[]), case.ca.crl("2022-01-20", "2022-02-20", &[])] {
        case.evidence.add_crl(&list);
        assert!(case.settle().is_err(), "data that nothing proves to be old");
        case.evidence.place(&list, 2);
        assert!(case.settle().is_err(), "data of a later revision than the one that was stamped");
        case.evidence.place(&list, 1);
    }
    assert_eq!(case.settle(), Ok(Process::Archive));
}

#[test]
fn an_anchor_whose_trust_has_ended_is_told_and_archive_material_from_before_answers() {
    let ended = || {
        let mut case = Case::new("2022-06-01").with_lists("2022-01-20", "2022-06-20");
        case.trusted_until = Some(at("2022-05-01"));
        case
    };
    assert_eq!(ended().settle(), Err(S::NoCertificateChainFoundNoPoe));
    assert_eq!(ended().archived("2022-04-01").settle(), Ok(Process::Archive));
    assert_eq!(ended().archived("2022-05-02").settle(), Err(S::NoCertificateChainFoundNoPoe));
}

#[test]
fn a_revocation_that_reaches_before_the_proven_time_is_never_slid_past() {
    let ended = || {
        let mut case = Case::new("2022-06-01").with_lists("2022-03-20", "2022-06-20").archived("2022-04-01");
        case.trusted_until = Some(at("2022-05-01"));
        case
    };
    assert_eq!(ended().settle(), Ok(Process::Archive));
    // The list is younger than the control time, so that sliding does not see it (4.5); the invariant does (INV-2).
    let revoked = |since| ended().revoked("2022-05-25", "2022-06-25", since, 4).settle();
    assert_eq!(revoked("2022-03-25"), Err(S::TryLater));
    assert_eq!(revoked("2022-04-20"), Ok(Process::Archive), "revoked after the proven time");
}

#[test]
fn nothing_is_answered_for_a_signature_younger_than_the_moment_the_chain_was_last_good() {
    // Everything was there and proven before the anchor's trust ended; the signature alone is younger (PSV step 3).
    let signed = |time| {
        let mut case = Case::new("2022-06-01").with_lists("2022-01-20", "2022-06-20");
        case.trusted_until = Some(at("2022-05-01"));
        case.stamped(time).archived("2022-04-01").settle()
    };
    assert_eq!(signed("2022-04-30"), Ok(Process::Archive));
    assert_eq!(signed("2022-05-02"), Err(S::NoCertificateChainFoundNoPoe));
}

/// A list of the root's, good until the middle of 2025.
fn case_list(issued: &str) -> Vec<u8> {
    Case::new("2025-06-01").root.crl(issued, "2025-07-01", &[])
}

#[test]
fn certificates_that_were_never_valid_together_are_no_chain_of_the_past() {
    let [is_ca, may_issue] = pki::authority();
    let under = |from, list| {
        let mut case = Case::new("2025-06-01");
        let profile = Profile::new("CA", 5, from, "2030-01-01").with(is_ca.clone()).with(may_issue.clone());
        case.ca = case.root.issues(&profile);
        case.evidence = Evidence::none();
        case.evidence.add_certificate(&case.ca.der);
        case.trusted_until = Some(at("2025-05-01"));
        case.evidence.add_crl(&case.ca.crl("2022-01-20", "2022-02-20", &[]));
        // The root's list about the CA's new certificate came later, and was stamped later.
        let (mut case, list) = (case.archived("2022-02-01"), case_list(list));
        case.evidence.add_crl(&list);
        case.evidence.place(&list, 2);
        case.proofs.add(2, proof("2025-04-01"));
        case
    };
    let together = under("2022-06-01", "2022-07-01").settle();
    assert_eq!(together, Ok(Process::Archive), "the signer's certificate ended with 2022");
    let apart = under("2024-01-01", "2024-02-01");
    assert_eq!(apart.settle(), Err(S::NoCertificateChainFoundNoPoe));
    assert!(apart.unsettled().contains(&S::CertificateChainGeneralFailure), "PCV says why");
}

#[test]
fn a_token_under_a_revoked_issuer_needs_data_about_its_own_certificate_from_before() {
    let token = |known: bool| {
        let mut case = Case::new("2022-06-01");
        case.policy.revocation = RevocationRule::IfAvailable;
        case.tsa = case.ca.issues(&Profile::new("TSA", 4, "2020-01-01", "2024-01-01").with(pki::purpose(8)));
        if known {
            case.evidence.add_crl(&case.ca.crl("2022-01-20", "2022-06-20", &[]));
        }
        let mut case = case.archived("2022-02-01");
        case.evidence.add_crl(&case.root.crl("2022-05-25", "2022-06-25", &[(2, "2022-03-01", 4)]));
        case.settle_for(&case.tsa.certificate(), Purpose::Timestamp).map_err(|subs| subs[0])
    };
    assert_eq!(token(true), Ok(Process::Archive));
    assert_eq!(token(false), Err(S::RevokedCaNoPoe), "whoever had the issuer's key may have made it");
}

#[test]
fn validation_time_slides_to_a_revocation_past_newer_data_that_says_good() {
    let mut case = Case::new("2022-06-01").with_lists("2022-03-20", "2022-06-20");
    case.evidence.add_crl(&case.ca.crl("2022-03-26", "2022-04-26", &[(3, "2022-03-25", 4)]));
    case.evidence.add_crl(&case.ca.crl("2022-04-20", "2022-05-20", &[]));
    assert_eq!(case.stamped("2022-04-01").archived("2022-05-01").settle(), Err(S::RevokedNoPoe));
}

#[test]
fn the_signer_of_revocation_data_must_be_valid_now_or_be_known_from_when_it_was() {
    let answered = || {
        let mut case = Case::new("2022-06-01");
        case.evidence.add_crl(&case.root.crl("2022-01-20", "2022-06-20", &[]));
        let delegate = case.ca.issues(
            &Profile::new("Responder", 9, "2022-01-01", "2022-03-01").with(pki::purpose(9)).with(pki::extension(
                &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x05],
                false,
                &[5, 0],
            )),
        );
        case.evidence.add_ocsp(&case.ca.ocsp_by(&delegate, 3, "2022-02-01", "2022-07-01", None));
        (case, delegate)
    };
    let (case, delegate) = answered();
    assert_eq!(case.settle(), Err(S::RevocationOutOfBoundsNoPoe));
    let (mut case, _) = answered();
    case.evidence.place(&delegate.der, 1);
    assert_eq!(case.archived("2022-02-15").settle(), Ok(Process::Archive));
    let (case, _) = answered();
    assert_eq!(
        case.archived("2022-04-15").settle(),
        Err(S::RevocationOutOfBoundsNoPoe),
        "the responder's is proven too late"
    );
}

#[test]
fn a_weak_algorithm_is_answered_by_a_proof_from_when_it_was_reliable() {
    let mut case = Case::new("2022-02-01").with_lists("2022-01-20", "2022-02-20");
    case.own = vec![Mechanism::Signature("RSA-PKCS1", 2048)];
    assert_eq!(case.settle(), Ok(Process::Basic));
    let mut later = Case::new("2029-06-01").with_lists("2022-01-20", "2022-02-20").archived("2022-02-01");
    later.own = vec![Mechanism::Signature("RSA-PKCS1", 2048)];
    assert_eq!(later.settle(), Ok(Process::Archive));
    let mut never = Case::new("2022-02-01").with_lists("2022-01-20", "2022-02-20").archived("2022-01-25");
    never.own = vec![Mechanism::Digest("MD5")];
    assert_eq!(never.settle(), Err(S::CryptoConstraintsFailureNoPoe));
}

#[test]
fn a_certificate_is_as_old_as_the_signature_only_where_that_states_its_digest() {
    let later = |bound: bool, archived: fn(Case, &str) -> Case| {
        let case = Case::new("2022-06-01").with_lists("2022-01-20", "2022-02-20").stamped("2022-02-01");
        let mut case = archived(case_of_the_time(case), "2022-02-10");
        case.bound = bound;
        case.settle()
    };
    assert_eq!(later(true, Case::archived_without_signer), Ok(Process::Archive));
    assert_eq!(later(false, Case::archived), Ok(Process::Archive), "the archive's own proof covers the certificate");
    let unbound = later(false, Case::archived_without_signer);
    assert_eq!(unbound, Err(S::CryptoConstraintsFailureNoPoe), "any certificate of that name could stand there");
}

/// The policy calls what every certificate of a case is signed with reliable until a day after its timestamps.
fn case_of_the_time(mut case: Case) -> Case {
    let reliable = Reliable::Until("2022-03-01".parse().expect("a day"));
    case.policy.algorithms.set(Row { kind: Kind::Signature, name: "Ed25519".to_owned(), min_bits: 0, reliable });
    case
}

#[test]
fn an_issuer_may_be_certified_anew_but_must_not_have_ended() {
    let [is_ca, may_issue] = pki::authority();
    let under = |from: &str, to: &str, now: &str, until: &str| {
        let mut case = Case::new(now);
        let profile = Profile::new("CA", 5, from, to).with(is_ca.clone()).with(may_issue.clone());
        let again = case.root.issues(&profile);
        case.evidence = Evidence::none();
        case.evidence.add_certificate(&again.der);
        case.ca = again;
        case.with_lists(from.max("2022-01-20"), until)
    };
    let anew = under("2022-03-01", "2026-01-01", "2022-06-01", "2022-07-01");
    assert_eq!(anew.settle(), Ok(Process::Basic));
    assert_eq!(
        anew.stamped("2022-02-01").settle(),
        Ok(Process::LongTerm),
        "signed under the same CA's older certificate"
    );
    let ended = || under("2020-01-01", "2022-02-01", "2022-06-01", "2022-07-01");
    assert_eq!(ended().stamped("2022-01-25").archived("2022-01-26").settle(), Ok(Process::Archive));
    let after = ended().stamped("2022-02-10").archived("2022-02-11");
    assert!(after.unsettled().contains(&S::OutOfBoundsNoPoe), "signed when the CA had no certificate");
}

#[test]
fn of_two_issuers_the_one_valid_at_the_proven_time_comes_first() {
    let case = Case::new("2022-06-01");
    let [is_ca, may_issue] = pki::authority();
    let young = Profile::new("CA", 5, "2022-04-01", "2026-01-01").with(is_ca).with(may_issue);
    let young = case.root.issues(&young);
    let pool = [young.certificate(), case.ca.certificate()];
    let trust = case.trust();
    let context = Context { evidence: &case.evidence, trust: &trust, policy: &case.policy, now: case.proofs.now() };
    let first = |around: &str| {
        let mut meter = Meter::new(sigill::verify::budget::Budget::STANDARD);
        let signer = case.signer.certificate();
        let chains = Chain::all(&signer, &pool, Purpose::Signature, at(around), &context, &mut meter).expect("chains");
        assert_eq!(chains.len(), 2);
        chains[0].path.certificates()[1].clone()
    };
    assert_eq!(first("2022-02-01"), case.ca.certificate());
    assert_eq!(first("2022-06-01"), young.certificate());
}

#[test]
fn what_is_proven_twice_holds_as_long_as_the_proof_that_holds_longest() {
    let until = |time: &str, holds_until: Option<&str>| Proof { holds_until: holds_until.map(at), ..proof(time) };
    let mut proofs = Proofs::none(at("2022-06-01"));
    assert_eq!(proofs.holds_until(0), None);
    proofs.add(1, until("2022-01-01", Some("2031-01-01")));
    proofs.add(2, until("2022-02-01", Some("2027-01-01")));
    assert_eq!(proofs.holds_until(1), Some(at("2031-01-01")), "the newest need not hold longest");
    assert_eq!(proofs.holds_until(2), Some(at("2027-01-01")), "the older one does not cover this");
}

#[test]
fn a_timestamp_is_judged_now_and_an_older_one_by_the_newer() {
    let token = |case: &Case| case.tsa.stamp(b"document", "2022-02-01T12:00:00Z");
    let judge = |case: &Case, token: &[u8], covered: &[u8]| {
        let (trust, budget) = (case.trust(), Budget::STANDARD);
        let known = Circumstances {
            evidence: &case.evidence,
            trust: &trust,
            policy: &case.policy,
            budget: &budget,
            proofs: &case.proofs,
        };
        let mut meter = Meter::new(sigill::verify::budget::Budget::STANDARD);
        let judged = existence::judge(token, &[covered], ProofKind::DocumentTimestamp, case.existed, known, &mut meter);
        judged.proof.map(|proof| proof.time).ok_or(judged.failures.first().map(|(sub, _)| *sub))
    };
    let fresh = Case::new("2022-02-05").with_lists("2022-01-20", "2022-02-20");
    assert_eq!(judge(&fresh, &token(&fresh), b"document"), Ok(at("2022-02-01T12:00:00Z")));
    assert_eq!(judge(&fresh, &token(&fresh), b"documents"), Err(Some(S::HashFailure)));
    let old = || Case::new("2025-02-05").with_lists("2022-01-20", "2022-02-20");
    assert_eq!(judge(&old(), &token(&old()), b"document"), Err(Some(S::OutOfBoundsNoPoe)));
    assert!(
        judge(&old().stamped("2022-02-10"), &token(&old()), b"document").is_err(),
        "a bare time is no archive material"
    );
    let renewed = old().archived("2022-02-10");
    assert_eq!(judge(&renewed, &token(&renewed), b"document"), Ok(at("2022-02-01T12:00:00Z")));
    let too_late = old().archived("2024-02-10");
    assert_eq!(
        judge(&too_late, &token(&too_late), b"document"),
        Err(Some(S::OutOfBoundsNoPoe)),
        "renewed after it had ended"
    );
}

#[test]
fn a_token_over_nothing_has_no_signed_data() {
    let case = Case::new("2022-02-05").with_lists("2022-01-20", "2022-02-20");
    let token = case.tsa.stamp(b"document", "2022-02-01T12:00:00Z");
    let (trust, budget) = (case.trust(), Budget::STANDARD);
    let Case { evidence, policy, proofs, .. } = &case;
    let known = Circumstances { evidence, trust: &trust, policy, budget: &budget, proofs };
    let mut meter = Meter::new(sigill::verify::budget::Budget::STANDARD);
    let judged = existence::judge(&token, &[], ProofKind::DocumentTimestamp, None, known, &mut meter);
    assert_eq!(judged.failures[0].0, S::SignedDataNotFound);
    assert!(judged.proof.is_none());
}

#[test]
fn where_archive_material_does_not_help_it_is_said_why() {
    let case =
        Case::new("2026-06-01").with_lists("2022-01-20", "2022-02-20").stamped("2022-02-01").archived("2022-03-10");
    assert_eq!(case.settle(), Err(S::RevocationOutOfBoundsNoPoe));
    assert!(case.unsettled().contains(&S::NoPoe), "the data was proven only after it had run out");
}

/// RFC 4998 in its plainest form: one token over the document, no tree.
fn evidence_record(token: &[u8]) -> Vec<u8> {
    let sha256 = pki::sequence(&[vec![0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]]);
    let chains = pki::sequence(&[pki::sequence(&[pki::sequence(&[token.to_vec()])])]);
    pki::sequence(&[pki::integer(1), pki::sequence(&[sha256]), chains])
}

#[test]
fn an_evidence_record_over_the_whole_document_proves_when_it_existed() {
    let mut setting = Setting::new();
    let expired = fixture("styrelseprotokoll-expired.pdf");
    let alone = setting.verify(&expired);
    assert_eq!(
        (alone.verdict.as_str(), alone.signatures[0].sub_indication.as_deref()),
        ("indeterminate", Some("OUT_OF_BOUNDS_NO_POE"))
    );
    let within = alone.signatures[0].certificates[0].not_after.clone();
    let within: Timestamp = within.parse().expect("a moment");
    let stamped = (within - SignedDuration::from_hours(24)).to_string();
    let [is_ca, may_issue] = pki::authority();
    let root = Holder::root(&Profile::new("Archive Root", 1, "2020-01-01", "2040-01-01").with(is_ca).with(may_issue));
    let tsa = root.issues(&Profile::new("Archive TSA", 2, "2020-01-01", "2035-01-01").with(pki::purpose(8)));
    let anchors = setting.trust.anchors().iter().cloned().chain([Anchor::usual(root.certificate(), "test")]);
    setting.trust = Trust::of(anchors.collect());
    setting.evidence.add_crl(&root.crl("2026-10-20", "2026-11-20", &[]));
    let mut other = setting.clone();
    setting.evidence.add_record(&evidence_record(&tsa.stamp(&expired, &stamped)));
    let proven = setting.verify(&expired);
    let times = &proven.signatures[0].times;
    assert_eq!(
        (times.proven.as_deref(), times.proven_by.as_deref()),
        (Some(stamped.as_str()), Some("evidence-record"))
    );
    assert_eq!(proven.verdict, "valid", "{:?}", proven.signatures[0].reasons);
    assert_eq!(proven.signatures[0].process.as_deref(), Some("LTVM"));
    other.evidence.add_record(&evidence_record(&tsa.stamp(b"another document", &stamped)));
    let unproven = other.verify(&expired);
    assert_eq!((unproven.verdict.as_str(), unproven.signatures[0].times.proven.as_deref()), ("indeterminate", None));
    let told = &unproven.evidence_records[0];
    assert_eq!((told.indication.as_str(), told.sub_indication.as_deref()), ("FAILED", Some("HASH_FAILURE")));
}

#[test]
fn validation_time_slides_as_the_vectors_say() {
    let Some(suite) = shared::json("vectors/time-slide/cases.json") else { return };
    let folder = shared::path("vectors/time-slide");
    let read = |name: &str| fs::read(folder.join(name)).expect("a file of the suite");
    let mut ran = 0;
    for case in suite["cases"].as_array().expect("cases") {
        let id = case["id"].as_str().expect("an id");
        let names = |key: &str| -> Vec<String> {
            case[key].as_array().into_iter().flatten().map(|name| name.as_str().expect("a name").to_owned()).collect()
        };
        let (now, path) = (at(case["now"].as_str().expect("a time")), names("path"));
        let certificate = |name: &String| {
            let (trust, problems) = Trust::read([(name.as_str(), read(name).as_slice())]);
            assert!(problems.is_empty(), "{id}: {problems:?}");
            trust.anchors()[0].certificate.clone()
        };
        let path: Vec<Certificate> = path.iter().map(certificate).collect();
        let mut evidence = Evidence::none();
        evidence.add_certificates(path.iter().skip(1).cloned());
        evidence.add_certificates([certificate(&"certs/interm-ocsp.crt".to_owned())]);
        names("ocsp").iter().for_each(|name| evidence.add_ocsp(&read(name)));
        names("crls").iter().for_each(|name| evidence.add_crl(&read(name)));
        let object = |pair: &Value| {
            let name = pair[0].as_str().expect("a name").to_owned();
            let der = if name.ends_with(".crt") { certificate(&name).der().to_vec() } else { read(&name) };
            (crypto::sha256(&[&der]), at(pair[1].as_str().expect("a time")))
        };
        let proofs = Proofs::stated(now, case["poe"].as_array().into_iter().flatten().map(object));
        let days = case["freshness_days"].as_i64();
        let policy = Policy {
            revocation: RevocationRule::Required,
            revocation_max_age: days.map(|days| SignedDuration::from_hours(24 * days)),
            ..Policy::swedish_minutes()
        };
        let trust = Trust::of(vec![Anchor::usual(path[0].clone(), "suite")]);
        let context = Context { evidence: &evidence, trust: &trust, policy: &policy, now };
        let mut meter = Meter::new(sigill::verify::budget::Budget::STANDARD);
        let leaf = path.last().expect("a leaf");
        let chains =
            Chain::all(leaf, evidence.certificates(), Purpose::Signature, now, &context, &mut meter).expect(id);
        let wanted = |chain: &&Chain| chain.path.certificates().iter().eq(path.iter().rev());
        let chain = chains.iter().find(wanted).expect("the path of the case");
        let slid = validity::slide(chain, &policy, &proofs, &evidence);
        match case["expect_control_time"].as_str() {
            Some(expected) => {
                let off = slid.expect(id).duration_since(at(expected)).abs();
                assert!(off <= SignedDuration::from_mins(10), "{id}: {slid:?} instead of {expected}");
            }
            None => assert_eq!(slid, Err(SubIndication::NoPoe), "{id}"),
        }
        ran += 1;
    }
    println!("ran on {ran} cases of time-slide");
}
