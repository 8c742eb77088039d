//! One question over HTTP and its answer, to hosts that may be asked, within limits of time and size. The only way out of
//! this house: whoever asks a responder, a witness, a list's publisher or a timestamp authority asks here.

use std::net::IpAddr;
use std::time::Duration;

use ureq::Agent;
use ureq::Body;
use ureq::http::Response;
use ureq::http::header;
use ureq::tls::Certificate;
use ureq::tls::RootCerts;
use ureq::tls::TlsConfig;
use ureq::unversioned::transport::DefaultConnector;

mod gate;

pub use self::gate::Hosts;

use self::gate::Gate;

use crate::verify::text::Text;

/// What we call ourselves; no version, no organisation.
const USER_AGENT: &str = "sigill";
/// The status of an answer that holds what was asked for.
const OK: u16 = 200;

/// Whom to ask, and how long one exchange may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Who may be asked.
    pub hosts: Hosts,
    /// Time for one connection to stand.
    pub connect_time_max: Duration,
    /// Time for one answer, from name to last byte, redirects included.
    pub answer_time_max: Duration,
    /// Redirects followed for one answer; each is checked like a first address.
    pub redirects_max: u32,
}

impl Limits {
    /// Anybody with a public address, briefly.
    pub const PUBLIC: Self = Self {
        hosts: Hosts::PUBLIC,
        connect_time_max: Duration::from_secs(5),
        answer_time_max: Duration::from_secs(10),
        redirects_max: 3,
    };

    /// The same, for the very hosts of these addresses, which the operator wrote down, and no other; without redirects.
    pub fn named<'u>(urls: impl IntoIterator<Item = &'u str>) -> Self {
        Self { hosts: Hosts::named(urls), redirects_max: 0, ..Self::PUBLIC }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// Neither HTTP nor HTTPS, a port of another service, or no address at all.
    #[error("the address is not one we ask")]
    Address,
    /// A host that is not on the list.
    #[error("{0} is not among the hosts that may be asked")]
    Host(String),
    /// An address that is not on the public network.
    #[error("{0} is not a public address")]
    Inside(IpAddr),
    /// Longer than we read.
    #[error("the answer is longer than {0} bytes")]
    TooLarge(u64),
    /// It took too long.
    #[error("no answer in time")]
    TooSlow,
    /// The answer is to another question (OC-12), or no question could be made.
    #[error("the answer is not to this question")]
    Nonce,
    /// The answer is not what was asked for.
    #[error("the answer cannot be read: {0}")]
    Unreadable(String),
    /// It answered that it does not answer.
    #[error("http status: {0}")]
    Status(u16),
    /// What HTTP says.
    #[error("{0}")]
    Http(String),
}

impl Trouble {
    /// The same for people, as the end of a sentence.
    pub fn text(&self) -> Text {
        let sv = match self {
            Self::Address => "adressen är ingen som vi frågar".to_owned(),
            Self::Host(host) => format!("{host} finns inte bland dem som får frågas"),
            Self::Inside(address) => format!("{address} är ingen offentlig adress"),
            Self::TooLarge(max) => format!("svaret är längre än {max} byte"),
            Self::TooSlow => "inget svar kom i tid".to_owned(),
            Self::Nonce => "svaret hör till en annan fråga".to_owned(),
            Self::Unreadable(_) => "svaret går inte att läsa".to_owned(),
            Self::Status(status) => format!("svaret var HTTP {status}"),
            Self::Http(what) => format!("förbindelsen gick inte att få ({what})"),
        };
        Text::new(sv, self.to_string())
    }
}

impl From<ureq::Error> for Trouble {
    fn from(error: ureq::Error) -> Self {
        if let ureq::Error::Other(inner) = error {
            return inner.downcast::<Self>().map_or_else(|other| Self::Http(other.to_string()), |trouble| *trouble);
        }
        if let ureq::Error::BodyExceedsLimit(limit) = error {
            return Self::TooLarge(limit);
        }
        match matches!(error, ureq::Error::Timeout(_)) {
            true => Self::TooSlow,
            false => Self::Http(error.to_string()),
        }
    }
}

