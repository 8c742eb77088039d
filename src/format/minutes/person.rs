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

/// The names of a list such as `Utses att justera: A, B och C`, without parties and ranges of matters.
pub(super) fn names(text: &str) -> Vec<String> {
    text.split([',', ';', '&'])
        .flat_map(|part| part.split(" och "))
        .flat_map(|part| part.split(" samt "))
        .filter_map(bare_name)
        .take(PEOPLE_MAX)
        .collect()
}

/// A name without what stands in brackets and without trailing numbers.
fn bare_name(text: &str) -> Option<String> {
    let head = text.split('(').next().unwrap_or_default();
    let name = head
        .split(' ')
        .take_while(|word| !word.starts_with(|c: char| c.is_ascii_digit() || c == '§'))
        .collect::<Vec<_>>()
        .join(" ");
    let name = name.trim_matches(|c: char| !c.is_alphanumeric());
    name.starts_with(char::is_uppercase).then(|| name.to_owned())
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
    fn names_lose_party_and_range() {
        assert_eq!(names("Roland Ask (S) 6-13, Inga Dal och Carl Ek"), ["Roland Ask", "Inga Dal", "Carl Ek"]);
        assert_eq!(names("……………"), Vec::<String>::new());
    }
}
