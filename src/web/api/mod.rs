//! The JSON interface, one file for each resource. INTERFACES section 3.

pub(crate) mod partial;
pub(crate) mod answer;
pub(crate) mod samples;
pub(crate) mod contract;
pub(crate) mod verifications;
pub(crate) mod listing;
pub(crate) mod jobs;
pub(crate) mod webhooks;
pub(crate) mod search;
pub(crate) mod witness;
pub(crate) mod records;
pub(crate) mod revisions;
pub(crate) mod keeping;
pub(crate) mod disposals;
pub(crate) mod deliveries;
pub(crate) mod evidence;
pub(crate) mod forms;
pub(crate) mod query;
pub(crate) mod transactions;
pub(crate) mod ledger;
pub(crate) mod health;
pub(crate) mod info;
