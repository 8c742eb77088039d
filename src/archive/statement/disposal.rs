//! The protocol of a disposal (gallringsprotokoll) as a document: on which decision, by whom, and what went, as many pages as
//! it takes. USERS 3a and 9.6; what stands in it remains in the archive, and the ledger commits to it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::archive::entry::ordinal;
use crate::archive::protocol::Line;
use crate::archive::protocol::Protocol;
use crate::archive::record_type;
use crate::archive::retention::Schedule;
use crate::archive::statement::Language;
use crate::archive::statement::paper::Paper;
use crate::archive::statement::paper::Tag;
use crate::archive::statement::paper::Weight;
use crate::archive::statement::sheet::INK;
use crate::archive::statement::sheet::LEFT;
use crate::archive::statement::sheet::NAME;
use crate::archive::statement::sheet::RIGHT;
use crate::archive::statement::sheet::SMALL;
use crate::archive::statement::sheet::Sheet;
use crate::archive::statement::sheet::Style;
use crate::archive::statement::sheet::TEXT;
use crate::archive::statement::words;
use crate::verify::calendar;
use crate::verify::mask::masked;

/// Points that a record's lines take, so that they are not parted.
const RECORD: f32 = 74.0;

/// All that a protocol says. Plain data: equal facts give the same pages.
pub(super) struct Facts<'a> {
    pub(super) protocol: &'a Protocol,
    /// The ledger's name.
    pub(super) origin: &'a str,
    /// The checkpoint's size and root, as it states them.
    pub(super) checkpoint: (String, String),
    /// The plan in force, for what types are called.
    pub(super) schedule: Arc<Schedule>,
    pub(super) issued_at: Timestamp,
    /// Whose seal it bears.
    pub(super) sealed_by: String,
}

/// The pages; `None` only where the program's own fonts cannot be read.
pub(super) fn drawn(facts: &Facts<'_>, language: Language) -> Option<Paper> {
    let mut sheet = Sheet::new(facts, language)?;
    sheet.head();
    sheet.decision();
    sheet.records();
    sheet.foot();
    Some(sheet.paper)
}

impl Sheet<'_, Facts<'_>> {
    fn head(&mut self) {
        let facts = self.facts;
        let keeper = facts.protocol.organisation.as_deref().unwrap_or(facts.origin);
        let width = RIGHT - LEFT;
        self.paragraph(Tag::P, keeper, Style { weight: Weight::Bold, ..TEXT }, LEFT, width);
        self.y += 5.0;
        let title = self.say("Gallringsprotokoll", "Protocol of disposal");
        self.paragraph(Tag::H1, title, Style { weight: Weight::Bold, size: 23.0, colour: INK }, LEFT, width);
        self.y += 4.0;
        let issued = self.language.say(&calendar::moment(facts.issued_at)).to_owned();
        let issued = format!("{} {} · {issued}", self.say("Protokoll", "Protocol"), facts.protocol.proposal);
        self.paragraph(Tag::P, &issued, SMALL, LEFT, width);
        self.y += 6.0;
    }

    fn decision(&mut self) {
        let (lines, language) = (&self.facts.protocol.lines, self.language);
        let Some(first) = lines.first().map(|line| line.disposal.clone()) else { return };
        self.heading(self.say("Beslutet", "The decision"));
        self.fact(self.say("Gallringsbeslut", "Decision"), &first.decision);
        let decided = format!("{}, {}", words::moment(&first.decided_at, language), first.decided_by);
        self.fact(self.say("Beslutat", "Decided"), &decided);
        self.fact(self.say("Föreslaget av", "Proposed by"), &first.proposed_by);
        let gone = lines.iter().filter(|line| line.disposal.carried_out_at.is_some()).count();
        let count = match language {
            Language::Sv => format!("Antal handlingar: {}, varav gallrade: {gone}", lines.len()),
            Language::En => format!("Records: {}, of which disposed of: {gone}", lines.len()),
        };
        self.fact(self.say("Omfattning", "Extent"), &count);
        let remains = self.say(
            "Metadata, kontrollsumma, loggposter och detta protokoll. Dokument, text, bevis och salt är förstörda när \
             gallringen är verkställd.",
            "Metadata, SHA-256, log entries and this protocol. Documents, text, evidence and salt are destroyed once the \
             disposal is carried out.",
        );
        let label = self.say("Det som sparas", "What remains");
        let remains = remains.to_owned();
        self.fact(label, &remains);
        let (size, root) = self.facts.checkpoint.clone();
        self.fact(self.say("Logg", "Log"), self.facts.origin);
        let checkpoint = match language {
            Language::Sv => format!("{size} poster, rot {root}"),
            Language::En => format!("{size} entries, root {root}"),
        };
        self.fact(self.say("Kontrollpunkt", "Checkpoint"), &checkpoint);
    }

