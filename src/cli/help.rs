//! The help in Swedish: the same commands and options as [`super::args`], in the reader's language.
//! USERS section 10; a test holds that nothing is left untranslated.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, Command};

use crate::archive::retention::plan;
use crate::config::Lang;

/// What each command does, by its name.
const COMMANDS: &[(&str, &str)] = &[
    ("sigill", "Kontrollerar elektroniskt underskrivna protokoll, bevarar dem och bevisar vad som bevarats"),
    ("demo", "Visa vad sigill gör: ett arkiv med exempelprotokoll som visas på den här datorn"),
    ("init", "Skapa ett arkiv: loggens nyckel, tom logg, första administratörsnyckeln (visas en gång)"),
    ("serve", "Starta tjänsten för ett arkiv"),
    ("verify", "Kontrollera underskrifterna i filer; inget sparas"),
    ("ingest", "Registrera filer och mappar i arkivet"),
    ("find", "Sök handlingar: Transaktions-ID, kontrollsumma, handlings-id, diarienummer eller en fil"),
    ("search", "Sök handlingar på ord i rubriker, ärenden och beslut"),
    ("compare", "Jämför en fils text med en handlings: vad som skiljer sig, en ledtråd och inget bevis"),
    ("receipt", "Skriv en handlings kvitto, som bevisar för vem som helst att den registrerats"),
    ("deliver", "Skriv handlingar som ett paket för e-arkiv: E-ARK SIP 2.1, det vill säga FGS Paketstruktur 2.0"),
    ("revision", "Visa versionerna som en underskriven fil rymmer, eller skriv den som en underskrift gäller"),
    ("statement", "Skriv kontrollintyget för en handling: en sida, förseglad av arkivet"),
    ("svt", "Intyga vad en kontroll visade i ett intyg som andra program kontrollerar (SVT, RFC 9321)"),
    ("prove", "Kontrollera ett kvitto mot en fil, utan arkiv och utan nät"),
    ("monitor", "Granska någons logg utifrån: det som fanns står kvar och varje del av trädet stämmer"),
    (
        "witness init",
        "Skapa ett vittnes nyckel; visar de publika nycklarna, som de andra arkiven tar in i witnesses.policy",
    ),
    ("witness add", "Bevittna en logg från och med nu; tjänsten ska startas om"),
    ("witness show", "Visa vittnets publika nycklar och de loggar det bevittnar"),
    ("witness", "Var vittne åt andra arkivs loggar"),
    ("ledger", "Visa loggens läge eller publika nyckel"),
    ("size", "Antal poster"),
    ("root", "Rotens kontrollsumma över alla poster, hexadecimalt"),
    ("checkpoint", "Den senaste undertecknade kontrollpunkten"),
    ("key", "Den publika nyckeln (vkey) som kvitton kontrolleras med; lista alla nycklar, eller byt dem"),
    ("key list", "Lista alla nycklar som loggen någonsin undertecknat med, från och till hur många poster"),
    ("rotate", "Byt båda nycklarna mot nya medan loggen fortsätter; kan inte ångras"),
    ("check", "Bevisa att arkivet är helt: allt räknas om från det som ligger på disken"),
    ("backup", "Kopiera hela arkivet till en fil, även medan tjänsten är igång"),
    ("restore", "Lägg tillbaka en säkerhetskopia i en tom mapp och bevisa att den är hel"),
    ("export", "Skriv loggen som en vanlig mapp som andra program kan läsa och bevisa"),
    ("stamp", "Be en tidsstämplingstjänst (RFC 3161) om tid över det registrerade, och förnya det som skulle åldras"),
    ("evidence", "Skriv en handlings bevispost (RFC 4998): när dokumentet senast fanns"),
    ("import", "Gör om loggen av en sådan mapp"),
    ("rebuild", "Gör om sökregister och katalog från de varaktiga filerna"),
    ("migrate", "Flytta ett arkiv till en databas och ett objektlager som flera processer delar; inget tas bort"),
    ("publish", "Gör en kopia utan underskrifter och personnummer, och registrera den så att den känns igen"),
    ("events", "Lista vad som hänt med en handling; varje händelse är en post i loggen"),
    ("correct", "Rätta uppgifter om en handling; det som stod förut finns kvar bland händelserna"),
    ("link", "Ange att en handling hör ihop med en annan"),
    ("verify-again", "Kontrollera en handlings dokument igen och spara svaret bredvid de tidigare"),
    ("reveal", "Visa undertecknarnas hela personnummer; att de visats blir en händelse"),
    ("person", "Lista handlingar som nämner en person, för den som frågar om sig själv"),
    ("forget-salt", "Förstör en handlings salt: ingen kan längre visa att dess post i loggen gäller dokumentet"),
    ("record", "Vad som hänt med en handling, och vad som görs med den sedan den registrerades"),
    ("retention", "Hur länge handlingar ska bevaras, och vad som är på tur"),
    ("due", "Lista vad som får gallras eller levereras till en viss dag"),
    ("show", "Säg hur länge en handling ska bevaras, och varför"),
    ("hold", "Stoppa gallring av en handling tills stoppet hävs; det går före varje förslag och beslut"),
    ("release", "Häv ett gallringsstopp"),
    ("holds", "Lista handlingar med gallringsstopp"),
    ("event", "Ange vad som inträffat som fristen räknas från"),
    ("propose", "Föreslå gallring av handlingar; någon annan beslutar"),
    ("proposals", "Lista öppna gallringsförslag, och vad som är beslutat och kan ångras"),
    ("dispose", "Besluta om någon annans förslag: handlingarna gallras när tiden att ångra gått ut"),
    ("refuse", "Avslå ett förslag, eller dra tillbaka sitt eget"),
    ("undo", "Ångra ett beslut innan det verkställs"),
    ("carry-out", "Verkställ det som är beslutat och inte längre kan ångras; `serve` gör det varje timme"),
    ("disposed", "Lista vad som gallrats, och enligt vilket beslut"),
    (
        "protocol",
        "Skriv ett gallringsprotokoll en gång till: en förseglad PDF om namnet slutar på .pdf, annars en tabell",
    ),
    ("plan", "Visa vad en annan plan skulle innebära, och låt den gälla"),
    ("trust", "Vilka arkivet litar på, för vad och när; förteckningar över betrodda tjänster"),
    ("list", "Lista betrodda utfärdare med ändamål, tider och källor, och förteckningarna med deras ålder"),
    ("add", "Ta in en förteckning enligt ETSI TS 119 612 sedan dess underskrift kontrollerats"),
    (
        "update",
        "Hämta eller läs om varje förteckning; det som är äldre eller inte håller avvisas och det gamla står kvar",
    ),
    ("create", "Skapa en nyckel"),
    ("remove", "Ta bort"),
    ("token create", "Skapa en nyckel; den visas en gång och sparas bara som kontrollsumma"),
    ("token list", "Lista nycklarna: namn, roll, till när de gäller och när de senast användes"),
    ("token remove", "Ta bort en nyckel; den som loggat in med den är då utloggad"),
    ("token", "Nycklar till tjänsten: vem som får göra vad; går också medan den är igång"),
    ("webhook list", "Lista dem som får besked: om vad, när det senast kom fram och vad som gått fel"),
    ("webhook", "Vem som får besked om vad som händer (webhooks.toml), och ett besked att prova med"),
    ("test", "Skicka ett signerat besked om ingenting, och säg vad som svarades"),
    ("audit", "Vem som gjort vad genom tjänsten, och vad som nekats"),
    ("config check", "Visa varje inställning med värde och vem som angett den, och allt som är fel; inget ändras"),
    ("config", "Vad programmet är inställt på, och om det går att följa"),
    ("man", "Skriv manualsidor, en för varje kommando"),
    ("completions", "Skriv det som ett skal behöver för att fylla i kommandon och flaggor"),
    (
        "doctor",
        "Undersök mappar, klocka, disk, rättigheter, förteckningar, logg, säkerhetskopia med mera; råd till varje brist",
    ),
];

