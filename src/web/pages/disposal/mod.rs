//! Gallring och leverans: what is to be done, holds, rules and protocols, a tab each. USERS 9.6.
//! Nothing is removed automatically: one person proposes, another decides.

pub(crate) mod todo;
pub(crate) mod proposal;
pub(crate) mod holds;
pub(crate) mod rules;
pub(crate) mod protocols;
pub(crate) mod delivery;

use askama::Template;

use crate::web::pages::shell::Shell;

/// The tabs, as links.
#[derive(Template)]
#[template(path = "tabs.html")]
pub(crate) struct Tabs {
    tabs: Vec<(String, &'static str, bool)>,
    label: &'static str,
}

impl askama::filters::HtmlSafe for Tabs {}

impl Tabs {
    /// With the one at this address as the current one.
    pub(crate) fn at(shell: &Shell, current: &str) -> Self {
        let tabs = [
            ("/gallring", "Att göra", "To do"),
            ("/gallring/stopp", "Gallringsstopp", "Holds"),
            ("/gallring/regler", "Regler", "Rules"),
            ("/gallring/protokoll", "Protokoll", "Protocols"),
        ];
        let tab = |(path, sv, en): (&str, &'static str, &'static str)| {
            (shell.href(path), shell.language.say(sv, en), path == current)
        };
        Self { tabs: tabs.map(tab).into(), label: shell.language.say("Gallring och leverans", "Disposal and delivery") }
    }
}
