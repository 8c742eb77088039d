//! A sheet that fills from the top: headings, paragraphs, labels with values, and the pages' numbers. What stands on it is
//! the statement's or the protocol's.

use crate::archive::statement::Language;
use crate::archive::statement::paper::Colour;
use crate::archive::statement::paper::HEIGHT;
use crate::archive::statement::paper::Paper;
use crate::archive::statement::paper::Run;
use crate::archive::statement::paper::Tag;
use crate::archive::statement::paper::WIDTH;
use crate::archive::statement::paper::Weight;
use crate::archive::statement::paper::stroke;

pub(super) const LEFT: f32 = 52.0;
pub(super) const RIGHT: f32 = WIDTH - 52.0;
pub(super) const TOP: f32 = 44.0;
/// Below this nothing but the foot stands.
pub(super) const BOTTOM: f32 = HEIGHT - 46.0;
/// Where the values of facts begin.
pub(super) const VALUES: f32 = LEFT + 124.0;

pub(super) const INK: Colour = (0.10, 0.13, 0.18);
pub(super) const SOFT: Colour = (0.31, 0.35, 0.42);
pub(super) const LINE: Colour = (0.80, 0.82, 0.85);

/// Size and look of a text.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) weight: Weight,
    pub(super) size: f32,
    pub(super) colour: Colour,
}

pub(super) const TEXT: Style = Style { weight: Weight::Regular, size: 9.2, colour: INK };
pub(super) const SMALL: Style = Style { weight: Weight::Regular, size: 8.2, colour: SOFT };
pub(super) const NAME: Style = Style { weight: Weight::Bold, size: 9.8, colour: INK };
pub(super) const HEADING: Style = Style { weight: Weight::Bold, size: 11.5, colour: INK };

/// The page as it fills, from the top.
pub(super) struct Sheet<'a, F> {
    pub(super) paper: Paper,
    pub(super) facts: &'a F,
    pub(super) language: Language,
    pub(super) y: f32,
}

impl<'a, F> Sheet<'a, F> {
    /// An empty one; `None` only where the program's own fonts cannot be read.
    pub(super) fn new(facts: &'a F, language: Language) -> Option<Self> {
        Some(Self { paper: Paper::new()?, facts, language, y: TOP })
    }

    pub(super) fn say<'t>(&self, sv: &'t str, en: &'t str) -> &'t str {
        self.language.choose(sv, en)
    }

    /// The lines of a text in a width; a word that is longer than a line is parted.
    pub(super) fn lines(&self, text: &str, style: Style, width: f32) -> Vec<String> {
        let font = self.paper.font(style.weight);
        let fits = |line: &str| font.measure(line, style.size) <= width;
        let mut lines = vec![String::new()];
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let Some(line) = lines.last_mut() else { break };
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if fits(&longer) {
                *line = longer;
                continue;
            }
            if !line.is_empty() {
                // Read on, the words stay apart.
                line.push(' ');
                lines.push(String::new());
            }
            for c in word.chars() {
                let Some(line) = lines.last_mut() else { break };
                if fits(&format!("{line}{c}")) || line.is_empty() {
                    line.push(c);
                } else {
                    lines.push(c.to_string());
                }
            }
        }
        lines
    }

    pub(super) fn height(style: Style) -> f32 {
        style.size * 1.36
    }

    /// Makes sure that so much still fits on the page.
    pub(super) fn room(&mut self, height: f32) {
        if self.y + height > BOTTOM {
            self.paper.turn();
            self.y = TOP;
        }
    }

    /// Runs of a text from `x` on, below what stands there; the page is filled further down.
    pub(super) fn runs(&mut self, text: &str, style: Style, x: f32, width: f32) -> Vec<Run> {
        let Style { weight, size, colour } = style;
        let run = |sheet: &mut Self, text: String| {
            sheet.y += Self::height(style);
            Run { x, y: sheet.y, weight, size, colour, text }
        };
        self.lines(text, style, width).into_iter().map(|line| run(self, line)).collect()
    }

    pub(super) fn paragraph(&mut self, tag: Tag, text: &str, style: Style, x: f32, width: f32) {
        self.room(Self::height(style) * 1.2);
        let runs = self.runs(text, style, x, width);
        self.paper.text(tag, &runs);
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.room(60.0);
        self.y += 7.0;
        self.paragraph(Tag::H2, text, HEADING, LEFT, RIGHT - LEFT);
        self.y += 1.0;
    }

    /// A label and its value.
    pub(super) fn fact(&mut self, label: &str, value: &str) {
        let lines = self.lines(value, TEXT, RIGHT - VALUES).len();
        self.room(Self::height(TEXT) * f32::from(u16::try_from(lines).unwrap_or(1)) + 2.0);
        let y = self.y + Self::height(TEXT);
        let Style { weight, size, .. } = TEXT;
        let mut runs = vec![Run { x: LEFT, y, weight, size, colour: SOFT, text: format!("{label} ") }];
        runs.extend(self.runs(value, TEXT, VALUES, RIGHT - VALUES));
        self.paper.text(Tag::P, &runs);
        self.y += 1.6;
    }

    pub(super) fn rule(&mut self, y: f32) {
        let (y, colour) = (HEIGHT - y, stroke(LINE));
        self.paper.decorate(&format!("{colour}0.6 w {LEFT:.2} {y:.2} m {RIGHT:.2} {y:.2} l S\n"));
    }

    /// The pages' numbers, at their feet.
    pub(super) fn numbers(&mut self) {
        let pages = self.paper.pages();
        for page in 0..pages {
            let text = format!("{} {} {} {pages}", self.say("Sida", "Page"), page + 1, self.say("av", "of"));
            let across = self.paper.font(Weight::Regular).measure(&text, SMALL.size);
            let Style { weight, size, colour } = SMALL;
            self.paper.margin(page, Run { x: RIGHT - across, y: HEIGHT - 28.0, weight, size, colour, text });
        }
    }
}
