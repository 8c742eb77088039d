//! Telling the service manager: ready, still here, stopping. sd_notify(3), without its library.
//! One datagram to the socket that `NOTIFY_SOCKET` names; where nobody asks, nothing is sent.

use std::collections::BTreeMap;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::SocketAddr;
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::time::Duration;

use tokio::time;
use tokio::time::MissedTickBehavior;

/// The service manager, where there is one that wants to know.
#[derive(Clone, Debug, Default)]
pub(super) struct Manager {
    socket: Option<Arc<UnixDatagram>>,
    watchdog: Option<Duration>,
}

impl Manager {
    /// The one that the environment names; nobody where it cannot be reached.
    pub(super) fn of(variables: &BTreeMap<String, String>) -> Self {
        let socket = variables.get("NOTIFY_SOCKET").and_then(|name| connect(name).ok()).map(Arc::new);
        let micros = variables.get("WATCHDOG_USEC").and_then(|text| text.parse().ok());
        Self { socket, watchdog: micros.map(Duration::from_micros).filter(|time| !time.is_zero()) }
    }

    /// The service answers from now on.
    pub(super) fn ready(&self) {
        self.tell("READY=1");
    }

    /// It is letting requests under way finish.
    pub(super) fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// Says from inside the runtime that it still turns, twice as often as is asked for. A runtime that hangs says nothing.
    pub(super) async fn pet(self) {
        let Some(time) = self.watchdog else { return };
        let mut beat = time::interval(time / 2);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beat.tick().await;
            self.tell("WATCHDOG=1");
        }
    }

    fn tell(&self, what: &str) {
        if let Some(socket) = &self.socket
            && let Err(error) = socket.send(what.as_bytes())
        {
            tracing::warn!(%error, what, "the service manager was not told");
        }
    }
}

/// A path, or a name in Linux' abstract space that begins with `@`.
fn connect(name: &str) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    match name.strip_prefix('@') {
        Some(name) => socket.connect_addr(&SocketAddr::from_abstract_name(name)?)?,
        None => socket.connect(name)?,
    }
    socket.set_nonblocking(true)?;
    Ok(socket)
}
