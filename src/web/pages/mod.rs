//! Pages for people: Swedish first, English a link away, one small script they can do without. USERS 1d, 9 and 10.
//! Each page is a struct and a template beside it; everything that came from outside is escaped by the template.

pub(crate) mod api;
pub(crate) mod shell;
pub(crate) mod icon;
pub(crate) mod moment;
pub(crate) mod words;
pub(crate) mod csv;
pub(crate) mod signers;
pub(crate) mod beside;
pub(crate) mod asked;
pub(crate) mod retained;
pub(crate) mod register;
pub(crate) mod form;
pub(crate) mod fetch;
pub(crate) mod deeds;
pub(crate) mod acting;
pub(crate) mod adding;
pub(crate) mod disposal;
pub(crate) mod check;
pub(crate) mod verdict;
pub(crate) mod look_up;
pub(crate) mod record;
pub(crate) mod log;
pub(crate) mod consistency;
pub(crate) mod sample;
pub(crate) mod provider;
pub(crate) mod login;
pub(crate) mod tokens;
pub(crate) mod audit;
pub(crate) mod small;
pub(crate) mod problem;
pub(crate) mod operations;
pub(crate) mod security;