/// What the exit status of a command means, where it says more than whether it went well.
const STATUS: &[(&str, &str)] = &[
    ("verify", "0 varje fil är giltig, 1 någon fil är det inte, 2 en fil kunde inte öppnas"),
    (
        "ingest",
        "0 varje fil är registrerad, 1 någon fil är det inte, 2 arkivet kunde inte öppnas. Avbruten (Ctrl-C) avslutar \
     den det påbörjade; kör igen, så fortsätter den",
    ),
    ("find", "0 hittad, 1 inget stämmer, 2 arkivet eller en fil kunde inte öppnas"),
    ("search", "0 hittad, 1 ingen handling har de orden, 2 arkivet kunde inte öppnas"),
    ("compare", "0 texten är densamma, 1 den skiljer sig, 2 inget har jämförts"),
    (
        "trust",
        "0 allt är betrott, 1 någon förteckning eller fil är det inte, 2 en förteckning avvisades eller kunde inte läsas",
    ),
    ("monitor", "0 allt stämmer, 1 larm, 2 loggen kunde inte nås, vilket inte säger något om den"),
    ("svt", "0 utfärdat, 1 ingen underskrift är giltig, 2 en fil eller nyckel kunde inte läsas"),
    ("prove", "0 bevisat, 1 inte bevisat, 2 en fil kunde inte öppnas"),
    ("backup", "0 säkerhetskopierat, 1 säkerhetskopierat med fel som fanns redan i arkivet, 2 inte säkerhetskopierat"),
    ("rebuild", "0 gjort på nytt, 2 inte gjort"),
    ("restore", "0 återställt och helt, 1 återställt med fel som fanns redan i kopian, 2 inte återställt"),
    ("export", "0 exporterat, 2 inte exporterat"),
    ("import", "0 importerat, 2 inte importerat"),
    ("propose", "0 föreslaget, 1 inget kunde föreslås, 2 arkivet kunde inte öppnas"),
    ("dispose", "0 beslutat, 1 inget beslutades, 2 avvisat, eller arkivet kunde inte öppnas"),
    ("plan", "0 gäller nu eller hindras av inget, 1 en frist kortas utan nytt beslut, 2 kunde inte läsas"),
    ("doctor", "0 det fungerar, kanske med något att åtgärda; 1 något fungerar inte"),
    ("test", "0 det kom fram till alla, 1 till någon kom det inte fram, 2 inget har skickats"),
    ("config", "0 inga fel hittades, 1 fel hittades"),
    ("check", "0 inga fel hittades, 1 fel hittades, 2 kunde inte undersökas"),
];

