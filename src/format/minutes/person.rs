//! People in a list: name, party, municipality, role, and whom they stand in for.
//! Grammar `person` of the notes on Swedish minutes, 5.1.

/// Somebody in the list of those present or absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The name as written.
    pub name: String,
    /// The party in brackets as written, also `-` and local parties.
    pub party: Option<String>,
    /// The municipality after the party.
    pub municipality: Option<String>,
    /// `ordförande`, `1 v ordf.` and the like, as written.
    pub role: Option<String>,
    /// Whom the person stands in for.
    pub substitutes_for: Option<Substituted>,
}

/// The member somebody stands in for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Substituted {
    /// The name as written.
    pub name: String,
    /// The party in brackets, which may be another than the substitute's.
    pub party: Option<String>,
}

/// Somebody named as signing, and for which matters where the minutes divide them between several (notes 5.2 number 14).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signatory {
    /// The name as written.
    pub name: String,
    /// First and last number of each range; empty where none is said.
    pub matters: Vec<(u32, u32)>,
}

/// People read from one list; more than any assembly seats.
const PEOPLE_MAX: usize = 1_000;
/// Words that introduce the member somebody stands in for.
const STANDS_IN: [&str; 5] = ["ersätter ", "ersättare för ", "tjänstgör för ", "tjg ers för ", "för "];
/// Beginnings of the roles people have in a list.
const ROLES: [&str; 9] = ["ordf", "vice", "v ordf", "sekr", "ledamot", "ersättare", "adjung", "suppleant", "v. ordf"];

/// The people of a list and what is said after them: one a line, or several with commas between.
pub(super) fn people(rows: &[String]) -> (Vec<Person>, Option<String>) {
    let entries = entries(rows);
    let parties = entries.iter().any(|entry| party_at_end_of_name(entry));
    let mut people = Vec::new();
    let mut remarks: Vec<&str> = Vec::new();
    for entry in &entries {
        let (list, remark) = if parties { (entry.as_str(), None) } else { sentence(entry) };
        remarks.extend(remark);
        read_entry(list, parties, &mut people);
    }
    people.truncate(PEOPLE_MAX);
    (people, (!remarks.is_empty()).then(|| remarks.join(" ")))
}

/// The names of a list such as `Utses att justera: A, B och C`, without parties, each with its ranges of matters.
pub(super) fn signatories(text: &str) -> Vec<Signatory> {
    let parts = text.split([',', ';', '&']).flat_map(|part| part.split(" och ")).flat_map(|part| part.split(" samt "));
    let mut found: Vec<Signatory> = Vec::new();
    for part in parts {
        let (name, matters) = named_with_ranges(part);
        match name {
            Some(name) => found.push(Signatory { name, matters }),
            // `A 6-13 och 15, B 14`: a range by itself belongs to the name before it.
            None => found.last_mut().into_iter().for_each(|last| last.matters.extend(&matters)),
        }
        if found.len() == PEOPLE_MAX {
            break;
        }
    }
    found
}

/// A name without what stands in brackets, and the range of matters before or after it.
fn named_with_ranges(text: &str) -> (Option<String>, Vec<(u32, u32)>) {
    let head: Vec<&str> =
        text.split('(').next().unwrap_or_default().split(' ').filter(|word| !word.is_empty()).collect();
    let tail = text.rsplit_once(')').map(|(_, tail)| tail).unwrap_or_default();
    let of_number = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '§' | '-' | '–' | '—'));
    let first = head.iter().take_while(|word| of_number(word)).count();
    let words = head.iter().skip(first).take_while(|word| !of_number(word)).count();
    let joined = |from: usize, to: usize| head.get(from..to).unwrap_or_default().join(" ");
    let name = joined(first, first + words);
    let name = name.trim_matches(|c: char| !c.is_alphanumeric());
    let name = name.starts_with(char::is_uppercase).then(|| name.to_owned());
    let after = range(&joined(first + words, head.len())).or_else(|| range(tail));
    (name, range(&joined(0, first)).into_iter().chain(after).collect())
}

