//! `sigill serve`: the service, until it is told to stop.
//! A stop (Ctrl-C, SIGTERM) lets requests under way finish; a second one ends at once and loses nothing acknowledged.

use std::sync::Arc;

use tokio::runtime::Runtime;

use crate::archive::Archive;
use crate::archive::carrying_out::CarryingOut;
use crate::archive::stamps::Authority;
use crate::archive::stamps::daily::Daily;
use crate::archive::stamps::daily::Stamping;
use crate::archive::witness::Feeder;
use crate::archive::witness::Feeding;
use crate::cli::Answer;
use crate::cli::console::Console;
use crate::cli::doctor;
use crate::cli::notify::Manager;
use crate::cli::open;
use crate::cli::signal;
use crate::cli::stop::Stop;
use crate::config::Config;
use crate::telemetry;
use crate::verify::text::Text;
use crate::web;
use crate::web::Hook;
use crate::web::finding::Doctor;

pub(super) fn run(config: Config, manager: &Manager, console: &Console) -> Result<Answer, Stop> {
    let archive = open::unasked(&config, console)?;
    let (data, listen) = (config.data.display(), config.web.listen);
    console.note(&Text::new(
        format!("Arkivet i {data} visas på http://{listen}/ – avsluta med Ctrl-C."),
        format!("The archive in {data} is served at http://{listen}/ – stop with Ctrl-C."),
    ));
    serve(archive, &config, manager)
}

/// Serves an open archive until a signal says stop.
pub(super) fn serve(archive: Archive, config: &Config, manager: &Manager) -> Result<Answer, Stop> {
    let traces = telemetry::init(config.log_format, &config.log_filter, config.otlp_endpoint.as_deref())
        .map_err(|error| not_started(&error))?;
    let metrics = telemetry::metrics().map_err(|error| not_started(&error))?;
    let told = manager.clone();
    let listening = Hook(Some(Arc::new(move |_| told.ready())));
    let own = config.clone();
    let doctor = Doctor(Some(Arc::new(move |archive| doctor::examine(&own, archive))));
    let options = web::Options { metrics: Some(metrics), listening, doctor, ..config.web.clone() };
    let runtime = Runtime::new().map_err(|error| not_started(&error))?;
    // Asked before anything is signed: a witness that has seen more than there is tells of a copy put back.
    let mut feeder = Feeder::of(&archive);
    feeder.as_mut().map_or(Ok(()), |feeder| feeder.look(&archive))?;
    let archive = Arc::new(archive);
    let feeding = feeder.map(|feeder| Feeding::start(Arc::clone(&archive), feeder)).transpose();
    let feeding = feeding.map_err(|error| not_started(&error))?;
    let daily = config.stamp_url.clone().map(|url| Daily::new(Authority { url }));
    let stamping = daily.map(|daily| Stamping::start(Arc::clone(&archive), daily)).transpose();
    let stamping = stamping.map_err(|error| not_started(&error))?;
    let carrying_out = CarryingOut::start(Arc::clone(&archive)).map_err(|error| not_started(&error))?;
    // Our own hold on the archive outlives the runtime, so that closing it, which syncs, is the last thing done.
    let serving = Arc::clone(&archive);
    let served = runtime.block_on(async {
        let signal = signal::stop().map_err(|error| not_started(&error))?;
        let told = manager.clone();
        let stop = async move {
            signal.await;
            told.stopping();
        };
        tokio::spawn(manager.clone().pet());
        web::serve(serving, options, stop).await.map_err(|error| not_started(&error))
    });
    drop(runtime);
    drop(feeding);
    drop(stamping);
    drop(carrying_out);
    drop(archive);
    drop(traces);
    served.map(|()| Answer::Yes)
}

fn not_started(error: &dyn std::fmt::Display) -> Stop {
    Stop::trouble(
        format!(
            "Tjänsten kan inte köras: {error}. Inget registrerat är berört. Rätta orsaken eller välj en annan --listen."
        ),
        format!(
            "The service cannot run: {error}. Nothing registered is affected. Correct the cause or choose another \
             --listen."
        ),
    )
}