/// What each option means, by its name.
const ARGUMENTS: &[(&str, &str)] = &[
    ("data", "Arkivets mapp [förval: ./sigill-data] [miljö: SIGILL_DATA]"),
    ("config", "Inställningsfil i TOML, se deploy/sigill.toml [miljö: SIGILL_CONFIG]"),
    (
        "policy",
        "Regler att döma efter: sigill-se-minutes, sigill-strict eller en fil, se deploy/sigill.toml [miljö: SIGILL_POLICY]",
    ),
    ("lang", "Språk för det som människor läser [förval: sv] [miljö: SIGILL_LANG]"),
    ("json", "Svara med JSON på stdout: ett dokument, eller en rad per indata"),
    ("help", "Visa hjälp"),
    ("version", "Visa version"),
    ("dir", "Var demonstrationen läggs"),
    ("no_serve", "Sluta efter utskriften i stället för att starta tjänsten"),
    ("listen", "Adress att lyssna på [förval: 127.0.0.1:8480] [miljö: SIGILL_LISTEN]"),
    ("origin", "Loggens namn för alltid, enligt bruk en adress utan https://"),
    ("organisation", "Myndigheten som håller arkivet"),
    ("places", "Var databas och dokument finns, när flera processer delar dem: se deploy/places.toml"),
    ("from", "Det slags arkiv som flyttas"),
    ("to", "Det slags arkiv som det flyttas till"),
    ("into", "Ny mapp för det flyttade arkivets inställningar och nyckel"),
    ("files", "Filer att kontrollera; - läser från stdin"),
    ("trust", "Mapp med betrodda utfärdare, PEM eller DER [förval: keys/trust om den finns] [miljö: SIGILL_TRUST]"),
    (
        "evidence",
        "Fil eller mapp att ta hänsyn till: spärrlistor, OCSP-svar, certifikat, bevisposter (.ers), svar från BankID \
         (JSON eller XML)",
    ),
    ("again", "Kontrollera en registrerad handling igen, efter arkivets regler och med bevisen som sparats med den"),
    (
        "kept_evidence",
        "Fil eller mapp med bevis som tas med vid kontrollen av varje fil och sparas med den, som för `verify`",
    ),
    (
        "source",
        "Förteckningen: en XML-fil, en adress (https://…) eller ett lands två bokstäver, vars förteckning då hämtas där \
         förteckningen över förteckningar säger att den finns",
    ),
    ("name", "Vad förteckningen kallas här: små bokstäver, siffror, bindestreck [förval: landet]"),
    (
        "signer",
        "Certifikat som får skriva under den, PEM eller DER [förval: de som en förteckning över förteckningar anger]",
    ),
    ("at", "Bedöm per denna tidpunkt i stället för nu, till exempel 2026-11-01T00:00:00Z"),
    ("online", "Hämta det som saknas: spärrlistor, OCSP-svar, utfärdares certifikat"),
    ("offline", "Använd inget nät; så är det alltid utan --online och kan sägas uttryckligen"),
    ("details", "Visa även tekniska detaljer"),
    ("xml", "Skriv även rapporten som XML för andra program (ETSI TS 119 102-2); för en handling i taget"),
    ("paths", "Filer och mappar; mappar gås igenom helt, dolda filer hoppas över"),
    ("report", "Skriv en rapport som kalkylprogram öppnar"),
    ("dry_run", "Kontrollera filerna och säg vad som skulle registreras; spara inget"),
    (
        "metadata",
        "Tabell (CSV, en rubrik och en rad per fil) med vad som sägs om var och en: fil, diarienummer, organ, \
         handlingstyp, titel, förväntade undertecknare, publik. En fil utan rad får det som tillvalen säger",
    ),
    ("public", "Låt vem som helst söka fram handlingarna"),
    ("diary_number", "Diarienummer för dem alla"),
    ("record_type", "Handlingstypens kod i gallringsplanen; annars den som texten visar"),
    ("title", "Rubrik; annars den som står i dokumentet"),
    ("body", "Organet de hör till; annars det som står i dokumentet"),
    ("expect", "Någon som ska skriva under, med rollen om den är känd: ”Anna Ek (ordförande)”; kan anges flera gånger"),
    ("understood", "Visa för varje fil hur texten lästes; så är det ändå när filerna är få"),
    (
        "query",
        "Transaktions-ID (skiftläge och bindestreck spelar ingen roll), kontrollsumma, handlings-id, diarienummer \
         eller fil",
    ),
    ("words", "Ord som handlingen ska ha, eller början av dem; versaler och gemener är detsamma"),
    ("limit", "Visa så många handlingar, den senast registrerade först"),
    ("copy", "Utskriften, avskriften eller kopian: PDF eller text; - läser från stdin"),
    (
        "original",
        "Handlingen: dess id, eller något annat som bara den svarar mot [förval: den vars Transaktions-ID filen nämner]",
    ),
    ("record", "Handlingen: dess id, eller något annat som bara den svarar mot"),
    ("output", "Fil att skriva; annars stdout"),
    ("signature", "Underskriften vars version ska skrivas, räknad från 1 som i kontrollens svar"),
    ("records", "Handlingarna, var och en med sitt id eller något annat som bara den svarar mot"),
    ("package", "Ny fil som slutar på .tar, eller mappen som paketets mapp läggs i"),
    ("recipient", "Arkivet som det går till"),
    ("agreement", "Leveransöverenskommelsen som det följer"),
    ("received", "Anteckna arkivets kvittens på de levererade handlingarna, och spara filen"),
    ("reference", "Vad arkivet kallar dem"),
    ("without_signatures", "Leverera registrerade kopior utan underskrifter i stället för originalen"),
    ("unregistered", "Skriv det utan att registrera det, vilket också går medan arkivet är i drift"),
    ("token_file", "Fil att skriva; en som finns skrivs aldrig över; annars stdout"),
    ("new_file", "Fil att skriva; en som finns skrivs aldrig över"),
    ("list", "Lista versionerna i stället"),
    (
        "key",
        "Loggens publika nyckel (vkey), eller en fil med den eller flera, en på varje rad; --policy FIL anger i stället \
         en policy för loggar och vittnen (C2SP tlog-policy)",
    ),
    ("log_key", "Loggens publika nyckel (vkey), eller en fil med den"),
    ("witness_name", "Vittnets namn [förval: loggens namn, sedan /witness]"),
    ("url", "Var loggen läses: adressen före /checkpoint"),
    ("memory", "Fil som minns vad som senast stämde; ett larm sparas bredvid"),
    ("webhook", "Adress som får veta om ett larm, i JSON"),
    (
        "every",
        "Fortsätt och titta igen så ofta, till exempel 1h eller 5m, tills ett larm; det som inte svarar sägs och frågas igen",
    ),
    ("file", "Dokumentet"),
    ("receipt", "Dess kvitto (.tlog-proof)"),
    (
        "journal",
        "Gör i stället om loggens journal och ankare, där en av dem är skadad eller borta, av databasen eller det som är \
         kvar; bara om det har allt som publicerats",
    ),
    ("directory", "Undersök en vanlig mapp med loggen i stället för arkivet"),
    ("backup", "Fil att skriva, en tar; packad om namnet slutar på gz; en som finns skrivs aldrig över"),
    ("without_key", "Utelämna loggens hemliga nyckel; den efterfrågas då vid återställning"),
    ("backup_file", "Säkerhetskopian"),
    (
        "published",
        "Den senaste kontrollpunkten som andra har: en fil, en exporterad mapp eller loggens adress; en äldre \
         säkerhetskopia avvisas",
    ),
    ("secret_key", "Fil med loggens hemliga nyckel"),
    (
        "older",
        "Återställ trots att ett nyare läge har offentliggjorts: det som kom efter säkerhetskopian saknas sedan. Vad som \
         gallrats läses ur det offentliggjorda och kommer inte tillbaka",
    ),
    ("disposed", "Fil med id för handlingar som gallrats sedan dess, ett per rad; de kommer inte tillbaka"),
    ("stamp_url", "Tjänstens adress [förval: stamp_url i inställningsfilen] [miljö: SIGILL_STAMP_URL]"),
    ("mirror", "Mappen med den exporterade loggen"),
    ("holder", "Systemet, platsen eller personen som ska ha nyckeln; namnet står i loggar och händelser"),
    ("role", "Vad den får göra"),
    ("expires", "Dag eller tidpunkt då den slutar gälla, till exempel 2027-12-31"),
    ("behind", "Personen bakom nyckeln, så att två nycklar hos samma person inte räknas som två personer"),
    ("token_id", "Nyckelns id, som `token list` visar"),
    ("endpoint", "Vem som ska få det, som i webhooks.toml [förval: alla]"),
    ("about", "Bara om den här handlingen: dess id"),
    ("of_name", "Bara det som det här namnet gjort"),
    ("on_day", "Bara den här dagen (UTC), till exempel 2026-11-01"),
    ("newest", "Högst så många rader, de nyaste"),
    ("purpose", "Vad kopian är till för [förval: Publiceringskopia]"),
    ("shown_for", "För vilket ändamål; inga personuppgifter"),
    ("new_title", "Rubriken"),
    ("new_type", "Handlingstypens kod i gallringsplanen"),
    ("new_number", "Diarienumret"),
    ("new_body", "Organet den hör till"),
    ("meeting_date", "Sammanträdesdagen"),
    ("now_public", "Om vem som helst får söka fram den"),
    ("other", "Den andra handlingen"),
    ("relation", "Hur den hör ihop med den"),
    ("person", "Personens namn; - läser ett namn eller personnummer från stdin, där ingen annan ser det"),
    ("actor", "Vem som gör det, om det inte är den inloggade [miljö: SIGILL_ACTOR]"),
    ("reason", "Varför; inga personuppgifter"),
    ("contact", "Vem man frågar"),
    ("hold", "Vilket stopp, om det finns flera: dess namn, som `holds` visar"),
    ("what", "Vad: case-closed (ärendet avslutat) eller legal-force (laga kraft)"),
    ("on", "Vilken dag"),
    ("records", "Handlingarna: id, eller något annat som bara en svarar mot"),
    ("all_due", "Allt vars tid gått ut den här dagen"),
    ("proposal", "Förslagets namn"),
    ("decision", "Gallringsbeslutets nummer"),
    (
        "protocol",
        "Skriv också protokollet: en förseglad PDF om namnet slutar på .pdf, annars en tabell; en fil som finns skrivs aldrig över",
    ),
    ("decided", "Bara enligt det här beslutet"),
    ("plan_file", "Planen (TOML), eller en dokumenthanteringsplan som tabell (CSV)"),
    ("plan_version", "Planens version, om filen är en tabell"),
    ("adopted_by", "Beslutet som planen vilar på"),
    ("by", "Dagen, till exempel 2031-12-31"),
    ("fix", "Laga det som kan lagas utan risk: andras rättigheter till hemligheter, en mapp som saknas"),
    ("pages", "Mapp som sidorna läggs i; den skapas om den saknas"),
    ("shell", "Skalet"),
    ("yes", "Gör det: utan detta sägs bara vad som skulle hända"),
];

