//! Traces for whoever collects them: each answered request as one span, by OTLP over HTTP as JSON (W3C Trace Context for
//! what a caller has begun). Nothing waits for the collector: what it does not take is dropped, counted, and told once.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::KeyValue;
use opentelemetry::propagation::Extractor;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::Span;
use opentelemetry::trace::SpanKind;
use opentelemetry::trace::Status;
use opentelemetry::trace::Tracer;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::Bytes;
use opentelemetry_http::HttpClient;
use opentelemetry_http::HttpError;
use opentelemetry_http::Request;
use opentelemetry_http::Response;
use opentelemetry_otlp::ExporterBuildError;
use opentelemetry_otlp::Protocol;
use opentelemetry_otlp::RetryPolicy;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_otlp::WithHttpConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::BatchConfigBuilder;
use opentelemetry_sdk::trace::BatchSpanProcessor;
use opentelemetry_sdk::trace::SdkTracer;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_sdk::trace::SpanData;
use opentelemetry_sdk::trace::SpanExporter;
use tracing::Event;
use tracing::Subscriber;
use tracing::field::Field;
use tracing::field::Visit;
use tracing_subscriber::Layer;
use tracing_subscriber::layer;

use crate::archive::fetch::Exchange;
use crate::archive::fetch::Limits;

/// The line that `web` writes about every answer: a route's template, never a path, a query or a name.
pub(super) const TARGET: &str = "sigill::web::guard";
/// Where below its address a collector takes traces (OTLP/HTTP).
const PLACE: &str = "v1/traces";
/// Spans on their way at most; more are dropped. Some hundred bytes each.
const WAITING_MAX: usize = 2048;
/// How long the last spans may take to be sent when the service stops.
const STOP_TIME_MAX: Duration = Duration::from_secs(2);
/// How long the collector may take.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// Longest answer of a collector that is read.
const ANSWER_BYTES_MAX: u64 = 64 << 10;

/// Spans on their way. When it is dropped the last are sent, briefly.
#[derive(Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
    waiting: Arc<AtomicUsize>,
}

impl Traces {
    /// To the collector at this address.
    pub(super) fn start(collector: &str) -> Result<Self, ExporterBuildError> {
        let url = format!("{}/{PLACE}", collector.trim_end_matches('/'));
        let way_out = WayOut(Exchange::new(&Limits::named([url.as_str()])));
        let exporter = opentelemetry_otlp::SpanExporter::builder().with_http().with_protocol(Protocol::HttpJson);
        let exporter =
            exporter.with_endpoint(url).with_retry_policy(RetryPolicy::disabled()).with_http_client(way_out).build()?;
        let waiting = Arc::new(AtomicUsize::new(0));
        let sending = Sending { exporter, waiting: Arc::clone(&waiting), failing: AtomicBool::new(false) };
        let queue = BatchConfigBuilder::default().with_max_queue_size(WAITING_MAX).build();
        let queue = BatchSpanProcessor::builder(sending).with_batch_config(queue).build();
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let resource = Resource::builder().with_service_name("sigill").with_attribute(version).build();
        let provider = SdkTracerProvider::builder().with_span_processor(queue).with_resource(resource).build();
        Ok(Self { provider, waiting })
    }

    pub(super) fn layer(&self) -> Spans {
        Spans { tracer: self.provider.tracer("sigill"), waiting: Arc::clone(&self.waiting) }
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        // What is not sent by then is dropped like everything else that a collector does not take.
        drop(self.provider.shutdown_with_timeout(STOP_TIME_MAX));
    }
}

/// Makes a span of the line about an answer.
pub(super) struct Spans {
    tracer: SdkTracer,
    waiting: Arc<AtomicUsize>,
}

impl<S: Subscriber> Layer<S> for Spans {
    fn on_event(&self, event: &Event<'_>, _context: layer::Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        let (Some(status), Some(took)) = (line.status, line.took) else { return };
        let room = |waiting: usize| (waiting < WAITING_MAX).then_some(waiting + 1);
        if self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).is_err() {
            count("dropped", 1);
            return;
        }
        let end = SystemTime::now();
        let mut span = line.span(&self.tracer, status, end.checked_sub(took).unwrap_or(end));
        // Where the caller says that nobody follows his trace, nothing is sent.
        if !span.is_recording() {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        span.end_with_timestamp(end);
    }
}

