//! Who acts: whether two names are one person's, so that nobody decides on what he proposed. INTERFACES, the rule of two.
//! Unicode TS 39: what looks the same is the same here. Two people are rather taken for one, and told, than one for two.

use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton;

/// Letters that show nothing, and are not marked as such everywhere: the fillers of Hangul.
const FILLERS: [char; 2] = ['\u{115f}', '\u{1160}'];

/// Whether two names are one person's, however they are typed: in what case and order, with what between the words, with
/// letters of another script that look alike, or with characters that show nothing.
pub(crate) fn same_person(one: &str, other: &str) -> bool {
    let (one, other) = (seen(one), seen(other));
    let sorted = |words: &[String]| {
        let mut words = words.to_vec();
        words.sort_unstable();
        words
    };
    one.concat() == other.concat() || sorted(&one) == sorted(&other)
}

/// The words that are seen of a name.
fn seen(name: &str) -> Vec<String> {
    let folded = name.nfkc().collect::<String>().to_lowercase();
    // What shows nothing parts nothing: a mark, a filler, a joiner within a word.
    let shown: String = folded.chars().filter(|letter| !shows_nothing(*letter)).collect();
    let words = shown.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| skeleton(word).collect()).collect()
}

fn shows_nothing(letter: char) -> bool {
    FILLERS.contains(&letter) || !(letter.is_alphanumeric() || letter.is_whitespace() || letter.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_is_one_however_the_name_is_typed() {
        let typed = [
            "anna ek",
            " Anna Ek ",
            "Anna  Ek",
            "Anna\u{a0}Ek",
            "Anna\u{2003}Ek",
            "Anna\u{ad} Ek",
            "Ａｎｎａ Ｅｋ",
            "Anna\u{34f} Ek",
            "Anna Ek\u{fe0f}",
            "Anna Ek\u{3164}",
            "Anna\u{115f} Ek",
            "Anna Ek\u{2800}",
            "Аnnа Еk",
            "Anna\u{200b} Ek",
            "\u{202e}Anna Ek",
            "Ek, Anna",
            "Anna-Ek",
            "AnnaEk",
            "Anna Ek.",
        ];
        for name in typed {
            assert!(same_person("Anna Ek", name), "{name:?}");
        }
        assert!(same_person("Ana\u{308} Ek", "Anä Ek"), "composed or not");
        assert!(same_person("https://id.example.se#Ek", "https://id.example.se#ek"));
    }

    #[test]
    fn other_people_are_others() {
        for name in ["Anna Ekh", "Änna Ek", "Åsa Ek", "Anna Ek Berg", "https://id.example.se#7", ""] {
            assert!(!same_person("Anna Ek", name), "{name:?}");
        }
        assert!(!same_person("https://id.example.se#7", "https://id.example.se#8"));
    }
}
