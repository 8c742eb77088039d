//! Where everything stands on the page. Word, shape and colour together, so that nothing is only in colour. USERS 1d.

use crate::archive::attested;
use crate::archive::encoding::Signature;
use crate::archive::record::called;
use crate::archive::statement::Facts;
use crate::archive::statement::Language;
use crate::archive::statement::paper::Colour;
use crate::archive::statement::paper::HEIGHT;
use crate::archive::statement::paper::Paper;
use crate::archive::statement::paper::Run;
use crate::archive::statement::paper::Tag;
use crate::archive::statement::paper::Weight;
use crate::archive::statement::paper::fill;
use crate::archive::statement::paper::stroke;
use crate::archive::statement::qr;
use crate::archive::statement::sheet::INK;
use crate::archive::statement::sheet::LEFT;
use crate::archive::statement::sheet::NAME;
use crate::archive::statement::sheet::RIGHT;
use crate::archive::statement::sheet::SMALL;
use crate::archive::statement::sheet::SOFT;
use crate::archive::statement::sheet::Sheet;
use crate::archive::statement::sheet::Style;
use crate::archive::statement::sheet::TEXT;
use crate::archive::statement::sheet::TOP;
use crate::archive::statement::words;
use crate::archive::statement::words::State;
use crate::archive::then;
use crate::verify::calendar;
use crate::verify::mask::masked;

/// The code's side, and what stands beside it must end before it.
const CODE: f32 = 84.0;

impl State {
    /// Its colour, at least 4.5:1 on white and on its tint.
    fn tone(self) -> Colour {
        match self {
            Self::Good => (0.11, 0.42, 0.235),
            Self::Open => (0.52, 0.305, 0.0),
            Self::Bad => (0.645, 0.13, 0.12),
            Self::Plain => (0.29, 0.33, 0.39),
        }
    }

    fn tint(self) -> Colour {
        match self {
            Self::Good => (0.925, 0.965, 0.935),
            Self::Open => (0.995, 0.957, 0.885),
            Self::Bad => (0.99, 0.925, 0.92),
            Self::Plain => (0.94, 0.945, 0.955),
        }
    }
}

/// The statement's pages; `None` only where the program's own fonts cannot be read.
pub(super) fn drawn(facts: &Facts<'_>, language: Language) -> Option<Paper> {
    let mut sheet = Sheet::new(facts, language)?;
    sheet.head();
    sheet.verdict();
    sheet.signers();
    sheet.record();
    sheet.check();
    sheet.proof();
    sheet.foot();
    Some(sheet.paper)
}

impl Sheet<'_, Facts<'_>> {
    /// Whose statement it is, what it is, about what; the way to the record's page.
    fn head(&mut self) {
        let (facts, language) = (self.facts, self.language);
        let width = RIGHT - LEFT - if facts.address.is_some() { CODE + 16.0 } else { 0.0 };
        let keeper = facts.organisation.unwrap_or(facts.origin);
        self.paragraph(Tag::P, keeper, Style { weight: Weight::Bold, ..TEXT }, LEFT, width);
        self.y += 5.0;
        let title = self.say("Kontrollintyg", "Statement of verification");
        self.paragraph(Tag::H1, title, Style { weight: Weight::Bold, size: 23.0, colour: INK }, LEFT, width);
        self.y += 1.0;
        let about = words::title(facts.record, language);
        self.paragraph(Tag::P, &about, Style { weight: Weight::Bold, size: 12.0, colour: INK }, LEFT, width);
        let issued = format!("{} {}", self.say("Utfärdat", "Issued"), language.say(&calendar::moment(facts.issued_at)));
        self.paragraph(Tag::P, &issued, SMALL, LEFT, width);
        if let Some(address) = &facts.address {
            let left = RIGHT - CODE;
            if let Some(squares) = qr::squares(address, left, TOP, CODE) {
                let shown =
                    format!("{} {address}", self.say("QR-kod till handlingens sida:", "QR code to the record's page:"));
                self.paper.figure(&shown, [left, TOP, CODE, CODE], &format!("{}{squares}", fill((0.0, 0.0, 0.0))));
            }
            self.y = self.y.max(TOP + CODE);
        }
        self.y += 12.0;
    }

