//! Immutable documents in an object store that speaks S3: each an object that is created once.
//! What is there is never overwritten: `If-None-Match: *` decides between two writers, and the loser compares.

use std::fmt;
use std::future::Future;
use std::io::Read;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use object_store::ClientOptions;
use object_store::ObjectStore;
use object_store::ObjectStoreExt;
use object_store::PutMode;
use object_store::RetryConfig;
use object_store::aws::AmazonS3;
use object_store::aws::AmazonS3Builder;
use object_store::client::HttpClient;
use object_store::client::HttpConnector;
use object_store::client::HttpError;
use object_store::client::HttpErrorKind;
use object_store::client::HttpRequest;
use object_store::client::HttpResponse;
use object_store::client::HttpService;
use object_store::path::Path;
use ureq::Agent;

use crate::store::blob::Blobs;
use crate::store::blob::Error;
use crate::store::blob::Put;
use crate::store::blob::valid;
use crate::store::remote::Remote;

/// For how long one operation may take, repetitions included. Documents have some megabytes.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// For how long a server that answers with an error is asked again.
const RETRY_MAX: Duration = Duration::from_secs(15);
/// How often.
const RETRIES: usize = 6;
/// Largest object that is read, in bytes: the largest document there is, many times over.
const OBJECT_BYTES_MAX: u64 = 1 << 30;

/// Where the objects are and how they are asked for.
#[derive(Clone)]
pub struct Settings {
    /// The bucket.
    pub bucket: String,
    /// What every name begins with; may be empty.
    pub prefix: String,
    /// `https://s3.example`; none is Amazon's for the region.
    pub endpoint: Option<String>,
    /// The region; none is `us-east-1`, which servers other than Amazon's expect.
    pub region: Option<String>,
    /// The access key's name.
    pub key_id: String,
    /// The access key's secret. It never appears in text made from this.
    pub secret: String,
}

impl fmt::Debug for Settings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Settings(s3://{}/{})", self.bucket, self.prefix)
    }
}

/// A bucket, shared by the kinds of objects in it.
#[derive(Debug)]
pub struct Bucket {
    remote: Remote,
    client: Arc<AmazonS3>,
    prefix: String,
}

/// One kind of objects in a bucket, each under `prefix/kind/name`.
#[derive(Debug)]
pub struct ObjectBlobs {
    bucket: Arc<Bucket>,
    folder: Path,
}

impl Bucket {
    /// Makes ready to ask. Nothing is asked yet.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the settings cannot be followed.
    pub fn connect(settings: &Settings) -> Result<Arc<Self>, Error> {
        let retry = RetryConfig { max_retries: RETRIES, retry_timeout: RETRY_MAX, ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&settings.bucket)
            .with_region(settings.region.as_deref().unwrap_or("us-east-1"))
            .with_access_key_id(&settings.key_id)
            .with_secret_access_key(&settings.secret)
            .with_retry(retry)
            .with_http_connector(Connector);
        if let Some(endpoint) = &settings.endpoint {
            // Plain HTTP only where the address says so, which is for servers on the same machine.
            builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
        }
        let client = builder.build().map_err(unavailable)?;
        let remote = Remote::start().map_err(|error| Error::Unavailable(error.to_string()))?;
        let prefix = settings.prefix.trim_matches('/').to_owned();
        Ok(Arc::new(Self { remote, client: Arc::new(client), prefix }))
    }

    /// Asks once, to see that the bucket is there and that our key opens it: a bucket that is not there would answer
    /// for every document that it has none.
    ///
    /// # Errors
    /// [`Error::Refused`]; [`Error::Unavailable`].
    pub fn reach(&self) -> Result<(), Error> {
        let (client, prefix) = (Arc::clone(&self.client), Path::from(self.prefix.as_str()));
        let found = self.ask(async move { client.list_with_delimiter(Some(&prefix)).await });
        found.map(drop).map_err(unavailable)
    }

    /// The objects of one kind.
    pub fn blobs(self: &Arc<Self>, kind: &str) -> ObjectBlobs {
        let parts = self.prefix.split('/').chain([kind]).filter(|part| !part.is_empty());
        ObjectBlobs { bucket: Arc::clone(self), folder: parts.collect::<Vec<_>>().join("/").into() }
    }

    /// Runs one operation over there and waits for it here.
    fn ask<T, F>(&self, work: F) -> Result<T, object_store::Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, object_store::Error>> + Send + 'static,
    {
        let late = || object_store::Error::Generic { store: "S3", source: "no answer in time".into() };
        self.remote.wait(ANSWER_MAX, work).unwrap_or_else(|| Err(late()))
    }
}

