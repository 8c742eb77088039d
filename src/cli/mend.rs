//! What `sigill doctor --fix` mends: rights that others have on what is ours alone, and a folder that is missing.
//! Nothing is written into documents, records or ledger, and nothing is removed.

use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use crate::verify::text::Text;

/// What only its owner may reach: the archive itself, and each secret in it.
const SECRETS: &[&str] = &[".", "ledger/key", "ledger/key.next", "tokens.toml", "seal.pem", "witness/key"];
/// Rights of the group and of everybody.
const OTHERS: u32 = 0o077;

/// What others on this machine could read or write, with its rights.
pub(super) fn open_to_others(data: &Path) -> Vec<(PathBuf, u32)> {
    let rights = |name: &&str| {
        let path = if *name == "." { data.to_owned() } else { data.join(name) };
        let mode = fs::metadata(&path).ok()?.permissions().mode();
        (mode & OTHERS != 0).then_some((path, mode))
    };
    SECRETS.iter().filter_map(rights).collect()
}

/// Mends what can be mended without a thought, and says what was mended and what could not be.
pub(super) fn mend(data: &Path) -> Vec<Text> {
    let mut told = Vec::new();
    for (path, mode) in open_to_others(data) {
        let done = fs::set_permissions(&path, Permissions::from_mode(mode & !OTHERS & 0o7777));
        let path = path.display();
        told.push(match done {
            Ok(()) => Text::new(
                format!("Lagat: bara ägaren kommer åt {path}."),
                format!("Mended: only its owner reaches {path}."),
            ),
            Err(error) => Text::new(
                format!("Inte lagat: {path} ({error}). Kör som den användare som äger arkivet."),
                format!("Not mended: {path} ({error}). Run as the user who owns the archive."),
            ),
        });
    }
    let trust = data.join("trust");
    if data.is_dir() && !trust.exists() && fs::create_dir(&trust).is_ok() {
        told.push(Text::new("Lagat: mappen trust finns igen, tom.", "Mended: the folder trust is there again, empty."));
    }
    told
}
