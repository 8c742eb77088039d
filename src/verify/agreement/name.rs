//! Is the name somebody wrote the name in a certificate?
//! Notes on Swedish minutes, 5.2 number 13: full given names, double surnames, names without Swedish letters.

use crate::format::minutes::plain;

/// How alike two names are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// Different people.
    Other,
    /// Perhaps the same person.
    Close,
    /// The same person, as far as names can say.
    Same,
}

/// A name as a certificate has it.
pub(super) struct Certified<'a> {
    /// The common name.
    pub(super) whole: &'a str,
    /// All given names.
    pub(super) given: Option<&'a str>,
    /// All surnames.
    pub(super) surname: Option<&'a str>,
}

/// Compares a written name with a certificate's, which has all given names and all surnames (notes 5.2 number 13).
pub(super) fn likeness(written: &str, certified: &Certified<'_>) -> Likeness {
    let (given, surname) = match (certified.given, certified.surname) {
        (Some(given), Some(surname)) => (words(given), words(surname)),
        (None, _) | (_, None) => (words(certified.whole), Vec::new()),
    };
    let written = words(written);
    let exact = likeness_of_words(&written, &surname, &given);
    if exact > Likeness::Other {
        return exact;
    }
    let bare = |words: &[String]| words.iter().map(|word| without_dots(word)).collect::<Vec<_>>();
    likeness_of_words(&bare(&written), &bare(&surname), &bare(&given)).min(Likeness::Close)
}

/// Compares two written names.
pub(super) fn likeness_of_written(one: &str, other: &str) -> Likeness {
    likeness_of_words(&words(one), &[], &words(other))
}

/// Words compared of one name.
const NAME_WORDS_MAX: usize = 16;

/// The same: every surname, one given name or more, and nothing else. Without surnames the last word is one.
fn likeness_of_words(written: &[String], surname: &[String], given: &[String]) -> Likeness {
    let (surname, given) = match (surname, given.split_last()) {
        ([], Some((last, first))) => (std::slice::from_ref(last), first),
        _ => (surname, given),
    };
    let known = |word: &&String| surname.contains(word) || given.contains(word);
    let surnames = surname.iter().filter(|word| written.contains(word)).count();
    let (names, foreign): (Vec<&String>, Vec<&String>) = written.iter().partition(known);
    let called = names.iter().any(|word| given.contains(word));
    let whole = !surname.is_empty() && surnames == surname.len();
    let initial = |word: &String| given.iter().any(|own| own.chars().next() == word.chars().next());
    if whole && called && foreign.is_empty() {
        Likeness::Same
    } else if (surnames > 0 && called)
        || (foreign.is_empty() && names.len() > 1 && called)
        || (whole && foreign.iter().any(|word| initial(word)))
    {
        Likeness::Close
    } else {
        Likeness::Other
    }
}

/// The words of a name in lower case, accents that do not make another Swedish letter removed.
fn words(name: &str) -> Vec<String> {
    plain(name)
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(NAME_WORDS_MAX)
        .map(|word| word.chars().map(without_accent).collect())
        .collect()
}

fn without_accent(letter: char) -> char {
    match letter {
        'é' | 'è' | 'ë' => 'e',
        'á' | 'à' => 'a',
        'ó' => 'o',
        'í' => 'i',
        'ü' => 'u',
        plain => plain,
    }
}

/// As a register without Swedish letters writes the word.
fn without_dots(word: &str) -> String {
    let bare = |letter| match letter {
        'å' | 'ä' => 'a',
        'ö' => 'o',
        plain => plain,
    };
    word.chars().map(bare).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certified(given: &str, surname: &str, written: &str) -> Likeness {
        let whole = format!("{given} {surname}");
        let certified = Certified { whole: &whole, given: Some(given), surname: Some(surname) };
        likeness(written, &certified)
    }

    #[test]
    fn any_given_name_with_the_whole_surname_is_the_same() {
        assert_eq!(certified("Eva Annelie", "Ek", "Annelie Ek"), Likeness::Same);
        assert_eq!(certified("ANNA BRITTA", "ÅKER", "Anna-Britta Åker"), Likeness::Same);
        assert_eq!(certified("Andre", "Säwen", "André Säwén"), Likeness::Same);
        assert_eq!(certified("Åsa", "Nord", "A\u{30a}sa Nord"), Likeness::Same);
    }

    #[test]
    fn half_a_double_surname_an_initial_or_lost_dots_are_close() {
        assert_eq!(certified("Åsa Maria", "Dal Nord", "Åsa Nord"), Likeness::Close);
        assert_eq!(certified("Lars", "Ek", "Lasse Ek"), Likeness::Close);
        assert_eq!(certified("Annelie", "Ek", "A. Ek"), Likeness::Close);
        assert_eq!(certified("Erik", "Lovgren", "Erik Lövgren"), Likeness::Close);
    }

    #[test]
    fn a_relative_a_namesake_and_nobody_are_others() {
        assert_eq!(certified("Karl", "Ek", "Erik Ek"), Likeness::Other);
        assert_eq!(certified("Erik", "Ask", "Erik Ek"), Likeness::Other);
        assert_eq!(certified("Erik", "Ask", ""), Likeness::Other);
        assert_eq!(certified("", "", "Erik Ek"), Likeness::Other);
    }
}
