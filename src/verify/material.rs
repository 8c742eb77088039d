//! What the document itself brings to its own defence: certificates and revocation data, each with the revision it stands
//! in, so that a proof over a revision is one over the piece. VALIDATION 4.3 and 9.1.

use crate::format::budget::Budget;
use crate::format::cms::SignedData;
use crate::format::pdf::Document;
use crate::format::pdf::SignatureField;
use crate::format::pdf::dss::Dss;
use crate::verify::evidence::Evidence;
use crate::verify::text::Finding;

/// Stamped revisions whose store is read; a timestamp a year for a generation.
const STORES_MAX: usize = 40;

/// All evidence about one document.
pub struct Material {
    /// What was given and what the document holds.
    pub evidence: Evidence,
    /// The first revision whose document security store holds anything, if the last still does.
    pub store_since: Option<usize>,
    /// How many signatures the store states a time for, in entries that count for nothing (VALIDATION 11: VRI/TS).
    pub unjudged_times: usize,
    /// What each signature field holds, in their order, if it can be read.
    pub signed_data: Vec<Option<SignedData>>,
}

impl Material {
    /// Collects what the document's security store and signatures hold, beside what was given.
    pub fn of(document: &Document<'_>, given: &Evidence, budget: &Budget) -> Self {
        let mut this = Self { evidence: given.clone(), store_since: None, unjudged_times: 0, signed_data: Vec::new() };
        this.stores(document);
        for field in document.signatures() {
            this.signature(field, budget);
        }
        this
    }

    /// Whether a signature value is there more than once in the document (SAV-4).
    #[must_use]
    pub fn repeats(&self, value: &[u8]) -> bool {
        let signers = self.signed_data.iter().flatten().flat_map(|data| &data.signers);
        signers.filter(|signer| signer.signature == value).count() > 1
    }

    /// What of the store was seen and not judged.
    pub fn told(&self) -> Option<Finding> {
        let count = self.unjudged_times;
        (count > 0).then(|| {
            Finding::new(
                "PROOF_NOT_JUDGED",
                format!(
                    "Filens valideringsuppgifter anger egna tider eller tidsstämplar (VRI/TS, VRI/TU) för {count} \
                     underskrifter. De har inte bedömts och räknas inte."
                ),
                format!(
                    "The file's validation data states times or timestamps of its own (VRI/TS, VRI/TU) for {count} \
                     signatures. They were not judged and do not count."
                ),
            )
        })
    }

    /// The store as it stood under each document timestamp, oldest first, and as it stands at the end: a timestamp covers
    /// what its own revision holds, and nothing that was added later.
    fn stores(&mut self, document: &Document<'_>) {
        let last = document.revisions().len().saturating_sub(1);
        let stamped = document.signatures().iter().filter(|field| field.is_document_timestamp());
        let mut revisions: Vec<usize> = stamped.map(|field| field.revision).take(STORES_MAX).chain([last]).collect();
        revisions.sort_unstable();
        revisions.dedup();
        for revision in revisions {
            if let Ok(Some(store)) = Dss::read(document.view(revision)) {
                self.unjudged_times = self.unjudged_times.max(store.vri_times);
                store.certificates.iter().for_each(|der| self.evidence.add_certificate(der));
                store.certificates.iter().for_each(|der| self.evidence.place(der, revision));
                self.evidence.hold_revocation(&store.crls, &store.ocsp_responses, revision);
            }
        }
        let holds = |revision: &usize| matches!(Dss::holds_anything(document.view(*revision)), Ok(true));
        self.store_since = if holds(&last) { (0..=last).find(holds) } else { None };
    }

    /// What one signature carries in its own CMS (9.1, 2 to 5). It stands where no timestamp of its own revision reaches.
    fn signature(&mut self, field: &SignatureField, budget: &Budget) {
        let contents = field.contents.as_ref();
        let data = contents.and_then(|contents| SignedData::read(contents.value(), budget).ok());
        if let Some(data) = &data {
            self.evidence.hold(data, field.revision.saturating_add(1), budget);
        }
        self.signed_data.push(data);
    }
}