/// The language that is asked for on the command line or in the environment, before either is read in earnest.
pub(super) fn lang(arguments: impl Iterator<Item = OsString>, variables: &BTreeMap<String, String>) -> Lang {
    let words: Vec<String> = arguments.filter_map(|word| word.into_string().ok()).collect();
    let joined = words.iter().find_map(|word| word.strip_prefix("--lang=").map(str::to_owned));
    let apart = words.iter().position(|word| word == "--lang").and_then(|at| words.get(at + 1).cloned());
    let asked = joined.or(apart).or_else(|| variables.get("SIGILL_LANG").cloned());
    asked.and_then(|word| Lang::read(&word)).unwrap_or_default()
}

/// The command with its help in the language.
pub(super) fn in_language(command: Command, lang: Lang) -> Command {
    match lang {
        Lang::En => command,
        Lang::Sv => {
            let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).global(true);
            let version = Arg::new("version").short('V').long("version").action(ArgAction::Version);
            let flags = [help.display_order(998), version.display_order(999)];
            in_swedish("", command.disable_version_flag(true).args(flags))
        }
    }
}

fn in_swedish(above: &str, command: Command) -> Command {
    let name = command.get_name().to_owned();
    let mut command = command.disable_help_flag(true).propagate_version(false);
    command = command.help_template("{about}\n\nAnvändning: {usage}\n\n{all-args}{after-help}");
    command = command.subcommand_help_heading("Kommandon").subcommand_value_name("KOMMANDO");
    // What several commands have, such as `add`, is told of each by its whole name where it differs.
    let whole = COMMANDS.iter().find(|(known, _)| known.split_once(' ') == Some((above, &name)));
    if let Some(about) = whole.map(|(_, text)| *text).or_else(|| translated(COMMANDS, &name)) {
        command = command.about(about);
    }
    if let Some(after) = command.get_after_help().map(ToString::to_string) {
        let examples: Vec<&str> = after.lines().filter(|line| !line.starts_with("Exit status")).collect();
        let words = plan::starting_points();
        let mut after = examples.join("\n").replace("Example:", "Exempel:").replace(&words.en, &words.sv);
        if let Some(status) = translated(STATUS, &name) {
            after.push_str(&format!("\nSlutstatus: {status}"));
        }
        command = command.after_help(after);
    }
    command = command.mut_args(|argument| {
        let heading = if argument.is_positional() { "Argument" } else { "Flaggor" };
        let argument = argument.help_heading(heading);
        match translated(ARGUMENTS, argument.get_id().as_str()) {
            Some(help) => {
                let help = format!("{help}{}", choices(&argument, help));
                let told = argument.get_action().takes_values();
                let argument = argument.help(help).long_help(None::<&str>);
                argument.hide_default_value(told).hide_possible_values(told)
            }
            None => argument,
        }
    });
    command.mut_subcommands(|below| in_swedish(&name, below))
}

