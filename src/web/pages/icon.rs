//! Icons, drawn here so that nothing is fetched. WCAG 1.4.1 and 1.4.11: each state has a shape of its own.
//! Every icon stands beside its word and is therefore hidden from screen readers.

use std::fmt;

use askama::filters::HtmlSafe;

/// A shape on a 24 by 24 grid, in the colour of the text around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    /// A tick in a circle.
    Tick,
    /// Two sheets.
    Copy,
    /// Half a circle.
    Half,
    /// A pencil in an octagon.
    Pencil,
    /// A question mark in a diamond.
    Question,
    /// A cross in an octagon.
    Cross,
    /// A dash in a circle.
    Dash,
    /// An exclamation mark in a triangle.
    Warning,
    /// A clock.
    Clock,
}

const OCTAGON: &str = r#"<path d="M8 2h8l6 6v8l-6 6H8l-6-6V8z"/>"#;
const CIRCLE: &str = r#"<circle cx="12" cy="12" r="10"/>"#;

impl Icon {
    fn lines(self) -> [&'static str; 2] {
        match self {
            Self::Tick => [CIRCLE, r#"<path d="M7 12.5l3.5 3.5L17 8.5"/>"#],
            Self::Copy => [r#"<path d="M4 6v15h11"/>"#, r#"<path d="M8 2h8l4 4v11H8zM16 2v4h4"/>"#],
            Self::Half => [CIRCLE, r#"<path d="M12 2a10 10 0 0 0 0 20z" fill="currentColor"/>"#],
            Self::Pencil => [OCTAGON, r#"<path d="M8 16l.6-3L14.5 7l2.5 2.5L11 15.4z"/>"#],
            Self::Question => [
                r#"<path d="M12 1.5L22.5 12 12 22.5 1.5 12z"/>"#,
                r#"<path d="M9.7 9.6a2.4 2.4 0 1 1 3.4 2.2c-.8.4-1.1.9-1.1 1.7M12 16.6v.3"/>"#,
            ],
            Self::Cross => [OCTAGON, r#"<path d="M8.5 8.5l7 7m0-7l-7 7"/>"#],
            Self::Dash => [CIRCLE, r#"<path d="M7.5 12h9"/>"#],
            Self::Warning => [r#"<path d="M12 2.5L22.5 21h-21z"/>"#, r#"<path d="M12 9.5v5M12 17.6v.3"/>"#],
            Self::Clock => [CIRCLE, r#"<path d="M12 6.5V12l3.5 2.5"/>"#],
        }
    }

    /// A verdict's own.
    pub(crate) fn of_verdict(verdict: &str) -> Self {
        match verdict {
            "valid" => Self::Tick,
            "registered-copy" => Self::Copy,
            "partly-valid" => Self::Half,
            "altered" => Self::Pencil,
            "indeterminate" => Self::Question,
            "invalid" => Self::Cross,
            "unsigned" => Self::Dash,
            _ => Self::Warning,
        }
    }
}

impl fmt::Display for Icon {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [shape, sign] = self.lines();
        write!(
            out,
            r#"<svg class="icon" viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">{shape}{sign}</svg>"#
        )
    }
}

impl HtmlSafe for Icon {}