    /// The answer, in a field of its colour with its sign.
    fn verdict(&mut self) {
        let (found, language) = (&self.facts.record.verification, self.language);
        let state = if self.facts.destroyed { State::Plain } else { State::of_verdict(&found.verdict) };
        let headline = language.say(&then::headline(found)).to_owned();
        let advice = match &self.facts.gone {
            Some(gone) if self.facts.destroyed => {
                format!("{} {}", language.say(gone), language.say(&then::remains()))
            }
            Some(gone) => language.say(gone).to_owned(),
            None => language.choose(&found.advice.sv, &found.advice.en).to_owned(),
        };
        let when = words::moment(&found.checked_at, language);
        let when = format!("{} {when}", self.say("Svaret vid kontrollen", "As found when checked on"));
        let style = Style { weight: Weight::Bold, size: 14.0, colour: state.tone() };
        let (x, width) = (LEFT + 48.0, RIGHT - LEFT - 62.0);
        let count = |sheet: &Self, text: &str, style: Style| {
            f32::from(u16::try_from(sheet.lines(text, style, width).len()).unwrap_or(1)) * Self::height(style)
        };
        let height = count(self, &headline, style) + count(self, &when, TEXT) + count(self, &advice, TEXT) + 20.0;
        let (top, tone) = (self.y, state.tone());
        let (bottom, across) = (HEIGHT - top - height, RIGHT - LEFT);
        let (field, bar) = (fill(state.tint()), fill(tone));
        self.paper.decorate(&format!(
            "{field}{LEFT:.2} {bottom:.2} {across:.2} {height:.2} re f\n{bar}{LEFT:.2} {bottom:.2} 4 {height:.2} re f\n"
        ));
        self.paper.decorate(&sign(&found.verdict, tone, LEFT + 27.0, HEIGHT - top - 25.0));
        self.y += 5.0;
        self.paragraph(Tag::P, &headline, style, x, width);
        self.paragraph(Tag::P, &when, TEXT, x, width);
        self.paragraph(Tag::P, &advice, TEXT, x, width);
        self.y = top + height + 2.0;
    }

    fn signers(&mut self) {
        self.heading(self.say("Undertecknare", "Signers"));
        let facts = self.facts;
        let persons: Vec<&Signature> =
            facts.record.verification.signatures.iter().filter(|one| one.kind == "signature").collect();
        if facts.destroyed {
            let signers = self.language.say(&then::signers(facts.record)).to_owned();
            self.paragraph(Tag::P, &signers, TEXT, LEFT, RIGHT - LEFT);
        } else if persons.is_empty() {
            let nobody =
                self.say("Handlingen har ingen elektronisk underskrift.", "The document has no electronic signature.");
            self.paragraph(Tag::P, nobody, TEXT, LEFT, RIGHT - LEFT);
        }
        for signature in persons {
            self.signer(signature);
        }
    }

    fn signer(&mut self, signature: &Signature) {
        let language = self.language;
        self.room(58.0);
        let (state, tone) = words::state(signature, language);
        let y = self.y + Self::height(NAME);
        let width = RIGHT - LEFT;
        let style = Style { colour: tone.tone(), ..NAME };
        let across = self.paper.font(style.weight).measure(state, style.size);
        let name = words::name(signature, language);
        let mut runs = self.runs(&name, NAME, LEFT, width - across - 12.0);
        if let Some(last) = runs.last_mut() {
            last.text.push(' ');
        }
        let Style { weight, size, colour } = style;
        let time = words::time(signature, language);
        let beside = LEFT + self.paper.font(NAME.weight).measure(&name, NAME.size) + 9.0;
        let fits = beside + self.paper.font(TEXT.weight).measure(&time, TEXT.size) + 9.0 < RIGHT - across;
        if fits {
            let Style { weight, size, .. } = TEXT;
            runs.push(Run { x: beside, y, weight, size, colour: SOFT, text: format!("{time} ") });
        }
        runs.push(Run { x: RIGHT - across, y, weight, size, colour, text: state.to_owned() });
        self.paper.text(Tag::P, &runs);
        if !fits {
            self.paragraph(Tag::P, &time, TEXT, LEFT, width);
        }
        if let Some(cause) = words::cause(signature, language) {
            self.paragraph(Tag::P, &cause, Style { colour: tone.tone(), ..TEXT }, LEFT, width);
        }
        if let Some(evidence) = words::evidence(signature, language) {
            self.paragraph(Tag::P, &evidence, SMALL, LEFT, width);
        }
        self.y += 3.0;
        self.rule(self.y);
        self.y += 2.0;
    }

