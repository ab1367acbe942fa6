//! Where the ruleset comes from, and where events go.

use crate::PublicKey;
use std::{path::PathBuf, time::Duration};

/// How a [`Client`](crate::Client) is set up.
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) ruleset: Origin,
    pub(crate) events_url: Option<String>,
    pub(crate) refresh: Duration,
    pub(crate) public_key: Option<PublicKey>,
    pub(crate) agent: Option<ureq::Agent>,
}

/// Where a ruleset comes from.
#[derive(Clone, Debug)]
pub(crate) enum Origin {
    Url(String),
    File(PathBuf),
    Bytes(Vec<u8>),
}

const REFRESH: Duration = Duration::from_secs(30);

impl Options {
    /// The ruleset that is published at this address: `/v1/ruleset` of `edgewise serve`. Events go to `events` beside it.
    pub fn from_url(ruleset_url: impl Into<String>) -> Self {
        Self::new(Origin::Url(ruleset_url.into()), None)
    }

    /// A ruleset that was deployed with the service, in a file that `edgewise build` wrote. It is read once.
    pub fn from_file(path: impl Into<PathBuf>, events_url: impl Into<String>) -> Self {
        Self::new(Origin::File(path.into()), Some(events_url.into()))
    }

    /// A ruleset that was deployed with the service, as `include_bytes!` has it.
    pub fn from_bytes(ruleset: impl Into<Vec<u8>>, events_url: impl Into<String>) -> Self {
        Self::new(Origin::Bytes(ruleset.into()), Some(events_url.into()))
    }

    /// Where events are sent: `/v1/events` of `edgewise serve`, or of the edge worker.
    #[must_use]
    pub fn events_url(mut self, url: impl Into<String>) -> Self {
        self.events_url = Some(url.into());
        self
    }

    /// After how long the ruleset is asked for again. By default 30 seconds.
    #[must_use]
    pub fn refresh_every(mut self, pause: Duration) -> Self {
        self.refresh = pause;
        self
    }

    /// What the ruleset's signature is held against, as `edgewise keys new` prints it. An unsigned ruleset is refused
    /// then.
    #[must_use]
    pub fn public_key(mut self, key: PublicKey) -> Self {
        self.public_key = Some(key);
        self
    }

    /// What requests are made with: proxies, certificates, other time limits for connections.
    #[must_use]
    pub fn agent(mut self, agent: ureq::Agent) -> Self {
        self.agent = Some(agent);
        self
    }

    fn new(ruleset: Origin, events_url: Option<String>) -> Self {
        Self { ruleset, events_url, refresh: REFRESH, public_key: None, agent: None }
    }
}
