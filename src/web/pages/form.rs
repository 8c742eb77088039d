//! A page with one form: what is to be done, its fields, and what was wrong with them, at the top and at each. USERS 10;
//! WCAG 3.3.1 and 3.3.3.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::web::error::Kind;
use crate::web::error::Problem;
use crate::web::pages::asked::Asked;
use crate::web::pages::shell::Shell;

/// How a field is filled in.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// A line of text.
    Line,
    /// Several lines.
    Text,
    /// A day.
    Day,
    /// One of several: value and words.
    Choice(Vec<(String, String)>),
    /// Yes, where it is ticked.
    Tick,
    /// A file.
    File,
}

/// A field.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: String,
    pub(crate) hint: Option<String>,
    pub(crate) value: String,
    pub(crate) input: Input,
    pub(crate) required: bool,
    pub(crate) error: Option<String>,
}

impl Field {
    pub(crate) fn new(name: &'static str, label: &str, input: Input) -> Self {
        let (label, value) = (label.to_owned(), String::new());
        Self { name, label, hint: None, value, input, required: false, error: None }
    }

    /// A field that must say something.
    pub(crate) fn needed(self) -> Self {
        Self { required: true, ..self }
    }

    pub(crate) fn hint(self, hint: &str) -> Self {
        Self { hint: Some(hint.to_owned()), ..self }
    }

    pub(crate) fn value(self, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..self }
    }
}

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "form.html")]
pub(crate) struct Form {
    pub(crate) shell: Shell,
    pub(crate) heading: String,
    /// What it is about and what will happen, a paragraph each.
    pub(crate) lead: Vec<String>,
    /// What it is about, in labels and values.
    pub(crate) facts: Vec<(String, String)>,
    /// A file to be fetched: address and words.
    pub(crate) link: Option<(String, String)>,
    /// Whether the page tells that something was done.
    pub(crate) done: bool,
    /// Where the form is sent; empty where there is none.
    pub(crate) action: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) submit: String,
    /// Where to go instead: address and words.
    pub(crate) back: (String, String),
    /// What went wrong with the whole.
    pub(crate) fault: Option<String>,
}

impl Form {
    /// A page that only tells.
    pub(crate) fn told(shell: &Shell, heading: &str) -> Self {
        let none = String::new;
        Self {
            shell: shell.clone(),
            heading: heading.to_owned(),
            lead: Vec::new(),
            facts: Vec::new(),
            link: None,
            done: false,
            action: none(),
            fields: Vec::new(),
            submit: none(),
            back: (none(), none()),
            fault: None,
        }
    }

    /// As it was sent, for those who shall mend it.
    pub(crate) fn filled(mut self, asked: &Asked) -> Self {
        for field in &mut self.fields {
            field.value = asked.shown(field.name);
        }
        self
    }

    /// Marks the fields that must say something and do not; whether all is well.
    pub(crate) fn complete(&mut self, asked: &Asked) -> bool {
        let shell = self.shell.clone();
        for field in &mut self.fields {
            let missing = field.required && !matches!(field.input, Input::File) && asked.get(field.name).is_none();
            field.error = missing.then(|| {
                let label = field.label.to_lowercase();
                format!("{} {label}.", shell.say("Ange", "Give"))
            });
            if matches!(field.input, Input::Day)
                && asked.get(field.name).is_some_and(|day| day.parse::<jiff::civil::Date>().is_err())
            {
                let text = shell.say("Skriv dagen som 2026-03-12.", "Write the day as 2026-03-12.");
                field.error = Some(text.to_owned());
            }
        }
        self.fields.iter().all(|field| field.error.is_none())
    }

    /// Whether the browser sends files.
    fn multipart(&self) -> bool {
        self.fields.iter().any(|field| matches!(field.input, Input::File))
    }

    fn wrong(&self) -> bool {
        self.fault.is_some() || self.fields.iter().any(|field| field.error.is_some())
    }

    /// The first field with an error has the focus.
    fn first_wrong(&self) -> Option<&'static str> {
        self.fields.iter().find(|field| field.error.is_some()).map(|field| field.name)
    }

    pub(crate) fn shown(&self) -> Result<Response, Problem> {
        let status = if self.wrong() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        self.shell.answer(status, self)
    }

    /// The form again, with why nothing was done; a problem that no form mends goes on.
    pub(crate) fn refused(mut self, problem: Problem) -> Result<Response, Problem> {
        let mendable = [Kind::BadRequest, Kind::Refused, Kind::MalformedIdentifier, Kind::Forbidden, Kind::NotFound];
        if !mendable.contains(&problem.kind) {
            return Err(problem);
        }
        self.fault = Some(self.shell.language.say(problem.detail.sv, problem.detail.en));
        self.shell.clone().answer(problem.kind.status(), &self)
    }
}
