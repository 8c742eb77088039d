//! Log lines, metrics and traces. Nothing personal: routes, codes, record ids and durations; never a query, a name or a file.
//! Lines go to standard error, so that standard output stays an answer; metrics follow Prometheus' text format.

use metrics::Unit;
use metrics::describe_counter;
use metrics::describe_gauge;
use metrics::describe_histogram;
use metrics_exporter_prometheus::BuildError;
use metrics_exporter_prometheus::Matcher;
use metrics_exporter_prometheus::PrometheusBuilder;
use metrics_exporter_prometheus::PrometheusHandle;
use opentelemetry_otlp::ExporterBuildError;
use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;
use tracing_subscriber::util::TryInitError;

mod traces;

pub use self::traces::Traces;

/// How a log line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people and journald.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged when nobody says otherwise.
pub const FILTER: &str = "info";

/// Bounds of the histograms of seconds: from a small file to the longest a request may take.
const SECONDS: &[f64] = &[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// Sends log lines to standard error, and traces to `collector` where one is named: what is given here is kept until the
/// service has stopped. `filter` is `EnvFilter`'s language, such as `info,sigill::ledger=debug`; traces do not follow it.
///
/// # Errors
/// A filter or an address that cannot be read; a second call in one process.
pub fn init(format: Format, filter: &str, collector: Option<&str>) -> Result<Option<Traces>, Error> {
    let filter = self::filter(filter)?;
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        Format::Text => lines.with_ansi(false).with_target(false).boxed(),
        Format::Json => lines.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed(),
    };
    let traces = collector.map(Traces::start).transpose()?;
    let answers = filter_fn(|line| line.target() == traces::TARGET && *line.level() == Level::INFO);
    let spans = traces.as_ref().map(|traces| traces.layer().with_filter(answers));
    tracing_subscriber::registry().with(lines.with_filter(filter)).with(spans).try_init()?;
    Ok(traces)
}

/// Reads what is to be logged.
///
/// # Errors
/// A filter that cannot be read.
pub fn filter(text: &str) -> Result<EnvFilter, ParseError> {
    EnvFilter::try_new(text)
}

/// Starts collecting metrics; the handle renders them for `web::Options::metrics`. Once in a process.
///
/// # Errors
/// A second call in one process.
pub fn metrics() -> Result<PrometheusHandle, Error> {
    let seconds = Matcher::Suffix("_seconds".to_owned());
    let handle = PrometheusBuilder::new().set_buckets_for_metric(seconds, SECONDS)?.install_recorder()?;
    describe_counter!("sigill_requests_total", "Answers, by method, route and status.");
    describe_histogram!("sigill_request_seconds", Unit::Seconds, "Time until the answer began, by route.");
    describe_histogram!("sigill_verification_seconds", Unit::Seconds, "Time spent on verifying one document.");
    describe_counter!("sigill_verifications_total", "Documents verified, by verdict.");
    describe_counter!("sigill_ingests_total", "Documents handed in for registration, by result: new, known or failed.");
    describe_counter!("sigill_spans_total", "Spans of traces, where they are collected, by result: sent or dropped.");
    describe_gauge!("sigill_ledger_size", "Entries in the ledger.");
    describe_gauge!("sigill_ledger_stopped", "1 where the ledger has stopped, else 0.");
    describe_gauge!("sigill_scrub_cycles", "How often everything in the ledger was read again since the start.");
    describe_gauge!("sigill_scrub_entries", "Entries read again in the cycle under way.");
    describe_gauge!("sigill_scrub_faults", "Faults that reading again has found.");
    describe_gauge!("sigill_ledger_alarm", "1 where a witness's alarm stopped the ledger, else 0.");
    describe_gauge!("sigill_ledger_witnessed_size", "Entries that enough witnesses have seen.");
    describe_gauge!("sigill_witnesses_in_trouble", "Witnesses that do not answer as they should.");
    describe_gauge!("sigill_stamp_covered", "Entries that have a time stamp, where the service stamps.");
    describe_gauge!("sigill_stamp_in_trouble", "1 where the time-stamping authority could not be used last, else 0.");
    describe_gauge!("sigill_stamp_succeeded_at_seconds", "When the day's stamp was made last, in seconds since 1970.");
    describe_gauge!("sigill_trust_anchors", "Trust anchors loaded.");
    describe_gauge!("sigill_trust_list_age_seconds", "How old a trust list is.");
    describe_gauge!(
        "sigill_trust_list_remaining_seconds",
        "How long a trust list still lasts; below 0 it has run out."
    );
    describe_gauge!("sigill_upload_bytes_reserved", "Bytes of uploads in memory.");
    describe_gauge!("sigill_backup_at_seconds", "When the archive was last backed up, in seconds since 1970.");
    describe_gauge!("sigill_disk_free_bytes", "Room left where the archive is.");
    Ok(handle)
}

/// Why telemetry cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The filter.
    #[error("the log filter cannot be read: {0}")]
    Filter(#[from] ParseError),
    /// Log lines go somewhere already.
    #[error("logging was started twice")]
    Twice(#[from] TryInitError),
    /// The traces.
    #[error("traces cannot be sent: {0}")]
    Traces(#[from] ExporterBuildError),
    /// The metrics.
    #[error("metrics cannot be collected: {0}")]
    Metrics(#[from] BuildError),
}