    fn records(&mut self) {
        self.heading(self.say("Handlingarna", "The records"));
        let facts = self.facts;
        for (place, line) in facts.protocol.lines.iter().enumerate() {
            self.record(place + 1, line);
        }
    }

    /// A record: what it was, under which rule it went, and what proves it.
    fn record(&mut self, number: usize, line: &Line) {
        self.room(RECORD);
        let (language, width) = (self.language, RIGHT - LEFT);
        let title = line.title.as_deref().map_or_else(|| line.record.clone(), masked);
        self.paragraph(Tag::P, &format!("{number}. {title}"), NAME, LEFT, width);
        let kind = self.language.say(&record_type::label(&line.record_type, &self.facts.schedule)).to_owned();
        let registered = words::moment(&line.registered_at, language);
        let entry = ordinal(line.index);
        let diary = line.diary_number.as_deref().map(masked);
        let mut what = vec![kind];
        what.extend(diary);
        what.push(match language {
            Language::Sv => format!("registrerad {registered} som post nr {entry}"),
            Language::En => format!("registered on {registered} as entry no. {entry}"),
        });
        self.paragraph(Tag::P, &what.join(" · "), TEXT, LEFT, width);
        let disposal = &line.disposal;
        let (rule, plan) = (&disposal.rule, &disposal.schedule_version);
        let until = disposal.until.as_deref().unwrap_or(self.say("inaktuell", "obsolete"));
        let gone = match (&disposal.carried_out_at, language) {
            (Some(at), Language::Sv) => format!("gallrad {}", words::moment(at, language)),
            (Some(at), Language::En) => format!("disposed of on {}", words::moment(at, language)),
            (None, Language::Sv) => format!("verkställs tidigast {}", words::moment(&disposal.not_before, language)),
            (None, Language::En) => {
                format!("carried out at the earliest on {}", words::moment(&disposal.not_before, language))
            }
        };
        let why = match language {
            Language::Sv => format!("Regel {rule} i plan {plan}, sparades till {until} · {gone}"),
            Language::En => format!("Rule {rule} of plan {plan}, kept until {until} · {gone}"),
        };
        self.paragraph(Tag::P, &why, TEXT, LEFT, width);
        let label = self.say("Kontrollsumma (SHA-256)", "SHA-256");
        self.paragraph(Tag::P, &format!("{label} {}", line.sha256), SMALL, LEFT, width);
        self.y += 4.0;
        self.rule(self.y);
        self.y += 4.0;
    }

    fn foot(&mut self) {
        self.y += 6.0;
        self.room(40.0);
        let by = &self.facts.sealed_by;
        let sealed = match self.language {
            Language::Sv => format!(
                "Utskriften är en kopia. Originalet är den elektroniska filen. Protokollet är förseglat av {by}: en \
                 PDF-läsare visar om det har ändrats."
            ),
            Language::En => format!(
                "A printout is a copy. The original is the electronic file. This protocol is sealed by {by}: a PDF reader \
                 shows whether it was changed."
            ),
        };
        self.paragraph(Tag::P, &sealed, SMALL, LEFT, RIGHT - LEFT);
        self.numbers();
    }
}