impl ObjectBlobs {
    fn at(&self, name: &str) -> Result<Path, Error> {
        if valid(name) { Ok(self.folder.clone().join(name)) } else { Err(Error::Name) }
    }
}

impl Blobs for ObjectBlobs {
    fn put(&self, name: &str, bytes: &[u8]) -> Result<Put, Error> {
        let (client, at, payload) = (Arc::clone(&self.bucket.client), self.at(name)?, bytes.to_vec().into());
        let created = self.bucket.ask(async move { client.put_opts(&at, payload, PutMode::Create.into()).await });
        match created {
            Ok(_) => Ok(Put::New),
            // Also when our own first try had arrived and only its answer was lost.
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                match self.get(name)? {
                    Some(present) if present == bytes => Ok(Put::Existing),
                    Some(_) => Err(Error::Differs { name: name.to_owned() }),
                    None => Err(Error::Unavailable(format!("{name} was removed while it was written"))),
                }
            }
            Err(error) => Err(unavailable(error)),
        }
    }

    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let (client, at) = (Arc::clone(&self.bucket.client), self.at(name)?);
        let read = self.bucket.ask(async move { client.get(&at).await?.bytes().await });
        match read {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    fn exists(&self, name: &str) -> Result<bool, Error> {
        let (client, at) = (Arc::clone(&self.bucket.client), self.at(name)?);
        match self.bucket.ask(async move { client.head(&at).await }) {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(unavailable(error)),
        }
    }

    fn list(&self) -> Result<Vec<String>, Error> {
        let (client, folder) = (Arc::clone(&self.bucket.client), self.folder.clone());
        let found = self.bucket.ask(async move { client.list_with_delimiter(Some(&folder)).await });
        let found = found.map_err(unavailable)?.objects;
        let mut names: Vec<String> = found
            .iter()
            .filter_map(|object| object.location.filename())
            .filter(|name| valid(name))
            .map(str::to_owned)
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    fn remove(&self, name: &str) -> Result<bool, Error> {
        // S3 answers the same whether or not there was anything.
        let there = self.exists(name)?;
        let (client, at) = (Arc::clone(&self.bucket.client), self.at(name)?);
        match self.bucket.ask(async move { client.delete(&at).await }) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(there),
            Err(error) => Err(unavailable(error)),
        }
    }
}

/// What the server said, as the contract says it: what our key may not do will not pass by itself.
fn unavailable(error: object_store::Error) -> Error {
    use object_store::Error as E;
    let text = error.to_string();
    // Of a list the crate tells the status only in words. What is not found then is the bucket.
    let listed = ["401", "403", "404"].iter().any(|status| text.contains(&format!("status code: {status}")));
    let refused = matches!(error, E::PermissionDenied { .. } | E::Unauthenticated { .. } | E::NotFound { .. });
    if refused || (listed && matches!(error, E::Generic { .. })) {
        Error::Refused(text)
    } else {
        Error::Unavailable(text)
    }
}

/// Requests by the client that the rest of the house uses, so that there is one TLS and one set of roots.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(ANSWER_MAX))
            .user_agent("sigill");
        Ok(HttpClient::new(Service(config.build().new_agent())))
    }
}

#[derive(Debug)]
struct Service(Agent);

/// What `async_trait` makes of `async fn`.
type Answer<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'a>>;

impl HttpService for Service {
    fn call<'life0, 'async_trait>(&'life0 self, request: HttpRequest) -> Answer<'async_trait>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        let agent = self.0.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await?.to_bytes();
            let request = ureq::http::Request::from_parts(parts, body.to_vec());
            let done = tokio::task::spawn_blocking(move || exchange(&agent, request)).await;
            done.map_err(|error| HttpError::new(HttpErrorKind::Interrupted, error))?
        })
    }
}

/// One question and its whole answer.
fn exchange(agent: &Agent, request: ureq::http::Request<Vec<u8>>) -> Result<HttpResponse, HttpError> {
    let told = |error: ureq::Error| {
        // Only what surely did not arrive is repeated for every method; a lost answer for those that may be.
        let kind = if matches!(error, ureq::Error::Timeout(_)) {
            HttpErrorKind::Timeout
        } else if matches!(error, ureq::Error::ConnectionFailed | ureq::Error::HostNotFound) {
            HttpErrorKind::Connect
        } else {
            HttpErrorKind::Request
        };
        HttpError::new(kind, error)
    };
    let answer = agent.run(request).map_err(told)?;
    let (parts, body) = answer.into_parts();
    let mut bytes = Vec::new();
    let read = body.into_with_config().limit(OBJECT_BYTES_MAX).reader().read_to_end(&mut bytes);
    read.map_err(|error| HttpError::new(HttpErrorKind::Interrupted, error))?;
    Ok(HttpResponse::from_parts(parts, bytes.into()))
}