/// What an argument may be and is where it is left out, unless the help says so already or there is no choice.
fn choices(argument: &Arg, help: &str) -> String {
    let values = argument.get_possible_values();
    let values: Vec<&str> = values.iter().filter(|value| !value.is_hide_set()).map(PossibleValue::get_name).collect();
    let defaults = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect::<Vec<_>>();
    let told = |name: &str, texts: &[&str]| {
        let new = argument.get_action().takes_values() && !texts.is_empty() && !help.contains(&format!("[{name}: "));
        if new { format!(" [{name}: {}]", texts.join(", ")) } else { String::new() }
    };
    let possible =
        if argument.is_hide_possible_values_set() { String::new() } else { told("möjliga värden", &values) };
    let defaults: Vec<&str> = defaults.iter().map(AsRef::as_ref).collect();
    possible + &told("förval", &defaults)
}

fn translated(table: &'static [(&str, &str)], name: &str) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::args::Cli;

    fn walk(command: &Command, visit: &mut dyn FnMut(&Command)) {
        visit(command);
        command.get_subcommands().for_each(|one| walk(one, visit));
    }

    #[test]
    fn every_command_and_option_has_swedish_help() {
        walk(&Cli::command(), &mut |command| {
            assert!(translated(COMMANDS, command.get_name()).is_some(), "{}", command.get_name());
            let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert_eq!(after.contains("Exit status"), translated(STATUS, command.get_name()).is_some(), "{after}");
            for argument in command.get_arguments() {
                let id = argument.get_id().as_str();
                assert!(translated(ARGUMENTS, id).is_some(), "{} {id}", command.get_name());
            }
        });
    }

    #[test]
    fn both_languages_build() {
        in_language(Cli::command(), Lang::Sv).debug_assert();
        in_language(Cli::command(), Lang::En).debug_assert();
    }

    #[test]
    fn the_language_is_known_before_the_rest_is_read() {
        let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>().into_iter();
        let english = BTreeMap::from([("SIGILL_LANG".to_owned(), "en".to_owned())]);
        assert_eq!(lang(words("sigill --lang en check"), &BTreeMap::new()), Lang::En);
        assert_eq!(lang(words("sigill check --lang=sv"), &english), Lang::Sv);
        assert_eq!(lang(words("sigill check"), &english), Lang::En);
        assert_eq!(lang(words("sigill check"), &BTreeMap::new()), Lang::Sv);
    }
}