fn count(result: &'static str, spans: usize) {
    metrics::counter!("sigill_spans_total", "result" => result).increment(u64::try_from(spans).unwrap_or(u64::MAX));
}

/// What the line says, field by field: what is not named here never becomes part of a span.
#[derive(Default)]
struct Line {
    request: String,
    method: String,
    route: String,
    traceparent: Option<String>,
    status: Option<i64>,
    took: Option<Duration>,
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "request" => value.clone_into(&mut self.request),
            "method" => value.clone_into(&mut self.method),
            "route" => value.clone_into(&mut self.route),
            "traceparent" => self.traceparent = Some(value.to_owned()),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "status" {
            self.status = i64::try_from(value).ok();
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "seconds" {
            self.took = Duration::try_from_secs_f64(value).ok();
        }
    }

    fn record_debug(&mut self, _field: &Field, _value: &dyn fmt::Debug) {}
}

/// What a propagator reads a caller's trace from. `tracestate` is not taken: it may hold anything.
impl Extractor for Line {
    fn get(&self, key: &str) -> Option<&str> {
        self.traceparent.as_deref().filter(|_| key == "traceparent")
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}

impl Line {
    fn span(self, tracer: &SdkTracer, status: i64, began: SystemTime) -> impl Span {
        let parent = TraceContextPropagator::new().extract_with_context(&Context::new(), &self);
        let name = format!("{} {}", self.method, self.route);
        let attributes = [
            KeyValue::new("http.request.method", self.method),
            KeyValue::new("http.route", self.route),
            KeyValue::new("http.response.status_code", status),
            KeyValue::new("sigill.request", self.request),
        ];
        let span = tracer.span_builder(name).with_kind(SpanKind::Server).with_start_time(began);
        let mut span = span.with_attributes(attributes).start_with_context(tracer, &parent);
        if status >= 500 {
            span.set_status(Status::error(""));
        }
        span
    }
}

/// Counts what arrives and what does not, and tells when that changes.
#[derive(Debug)]
struct Sending {
    exporter: opentelemetry_otlp::SpanExporter,
    waiting: Arc<AtomicUsize>,
    failing: AtomicBool,
}

impl SpanExporter for Sending {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let result = self.exporter.export(batch).await;
        self.waiting.fetch_sub(spans, Ordering::Relaxed);
        count(if result.is_ok() { "sent" } else { "dropped" }, spans);
        match (&result, self.failing.swap(result.is_err(), Ordering::Relaxed)) {
            (Err(error), false) => {
                tracing::warn!(%error, "the collector of traces does not take them; they are dropped");
            }
            (Ok(()), true) => tracing::info!("the collector takes traces again"),
            (Err(_), true) | (Ok(()), false) => {}
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// The house's one way out, to the collector that the operator named and to nobody else. Asked on the queue's own thread,
/// where it may block.
#[derive(Debug)]
struct WayOut(Exchange);

impl WayOut {
    fn ask(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // The exporter's own, from OTEL_EXPORTER_OTLP_HEADERS; the way out says for itself who asks and of which kind.
        let own = request.headers().iter().filter(|(name, _)| !["content-type", "user-agent"].contains(&name.as_str()));
        let headers: Vec<_> = own.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
        let url = request.uri().to_string();
        let kind = "application/json";
        let answer = self.0.post_with(&url, kind, &headers, request.body(), ANSWER_TIME_MAX, ANSWER_BYTES_MAX)?;
        let mut response = Response::new(Bytes::from(answer.body));
        *response.status_mut() = answer.status.try_into()?;
        Ok(response)
    }
}

type Answered<'answer> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'answer>>;

impl HttpClient for WayOut {
    fn send_bytes<'own, 'answer>(&'own self, request: Request<Bytes>) -> Answered<'answer>
    where
        'own: 'answer,
        Self: 'answer,
    {
        Box::pin(async move { self.ask(&request) })
    }
}