/// What came back, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP's status code.
    pub status: u16,
    /// The media type it claims, without parameters, in small letters; empty where it claims none.
    pub kind: String,
    /// The body, whole.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body of an answer that holds what was asked for.
    ///
    /// # Errors
    /// [`Trouble::Status`] for any other status than 200.
    pub fn ok(self) -> Result<Vec<u8>, Trouble> {
        if self.status == OK { Ok(self.body) } else { Err(Trouble::Status(self.status)) }
    }
}

/// Asks, through the gate. Blocks: from async code, on a thread for blocking work.
#[derive(Debug)]
pub struct Exchange {
    agent: Agent,
    answer_time_max: Duration,
}

impl Exchange {
    /// With these limits. Nothing of one answer is kept for the next: no connection, no cookie; no proxy is asked, for
    /// it would resolve names past the gate.
    pub fn new(limits: &Limits) -> Self {
        Self::by(limits, TlsConfig::default())
    }

    /// The same, where what is asked must have its certificate from one of these authorities, DER, and from no other.
    pub fn believing(limits: &Limits, authorities: &[Vec<u8>]) -> Self {
        let certificates: Vec<_> = authorities.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
        Self::by(limits, TlsConfig::builder().root_certs(RootCerts::new_with_certs(&certificates)).build())
    }

    fn by(limits: &Limits, tls: TlsConfig) -> Self {
        let config = Agent::config_builder()
            .tls_config(tls)
            .proxy(None)
            .user_agent(USER_AGENT)
            .max_redirects(limits.redirects_max)
            .max_redirects_will_error(limits.redirects_max > 0)
            .max_idle_connections(0)
            .http_status_as_error(false)
            .timeout_connect(Some(limits.connect_time_max))
            .timeout_global(Some(limits.answer_time_max))
            .build();
        let gate = Gate { hosts: limits.hosts.clone() };
        let agent = Agent::with_parts(config, DefaultConnector::default(), gate);
        Self { agent, answer_time_max: limits.answer_time_max }
    }

    /// What stands at an address: at most `bytes_max`, and within `time` where that is shorter than the limit.
    ///
    /// # Errors
    /// Why there is no answer. A status is none: see [`Answer::ok`].
    pub fn get(&self, url: &str, time: Duration, bytes_max: u64) -> Result<Answer, Trouble> {
        let time = time.min(self.answer_time_max);
        let request = self.agent.get(url).config().timeout_global(Some(time)).build();
        read(request.call()?, bytes_max)
    }

    /// The answer to a question of this media type: at most `bytes_max`, and within `time`.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn post(
        &self,
        url: &str,
        kind: &str,
        question: &[u8],
        time: Duration,
        bytes_max: u64,
    ) -> Result<Answer, Trouble> {
        self.post_with(url, kind, &[], question, time, bytes_max)
    }

    /// The same, with headers of its own.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn post_with(
        &self,
        url: &str,
        kind: &str,
        headers: &[(&str, &str)],
        question: &[u8],
        time: Duration,
        bytes_max: u64,
    ) -> Result<Answer, Trouble> {
        let time = time.min(self.answer_time_max);
        let request = self.agent.post(url).config().timeout_global(Some(time)).build();
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        read(request.header(header::CONTENT_TYPE, kind).send(question)?, bytes_max)
    }
}

fn read(response: Response<Body>, bytes_max: u64) -> Result<Answer, Trouble> {
    let length = response.body().content_length();
    if length.is_some_and(|length| length > bytes_max) {
        return Err(Trouble::TooLarge(bytes_max));
    }
    let status = response.status().as_u16();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    Ok(Answer { status, kind, body: response.into_body().into_with_config().limit(bytes_max).read_to_vec()? })
}
