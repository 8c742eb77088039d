//! Why a configuration cannot be followed, and what was probably meant. USERS 5: an unknown key is an error with a
//! suggestion.

use std::path::PathBuf;

use crate::verify::text::Text;

/// Why a configuration cannot be followed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file that cannot be read, or a value in it that is none.
    #[error("the configuration {} cannot be read: {what}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column where there is one.
        what: String,
    },
    /// A key that does not exist.
    #[error("the configuration {} has an unknown key `{key}`", .path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// A variable of ours that does not exist.
    #[error("the environment has an unknown variable {name}")]
    UnknownVariable {
        /// The variable.
        name: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// A variable whose value is none.
    #[error("the environment variable {name} cannot be read: {what}")]
    Variable {
        /// The variable.
        name: String,
        /// What is wrong.
        what: String,
    },
}

impl Error {
    /// What happened and what to do.
    pub fn text(&self) -> Text {
        let (sv, en) = match self {
            Self::File { path, what } => {
                let (path, sv) = (path.display(), swedish(what));
                (format!("Inställningsfilen {path} kan inte läsas: {sv}."), format!("{self}."))
            }
            Self::UnknownKey { path, key, nearest } => {
                let path = path.display();
                let (sv, en) = perhaps(nearest.as_deref());
                (format!("Inställningsfilen {path} har en okänd nyckel `{key}`.{sv}"), format!("{self}.{en}"))
            }
            Self::UnknownVariable { name, nearest } => {
                let (sv, en) = perhaps(nearest.as_deref());
                (format!("Miljövariabeln {name} är okänd.{sv}"), format!("{self}.{en}"))
            }
            Self::Variable { name, what } => {
                (format!("Miljövariabeln {name} kan inte läsas: {}.", swedish(what)), format!("{self}."))
            }
        };
        Text::new(
            format!("{sv} Inget har gjorts. Rätta den; deploy/sigill.toml visar alla nycklar."),
            format!("{} Nothing was done. Correct it; deploy/sigill.toml shows every key.", capital(&en)),
        )
    }
}

/// What the readers of values say, which is English, with what it says in Swedish.
const SAID: [(&str, &str); 27] = [
    ("invalid socket address syntax", "adressen skrivs som 127.0.0.1:8480"),
    ("invalid IP address syntax", "adressen skrivs som 127.0.0.1"),
    ("a whole number, 0 or more, is expected", "här ska stå ett heltal, 0 eller mer"),
    ("a whole number, 0 or more", "ett heltal, 0 eller mer"),
    ("a list of texts", "en lista av texter"),
    ("true or false", "true eller false"),
    ("write an address such as ", "skriv en adress som "),
    (", or a block such as ", ", eller ett block som "),
    ("after / stands a number from 1 to ", "efter / står ett tal från 1 till "),
    ("the block begins with another address; write ", "blocket börjar med en annan adress; skriv "),
    ("TOML parse error at line", "fel på rad"),
    ("invalid type: ", "fel slag av värde: "),
    ("invalid value: ", "värdet duger inte: "),
    ("unknown variant ", "okänt värde "),
    ("expected one of ", "ett av de här väntades: "),
    ("expected ", "väntat "),
    ("socket address", "en adress som 127.0.0.1:8480"),
    ("path string", "en sökväg"),
    ("a sequence", "en lista"),
    ("sequence", "en lista"),
    ("a string", "en text"),
    ("string ", "texten "),
    ("integer ", "heltalet "),
    ("boolean ", "sanningsvärdet "),
    (", column ", ", tecken "),
    (" or `", " eller `"),
    (" bytes", " byte, mer än en inställningsfil får ha"),
];

/// What is wrong, in Swedish as far as the reader of the value says something known.
fn swedish(what: &str) -> String {
    SAID.iter().fold(what.to_owned(), |what, (en, sv)| what.replace(en, sv))
}

/// What was probably meant, as a sentence.
fn perhaps(nearest: Option<&str>) -> (String, String) {
    nearest.map_or_else(
        || (String::new(), String::new()),
        |nearest| (format!(" Menade du `{nearest}`?"), format!(" Did you mean `{nearest}`?")),
    )
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The known key that was probably meant: at most a third of its characters are wrong.
pub(super) fn nearest(key: &str, known: &[String]) -> Option<String> {
    let key = key.to_lowercase().replace('-', "_");
    let (distance, nearest) = known.iter().map(|one| (distance(&key, one), one)).min()?;
    (distance * 3 <= nearest.len()).then(|| nearest.clone())
}

/// Characters to insert, remove or replace until one word is the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (above, left) in from.chars().enumerate() {
        let mut diagonal = above;
        let mut before = above + 1;
        for (cell, right) in row.iter_mut().skip(1).zip(to.chars()) {
            let cost = (diagonal + usize::from(left != right)).min(before + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, cost);
            before = cost;
        }
        if let Some(first) = row.first_mut() {
            *first = above + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}