    fn record(&mut self) {
        self.heading(self.say("Handlingen", "The record"));
        let record = self.facts.record;
        let stated = [
            (self.say("Diarienummer", "Diary number"), record.diary_number.as_deref().map(masked)),
            (self.say("Organ", "Body"), record.body.as_deref().map(masked)),
            (
                self.say("Sammanträde", "Meeting"),
                record.meeting_day().map(|day| self.language.say(&calendar::day(day)).to_owned()),
            ),
        ];
        for (label, value) in stated {
            if let Some(value) = value {
                self.fact(label, &value);
            }
        }
        // Whoever prints a signed document prints its ids too.
        let printed = attested::printed_alone(&record.verification);
        let (alone, ids): (Vec<&String>, Vec<&String>) =
            record.transaction_ids.iter().partition(|id| printed.contains(id));
        let listed = |ids: &[&String]| ids.iter().map(|id| masked(id)).collect::<Vec<_>>().join(", ");
        let label = self.say("Transaktions-ID", "Transaction id");
        if !ids.is_empty() {
            let stood = format!(" ({})", self.language.say(&attested::stood()));
            self.fact(label, &format!("{}{}", listed(&ids), if self.facts.destroyed { &stood } else { "" }));
        }
        if !alone.is_empty() {
            let why = attested::not_a_signatures();
            self.fact(label, &format!("{} ({})", listed(&alone), self.language.say(&why)));
        }
        let file = &record.verification.file;
        let bytes = self.say("byte", "bytes");
        let called = called(&file.name);
        let name = if self.facts.destroyed { self.say("Gallrad", "Destroyed") } else { self.language.say(&called) };
        self.fact(self.say("Fil", "File"), &format!("{name} ({} {bytes})", file.size));
        self.fact(self.say("Kontrollsumma (SHA-256)", "SHA-256"), &file.sha256);
        self.fact(self.say("Handlings-id", "Record id"), &record.id);
    }

    fn check(&mut self) {
        self.heading(self.say("Kontrollen", "The check"));
        let found = &self.facts.record.verification;
        let checked = words::moment(&found.checked_at, self.language);
        self.fact(self.say("Kontrollerad", "Checked"), &format!("{checked} ({})", words::utc(&found.checked_at)));
        if let Some((at, again)) = self.facts.again {
            let headline = self.language.choose(&again.headline.sv, &again.headline.en);
            let again = format!("{}: {headline}", words::moment(at, self.language));
            self.fact(self.say("Kontrollerad igen", "Checked again"), &again);
        }
        let digest = found.policy.digest.as_deref().map(|digest| format!(" (SHA-256 {digest})"));
        let policy = format!("{} {}{}", found.policy.name, found.policy.version, digest.unwrap_or_default());
        self.fact(self.say("Kontrollpolicy", "Policy"), &policy);
        let retention = self.language.say(&self.facts.retention).to_owned();
        self.fact(self.say("Bevarande", "Retention"), &retention);
    }

    fn proof(&mut self) {
        self.heading(self.say("Bevis i loggen", "Proof in the log"));
        let facts = self.facts;
        let (size, root) = &facts.checkpoint;
        self.fact(self.say("Logg", "Log"), facts.origin);
        let entry = facts.entry.saturating_add(1);
        let registered = words::moment(&facts.record.registered_at, self.language);
        let entry = match self.language {
            Language::Sv => format!("Post nr {entry}, registrerad {registered}"),
            Language::En => format!("Entry no. {entry}, registered on {registered}"),
        };
        self.fact(self.say("Post", "Entry"), &entry);
        let checkpoint = match self.language {
            Language::Sv => format!("{size} poster, rot {root}"),
            Language::En => format!("{size} entries, root {root}"),
        };
        self.fact(self.say("Kontrollpunkt", "Checkpoint"), &checkpoint);
    }

