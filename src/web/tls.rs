//! TLS that we end ourselves, by rustls with ring: certificate and key from files, read anew when they change; client
//! certificates where an authority for them is named. RFC 8446; USERS 5.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::SystemTime;

use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::server::WebPkiClientVerifier;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Where the files of TLS are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// Our certificate and those above it, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
    /// The authorities that clients' certificates come from, PEM; none asks for no certificates.
    pub clients: Option<PathBuf>,
}

impl Files {
    /// Reads them as the service would.
    ///
    /// # Errors
    /// Which file, and what is wrong with it.
    pub fn examine(&self) -> Result<(), Error> {
        settings(self).map(drop)
    }

    /// The key of the configuration that names this one.
    pub fn named(&self, path: &Path) -> &'static str {
        match path {
            path if path == self.certificate => "tls_certificate",
            path if path == self.key => "tls_key",
            _ => "tls_clients",
        }
    }
}

/// The certificate that a client proved to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientCertificate(pub(crate) Vec<u8>);

/// Ends TLS.
pub(crate) struct Tls {
    files: Files,
    read: Mutex<Read>,
}

struct Read {
    acceptor: TlsAcceptor,
    stamps: Vec<Option<SystemTime>>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// Which file, and what is wrong with it.
    pub(crate) fn open(files: Files) -> Result<Self, Error> {
        let stamps = stamps(&files);
        let acceptor = TlsAcceptor::from(Arc::new(settings(&files)?));
        Ok(Self { files, read: Mutex::new(Read { acceptor, stamps }) })
    }

    /// Shakes hands; gives the certificate that the client proved, where it has one.
    pub(crate) async fn accept(
        &self,
        stream: TcpStream,
    ) -> io::Result<(TlsStream<TcpStream>, Option<ClientCertificate>)> {
        let stream = self.acceptor().accept(stream).await?;
        let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let certificate = certificate.map(|certificate| ClientCertificate(certificate.to_vec()));
        Ok((stream, certificate))
    }

    /// By the files as they are now. Files that do not fit together, such as a certificate whose key is not there yet,
    /// leave what holds in force.
    fn acceptor(&self) -> TlsAcceptor {
        let now = stamps(&self.files);
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.stamps != now {
            match settings(&self.files) {
                Ok(settings) => {
                    tracing::info!("the certificate was read anew");
                    read.acceptor = TlsAcceptor::from(Arc::new(settings));
                }
                Err(error) => tracing::error!(%error, "the certificate in force stays"),
            }
            read.stamps = now;
        }
        read.acceptor.clone()
    }
}

fn stamps(files: &Files) -> Vec<Option<SystemTime>> {
    let all = [Some(&files.certificate), Some(&files.key), files.clients.as_ref()];
    all.into_iter().flatten().map(|path| fs::metadata(path).and_then(|facts| facts.modified()).ok()).collect()
}

fn settings(files: &Files) -> Result<ServerConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let builder = match &files.clients {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(path)? {
                roots.add(certificate)?;
            }
            // Whoever has no certificate may come in as anybody may: most visitors have none.
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = verifier.allow_unauthenticated().build();
            builder.with_client_cert_verifier(verifier.map_err(|error| unreadable(path, &error))?)
        }
    };
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| unreadable(&files.key, &error))?;
    let mut settings = builder.with_single_cert(certificates(&files.certificate)?, key)?;
    settings.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(settings)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let all = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let all = all.map_err(|error| unreadable(path, &error))?;
    if all.is_empty() { Err(unreadable(path, &"no certificate")) } else { Ok(all) }
}

fn unreadable(path: &Path, what: &dyn std::fmt::Display) -> Error {
    Error::File { path: path.to_owned(), what: what.to_string() }
}

/// Why TLS cannot be ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file.
    #[error("{path}: {what}")]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Certificate and key do not fit, or are of a kind that is not used.
    #[error("tls: {0}")]
    Rustls(#[from] rustls::Error),
}

impl Error {
    /// The file that is wrong, where it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File { path, .. } => Some(path),
            Self::Rustls(_) => None,
        }
    }
}
