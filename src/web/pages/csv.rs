//! A small table as a link that holds its own file: RFC 4180 with `;` and a byte order mark, which Excel here expects.
//! Nothing is kept to be asked for later (RFC 2397).

use crate::format::csv;

fn cell(text: &str) -> String {
    let guard = if csv::is_formula(text) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\"").replace('\u{a0}', " "))
}

/// Rows below their head, as the address of a download.
pub(crate) fn link<const N: usize>(head: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let line = |cells: Vec<String>| cells.join(";") + "\r\n";
    let mut text = String::from("\u{feff}");
    text += &line(head.iter().map(|one| cell(one)).collect());
    rows.for_each(|row| text += &line(row.iter().map(|one| cell(one)).collect()));
    let escaped = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    format!("data:text/csv;charset=utf-8,{}", text.bytes().map(escaped).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stays_a_cell() {
        let made = link(&["Fil", "Svar"], [["=cmd();\"x\"".to_owned(), "Å".to_owned()]].into_iter());
        assert_eq!(
            made,
            "data:text/csv;charset=utf-8,%EF%BB%BF%22Fil%22%3B%22Svar%22%0D%0A\
             %22%27%3Dcmd%28%29%3B%22%22x%22%22%22%3B%22%C3%85%22%0D%0A"
        );
    }
}