    /// What a printout is, who sealed it, and the pages' numbers.
    fn foot(&mut self) {
        self.y += 8.0;
        self.room(40.0);
        self.rule(self.y);
        let sealed = match self.language {
            Language::Sv => format!(
                "Utskriften är en kopia. Originalet är den elektroniska filen. Intyget är förseglat av {}: en PDF-läsare \
                 visar om det har ändrats.",
                self.facts.sealed_by
            ),
            Language::En => format!(
                "A printout is a copy. The original is the electronic file. This statement is sealed by {}: a PDF reader \
                 shows whether it was changed.",
                self.facts.sealed_by
            ),
        };
        self.paragraph(Tag::P, &sealed, SMALL, LEFT, RIGHT - LEFT);
        if let Some(address) = &self.facts.address {
            let where_it_is = format!("{} {address}", self.say("Handlingens sida:", "The record's page:"));
            self.paragraph(Tag::P, &where_it_is, SMALL, LEFT, RIGHT - LEFT);
        }
        self.numbers();
    }
}

/// The verdict's sign around a point, eleven points in each direction: the page's own icons.
fn sign(verdict: &str, tone: Colour, x: f32, y: f32) -> String {
    let colour = stroke(tone);
    let at = |points: &[(f32, f32)], close: bool| {
        let path = points
            .iter()
            .enumerate()
            .map(|(place, (dx, dy))| format!("{:.2} {:.2} {} ", x + dx, y + dy, if place == 0 { "m" } else { "l" }));
        path.collect::<String>() + if close { "h S\n" } else { "S\n" }
    };
    let circle = {
        // A quarter of a circle as a curve: 0.5523 of the radius (11 points).
        let (r, k) = (11.0, 6.075);
        let curve = |p: [(f32, f32); 3]| p.map(|(dx, dy)| format!("{:.2} {:.2} ", x + dx, y + dy)).concat() + "c ";
        format!("{:.2} {y:.2} m ", x + r)
            + &curve([(r, k), (k, r), (0.0, r)])
            + &curve([(-k, r), (-r, k), (-r, 0.0)])
            + &curve([(-r, -k), (-k, -r), (0.0, -r)])
            + &curve([(k, -r), (r, -k), (r, 0.0)])
            + "h S\n"
    };
    let octagon = at(
        &[
            (-4.6, 11.0),
            (4.6, 11.0),
            (11.0, 4.6),
            (11.0, -4.6),
            (4.6, -11.0),
            (-4.6, -11.0),
            (-11.0, -4.6),
            (-11.0, 4.6),
        ],
        true,
    );
    let diamond = at(&[(0.0, 12.0), (12.0, 0.0), (0.0, -12.0), (-12.0, 0.0)], true);
    let triangle = at(&[(0.0, 11.5), (12.0, -9.5), (-12.0, -9.5)], true);
    let dot = |dy: f32| at(&[(0.0, dy), (0.0, dy - 0.3)], false);
    let drawn = match verdict {
        "valid" => circle + &at(&[(-5.0, -0.5), (-1.5, -4.2), (5.2, 4.4)], false),
        "partly-valid" => circle + &at(&[(0.0, 11.0), (0.0, -11.0)], false),
        "indeterminate" => {
            let hook =
                at(&[(-2.8, 2.8), (-1.6, 4.8), (1.6, 4.8), (2.8, 2.8), (2.2, 1.0), (0.0, -0.6), (0.0, -2.2)], false);
            diamond + &hook + &dot(-5.2)
        }
        "altered" => octagon + &at(&[(-4.6, -5.0), (-3.9, -1.6), (3.0, 5.2), (5.4, 2.8), (-1.4, -4.2)], true),
        "invalid" => octagon + &at(&[(-4.2, 4.2), (4.2, -4.2)], false) + &at(&[(4.2, 4.2), (-4.2, -4.2)], false),
        "unsigned" => circle + &at(&[(-5.0, 0.0), (5.0, 0.0)], false),
        _ => triangle + &at(&[(0.0, 3.4), (0.0, -2.6)], false) + &dot(-5.8),
    };
    format!("{colour}2 w 1 J 1 j {drawn}")
}
