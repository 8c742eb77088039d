//! How do I ask, by hand? The command line: arguments in, answer on stdout, everything else on stderr, exit status.
//! INTERFACES section 1; wording by USERS section 10: what happened, whether anything was saved, what to do.

use std::collections::BTreeMap;
use std::env;
use std::io;
use std::io::Write;
use std::panic;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use crate::cli::args::Cli;
use crate::cli::args::Command;
use crate::cli::args::Common;
use crate::cli::console::Console;
use crate::cli::notify::Manager;
use crate::cli::stop::Stop;
use crate::config::Flags;
use crate::config::Lang;
use crate::config::Sources;

pub mod args;
mod help;
mod usage;
mod told;
mod stop;
mod console;
mod open;
mod signal;
mod words;
mod show;
mod csv;
mod verify;
mod init;
mod serve;
mod ingest;
mod find;
mod compare;
mod search;
mod receipt;
mod deliver;
mod revision;
mod svt;
mod statement;
mod ledger;
mod upkeep;
mod migrate;
mod monitor;
mod witness;
mod backup;
mod export;
mod stamp;
mod retention;
mod record;
mod trust;
mod understood;
mod doctor;
mod mend;
mod settings;
mod notify;
mod papers;
mod published;
mod demo;
mod token;
mod webhook;
mod audit;

/// What a command answers: a yes or a no; both are answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// Exit status 0.
    Yes,
    /// Exit status 1: a file is not valid, nothing was found, an error was found.
    No,
}

impl Answer {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// Exit status where the question could not be answered: usage, disk.
const TROUBLE: u8 = 2;
/// Exit status of a fault in the program itself (EX_SOFTWARE of sysexits.h).
const OWN_FAULT: u8 = 70;
/// Exit status where nobody reads the answer any more: 128 + SIGPIPE, as other programs die of it.
const PIPE_CLOSED: u8 = 141;

/// Runs the command line of this process and gives its exit status.
pub fn run() -> ExitCode {
    let variables: BTreeMap<String, String> = env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let lang = help::lang(env::args_os(), &variables);
    tell_own_faults(lang);
    let command = help::in_language(Cli::command(), lang);
    let cli = match command.try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => {
            // Nobody is left to be told where printing fails.
            let _ = match usage::in_swedish(&error).filter(|_| lang == Lang::Sv) {
                Some(sentence) => writeln!(io::stderr(), "sigill: {}", console::inert(&sentence)),
                None => error.print(),
            };
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(TROUBLE));
        }
    };
    let mut console = Console::new(lang, cli.common.json, &variables);
    let ended = panic::catch_unwind(AssertUnwindSafe(|| dispatch(cli, &variables, &mut console)));
    let Ok(ended) = ended else { return ExitCode::from(OWN_FAULT) };
    match ended {
        Ok(Answer::Yes) => ExitCode::SUCCESS,
        Ok(Answer::No) => ExitCode::from(1),
        Err(Stop::PipeClosed) => ExitCode::from(PIPE_CLOSED),
        Err(Stop::Trouble(text)) => {
            console.trouble(&text);
            ExitCode::from(TROUBLE)
        }
    }
}

fn dispatch(cli: Cli, variables: &BTreeMap<String, String>, console: &mut Console) -> Result<Answer, Stop> {
    let Cli { common, command } = cli;
    let (file, flags) = (common.config.as_deref(), flags(&common, &command));
    if let Command::Config(_) = command {
        return settings::check(settings::Asked { file, variables, flags }, console);
    }
    let sources = Sources::read(file, variables, flags).map_err(|(first, _)| first)?;
    let config = sources.decide()?;
    console.lang = config.lang;
    match command {
        Command::Demo(args) => demo::run(&args, &config, console),
        Command::Init(args) => init::run(&args, &config, console),
        Command::Serve(_) => {
            settings::before_serving(&sources, &config, console)?;
            serve::run(config, &Manager::of(variables), console)
        }
        Command::Verify(args) => verify::run(&args, &config, console),
        Command::Ingest(args) => ingest::run(&args, &config, console),
        Command::Find(args) => find::run(&args, &config, console),
        Command::Search(args) => search::run(&args, &config, console),
        Command::Compare(args) => compare::run(&args, &config, console),
        Command::Receipt(args) => receipt::write(&args, &config, console),
        Command::Deliver(args) => deliver::run(&args, &config, console),
        Command::Revision(args) => revision::run(&args, &config, console),
        Command::Statement(args) => statement::run(&args, &config, console),
        Command::Svt(args) => svt::run(&args, &config, console),
        Command::Prove(args) => receipt::prove(&args, common.policy.as_deref(), &config, console),
        Command::Monitor(args) => monitor::run(&args, common.policy.as_ref(), console),
        Command::Witness(args) => witness::run(&args.what, &config, console),
        Command::Ledger(args) => ledger::run(args.what, &config, console),
        Command::Check(args) => match &args.directory {
            Some(directory) => export::check(directory, args.key.as_deref(), console),
            None => upkeep::check(&config, console),
        },
        Command::Backup(args) => backup::backup(&args, &config, console),
        Command::Restore(args) => backup::restore(&args, &config, console),
        Command::Export(args) => export::export(&args, &config, console),
        Command::Stamp(args) => stamp::stamp(&args, &config, console),
        Command::Evidence(args) => stamp::evidence(&args, &config, console),
        Command::Import(args) => export::import(&args, &config, console),
        Command::Rebuild(args) => upkeep::rebuild(&args, &config, console),
        Command::Migrate(args) => migrate::run(&args, &config, console),
        Command::Publish(args) => record::publish(&args, &config, console),
        Command::Record(args) => record::run(&args, &config, console),
        Command::Retention(args) => retention::run(&args, &config, console),
        Command::Trust(args) => trust::run(&args.what, &config, console),
        Command::Token(args) => token::run(&args.what, &config, console),
        Command::Webhook(args) => webhook::run(&args.what, &config, console),
        Command::Audit(args) => audit::run(&args, &config, console),
        Command::Doctor(args) => doctor::run(&args, &config, console),
        Command::Man(args) => papers::man(&args.directory, console),
        Command::Completions(args) => papers::completions(args.shell, console),
        // Answered above, before the configuration has to be one that can be followed.
        Command::Config(_) => Ok(Answer::Yes),
    }
}

fn flags(common: &Common, command: &Command) -> Flags {
    let (mut trust, mut listen) = (None, None);
    if let Command::Verify(verify) = command {
        trust.clone_from(&verify.trust);
    }
    if let Command::Svt(svt) = command {
        trust.clone_from(&svt.trust);
    }
    if let Command::Trust(of) = command {
        trust.clone_from(&of.trust);
    }
    if let Command::Serve(serve) = command {
        listen = serve.listen;
    }
    // What `prove` and `monitor` take is a policy of logs and witnesses, not of signatures.
    let of_logs = matches!(command, Command::Prove(_) | Command::Monitor(_));
    let policy = common.policy.clone().filter(|_| !of_logs);
    Flags { data: common.data.clone(), lang: common.lang, trust, policy, listen }
}

/// A fault of the program is told in words, and its place with it, so that it can be reported. What was acknowledged
/// before is durable whatever happens here.
fn tell_own_faults(lang: Lang) {
    panic::set_hook(Box::new(move |fault| {
        let place = fault.location().map(ToString::to_string).unwrap_or_default();
        // Nobody is left to be told where this fails.
        let _ = writeln!(io::stderr(), "sigill: {}", lang.of(&words::own_fault(&place)));
    }));
}
