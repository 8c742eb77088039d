//! `sigill migrate`: an archive moves from this machine into a database and an object store. Nothing is deleted.

use serde::Serialize;

use crate::archive::encoding::hex;
use crate::archive::settings::Places;
use crate::cli::Answer;
use crate::cli::args::Migrate;
use crate::cli::console::Console;
use crate::cli::open;
use crate::cli::stop::Stop;
use crate::config::Config;
use crate::verify::text::Text;

#[derive(Serialize)]
struct Migrated {
    schema: &'static str,
    data: String,
    size: u64,
    root: String,
}

pub(super) fn run(args: &Migrate, config: &Config, console: &Console) -> Result<Answer, Stop> {
    let places = Places::read(&args.places)?;
    let archive = open::archive(config, console)?;
    let bar = console.progress(0);
    let moved = archive.migrate(&args.into, places, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let moved = moved?;
    let (size, root) = (moved.ledger().size(), hex(&moved.ledger().root()));
    let data = args.into.display().to_string();
    if console.json {
        console.json(&Migrated { schema: "sigill.migrated/1", data, size, root })?;
    } else {
        console.tell(&Text::new(
            format!(
                "{size} poster är flyttade och jämförda. Roten är densamma: {root}. Inget är borttaget. Kör nu\n    \
                 sigill --data {data} serve\noch starta inte tjänsten på det gamla arkivet igen."
            ),
            format!(
                "{size} entries were moved and compared. The root is the same: {root}. Nothing was removed. Now run\n    \
                 sigill --data {data} serve\nand do not start the service on the old archive again."
            ),
        ))?;
    }
    Ok(Answer::Yes)
}