/// `43-55`, `§§ 43–55`, `26 -- 38`, `7`.
pub(super) fn range(text: &str) -> Option<(u32, u32)> {
    let (first, rest) = leading_number(text.trim_start_matches(['§', ' ']))?;
    let dashed = rest.trim_start().strip_prefix(['-', '–', '—']);
    let last = dashed.and_then(|rest| leading_number(rest.trim_start_matches(['-', '–', '§', ' '])));
    Some((first, last.map_or(first, |(last, _)| last)))
}

fn leading_number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    Some((digits.parse().ok()?, rest))
}

/// Joins wrapped rows to whole entries.
fn entries(rows: &[String]) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    for row in rows {
        let goes_on = row.starts_with(|c: char| !c.is_uppercase());
        match entries.last_mut() {
            Some(last) if depth > 0 || goes_on || last.ends_with(',') || !last.contains(' ') => {
                last.push(' ');
                last.push_str(row);
            }
            Some(_) | None => entries.push(row.clone()),
        }
        depth = row.chars().fold(depth, |depth, letter| match letter {
            '(' => depth + 1,
            ')' => depth.saturating_sub(1),
            _ => depth,
        });
    }
    entries
}

/// Text outside brackets, cut at commas, or the whole content of brackets.
enum Piece<'a> {
    Text(&'a str),
    Brackets(&'a str),
}

fn pieces(entry: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut depth = 0_usize;
    let mut from = 0;
    let text = |from: usize, to: usize| entry.get(from..to).unwrap_or_default().trim();
    for (at, letter) in entry.char_indices() {
        match (letter, depth) {
            ('(' | ',' | ';', 0) => {
                pieces.push(Piece::Text(text(from, at)));
                depth = usize::from(letter == '(');
                from = at + 1;
            }
            (')', 1) => {
                pieces.push(Piece::Brackets(text(from, at)));
                depth = 0;
                from = at + 1;
            }
            ('(', _) => depth += 1,
            (')', _) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    let rest = text(from, entry.len());
    pieces.push(if depth > 0 { Piece::Brackets(rest) } else { Piece::Text(rest) });
    pieces.retain(|piece| !matches!(piece, Piece::Text("")));
    pieces
}

fn read_entry(entry: &str, parties: bool, people: &mut Vec<Person>) {
    let commas = if parties { entry.to_owned() } else { entry.replace(" och ", ", ") };
    let pieces = pieces(&commas);
    let mut person: Option<Person> = None;
    for (at, piece) in pieces.iter().enumerate() {
        match (piece, &mut person) {
            (Piece::Text(text), None) => person = Some(named(text)),
            (Piece::Text(text), Some(current)) => {
                let party_follows = matches!(pieces.get(at + 1), Some(Piece::Brackets(inner)) if is_party(inner));
                let another = is_full_name(text) && (party_follows || !parties);
                if another {
                    people.extend(person.replace(named(text)));
                } else {
                    describe(current, text);
                }
            }
            (Piece::Brackets(_), None) => {}
            (Piece::Brackets(inner), Some(current)) => read_brackets(current, inner),
        }
    }
    people.extend(person.filter(|person| person.name.contains(char::is_alphabetic)));
}

fn named(text: &str) -> Person {
    Person { name: text.trim_end_matches('.').to_owned(), ..Person::default() }
}

fn describe(person: &mut Person, text: &str) {
    let lower = text.to_lowercase();
    let role = text.starts_with(|c: char| c.is_ascii_digit()) || ROLES.iter().any(|role| lower.starts_with(role));
    if !role && person.municipality.is_none() && text.starts_with(char::is_uppercase) {
        person.municipality = Some(text.to_owned());
    } else {
        person.role.get_or_insert_with(|| text.to_owned());
    }
}

fn read_brackets(person: &mut Person, inner: &str) {
    let lower = inner.to_lowercase();
    let for_whom = STANDS_IN.iter().find_map(|words| {
        // Lower-casing keeps the length of these words, and `get` refuses a cut inside a letter.
        lower.strip_prefix(words).and_then(|_| inner.get(words.len()..))
    });
    match for_whom {
        Some(whom) => {
            let mut parts = pieces(whom).into_iter();
            let name = parts.find_map(|piece| match piece {
                Piece::Text(text) => Some(text.to_owned()),
                Piece::Brackets(_) => None,
            });
            let party = parts.find_map(|piece| match piece {
                Piece::Brackets(inner) if is_party(inner) => Some(inner.to_owned()),
                Piece::Brackets(_) | Piece::Text(_) => None,
            });
            person.substitutes_for = name.map(|name| Substituted { name, party });
        }
        None if is_party(inner) && person.party.is_none() => person.party = Some(inner.to_owned()),
        None => describe(person, inner),
    }
}

/// One to four letters, or a dash for none.
fn is_party(inner: &str) -> bool {
    let letters = inner.chars().count();
    matches!(inner, "-" | "–") || ((1..=4).contains(&letters) && inner.chars().all(char::is_alphabetic))
}

fn party_at_end_of_name(entry: &str) -> bool {
    pieces(entry).iter().any(|piece| matches!(piece, Piece::Brackets(inner) if is_party(inner)))
}

/// Two words or more, each with a capital letter.
fn is_full_name(text: &str) -> bool {
    text.contains(' ') && text.split(' ').all(|word| word.starts_with(char::is_uppercase))
}

/// A list of names and the sentence after it: `… och Urban Ek. Olof Ny kom senare.`
fn sentence(entry: &str) -> (&str, Option<&str>) {
    match entry.split_once(". ") {
        Some((list, rest)) if rest.starts_with(char::is_uppercase) => (list, Some(rest)),
        Some(_) | None => (entry, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rows: &[&str]) -> Vec<Person> {
        people(&rows.iter().map(|row| (*row).to_owned()).collect::<Vec<_>>()).0
    }

    #[test]
    fn a_wrapped_entry_is_one_person() {
        let wrapped =
            read(&["Berit Ask (M), Norrby (ersätter", "Carl Dal (S))", "Doris Ek", "(VF), Söderby,", "1 v ordf."]);
        let whole = read(&["Berit Ask (M), Norrby (ersätter Carl Dal (S))", "Doris Ek (VF), Söderby, 1 v ordf."]);
        assert_eq!(wrapped, whole);
        assert_eq!(whole.len(), 2);
    }

    #[test]
    fn several_on_one_line_are_several() {
        let names = |people: Vec<Person>| people.into_iter().map(|person| person.name).collect::<Vec<_>>();
        assert_eq!(names(read(&["Berit Ask (M), Carl Dal (S), Norrby"])), ["Berit Ask", "Carl Dal"]);
        assert_eq!(names(read(&["Berit Ask, Carl Dal och Doris Ek"])), ["Berit Ask", "Carl Dal", "Doris Ek"]);
    }

    #[test]
    fn names_lose_their_party_and_keep_their_matters() {
        let read = |text| signatories(text).into_iter().map(|one| (one.name, one.matters)).collect::<Vec<_>>();
        let of = |name: &str, matters: &[(u32, u32)]| (name.to_owned(), matters.to_vec());
        assert_eq!(
            read("Roland Ask (S) 6-13, Inga Dal och Carl Ek"),
            [of("Roland Ask", &[(6, 13)]), of("Inga Dal", &[]), of("Carl Ek", &[])]
        );
        assert_eq!(
            read("Roland Ask §§ 6 -- 13 och 15, Inga Dal § 14"),
            [of("Roland Ask", &[(6, 13), (15, 15)]), of("Inga Dal", &[(14, 14)])]
        );
        assert_eq!(read("§§ 6–13 Roland Ask, §§ 14–16 Inga Dal").first(), Some(&of("Roland Ask", &[(6, 13)])));
        assert_eq!(read("Anna-Greta Åkerö"), [of("Anna-Greta Åkerö", &[])]);
        assert_eq!(read("……………"), []);
    }
}
