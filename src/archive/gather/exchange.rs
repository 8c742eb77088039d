//! One question over HTTP and its answer, within limits of time and size. RFC 5280 4.2.1.13, RFC 6960 A.1.

use std::net::IpAddr;
use std::time::Duration;

use ureq::Agent;
use ureq::Body;
use ureq::http::Response;
use ureq::unversioned::transport::DefaultConnector;

use crate::archive::gather::Options;
use crate::archive::gather::gate::Gate;

/// What we call ourselves; no version, no organisation.
const USER_AGENT: &str = "sigill";

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
    /// What HTTP says.
    #[error("{0}")]
    Http(String),
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

/// Asks, through the gate.
pub(super) struct Exchange {
    agent: Agent,
}

impl Exchange {
    /// With these limits. Nothing of one answer is kept for the next: no connection, no cookie; no proxy is asked, for
    /// it would resolve names past the gate.
    pub(super) fn new(options: &Options) -> Self {
        let config = Agent::config_builder()
            .proxy(None)
            .user_agent(USER_AGENT)
            .max_redirects(options.redirects_max)
            .max_idle_connections(0)
            .timeout_connect(Some(options.connect_time_max))
            .timeout_global(Some(options.answer_time_max))
            .build();
        let gate = Gate { hosts: options.hosts.clone() };
        Self { agent: Agent::with_parts(config, DefaultConnector::default(), gate) }
    }

    /// What stands at an address.
    pub(super) fn get(&self, url: &str, time: Duration, bytes_max: u64) -> Result<Vec<u8>, Trouble> {
        let request = self.agent.get(url).config().timeout_global(Some(time)).build();
        read(request.call()?, bytes_max)
    }

    /// A responder's answer to a question.
    pub(super) fn post(&self, url: &str, question: &[u8], time: Duration, bytes_max: u64) -> Result<Vec<u8>, Trouble> {
        let request = self.agent.post(url).config().timeout_global(Some(time)).build();
        read(request.header("Content-Type", "application/ocsp-request").send(question)?, bytes_max)
    }
}

fn read(response: Response<Body>, bytes_max: u64) -> Result<Vec<u8>, Trouble> {
    let length = response.body().content_length();
    if length.is_some_and(|length| length > bytes_max) {
        return Err(Trouble::TooLarge(bytes_max));
    }
    Ok(response.into_body().into_with_config().limit(bytes_max).read_to_vec()?)
}
