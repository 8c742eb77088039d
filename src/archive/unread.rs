//! Why a file could not be read, in words that need no PDF reader: one wording for page and command line. USERS 9.1.

use crate::archive::encoding::Verification;
use crate::verify::text::Text;

/// The likely reason; none where the file was read.
pub fn reason(found: &Verification) -> Option<Text> {
    let said = |word: &str| found.warnings.iter().any(|warning| warning.en.to_lowercase().contains(word));
    if found.verdict != "unreadable" {
        return None;
    }
    Some(if found.file.size == 0 {
        Text::new("Filen är tom.", "The file is empty.")
    } else if said("encrypt") || said("password") {
        Text::new(
            "Filen är lösenordsskyddad. Be om den underskrivna filen utan lösenord.",
            "The file is protected by a password. Ask for the signed file without one.",
        )
    } else {
        Text::new(
            "Filen är inte en hel PDF. Word-filer och bilder kan inte kontrolleras – be om den underskrivna PDF-filen.",
            "The file is not a complete PDF. Word files and pictures cannot be checked: ask for the signed PDF.",
        )
    })
}
