//! The ruleset at hand; one that cannot be fetched or opened never replaces one that could.

use crate::{PublicKey, RulesetProblem, lock, signature};
use edgewise_core::Ruleset;
use std::{
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

/// How long the control server may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// More than any ruleset has.
const MOST_BYTES: u64 = 64 << 20;

/// A ruleset that is published somewhere, or was deployed with the service.
#[derive(Debug)]
pub(crate) struct Published {
    agent: ureq::Agent,
    /// None: it never changes.
    url: Option<String>,
    public_key: Option<PublicKey>,
    held: Mutex<Held>,
    /// Held by whoever asks for it: requests go one after the other.
    asking: Mutex<()>,
}

#[derive(Debug, Default)]
struct Held {
    ruleset: Option<Arc<Ruleset<Vec<u8>>>>,
    etag: Option<String>,
    problem: Option<Arc<RulesetProblem>>,
}

/// Asks again and again until it is dropped.
#[derive(Debug)]
pub(crate) struct Refreshing {
    _stop: mpsc::Sender<()>,
}

impl Published {
    /// One that never changes.
    pub(crate) fn fixed(
        agent: ureq::Agent,
        bytes: Vec<u8>,
        key: Option<PublicKey>,
    ) -> Result<Self, RulesetProblem> {
        let held = Held { ruleset: Some(opened(bytes, key.as_ref())?), ..Held::default() };
        Ok(Self { agent, url: None, public_key: key, held: Mutex::new(held), asking: Mutex::default() })
    }

    /// One that was not asked for yet.
    pub(crate) fn at(agent: ureq::Agent, url: String, public_key: Option<PublicKey>) -> Self {
        Self { agent, url: Some(url), public_key, held: Mutex::default(), asking: Mutex::default() }
    }

    /// The last good one.
    pub(crate) fn ruleset(&self) -> Option<Arc<Ruleset<Vec<u8>>>> {
        lock(&self.held).ruleset.clone()
    }

    /// Why there was none to be had when it was last asked for.
    pub(crate) fn problem(&self) -> Option<Arc<RulesetProblem>> {
        lock(&self.held).problem.clone()
    }

    /// Asks for it now.
    pub(crate) fn refresh(&self) {
        let Some(url) = &self.url else { return };
        let _one_at_a_time = lock(&self.asking);
        let problem = self.download(url).err();
        lock(&self.held).problem = problem.map(Arc::new);
    }

    /// Asks for it again and again, in a thread of its own.
    pub(crate) fn keep_fresh(self: Arc<Self>, pause: Duration) -> std::io::Result<Refreshing> {
        let (stop, stopped) = mpsc::channel::<()>();
        thread::Builder::new().name("edgewise-ruleset".to_owned()).spawn(move || {
            while stopped.recv_timeout(pause) == Err(mpsc::RecvTimeoutError::Timeout) {
                self.refresh();
            }
        })?;
        Ok(Refreshing { _stop: stop })
    }

    fn download(&self, url: &str) -> Result<(), RulesetProblem> {
        let unreachable = |source| RulesetProblem::Unreachable { url: url.to_owned(), source };
        let request = self.agent.get(url);
        let mut request = request.config().http_status_as_error(false).timeout_global(Some(TIMEOUT)).build();
        if let Some(etag) = lock(&self.held).etag.clone() {
            request = request.header("if-none-match", etag);
        }
        let mut response = request.call().map_err(unreachable)?;
        let status = response.status();
        if status.as_u16() == 304 {
            return Ok(());
        }
        if !status.is_success() {
            return Err(RulesetProblem::Refused { url: url.to_owned(), status: status.as_u16() });
        }
        let etag = response.headers().get("etag").and_then(|etag| etag.to_str().ok()).map(str::to_owned);
        let bytes = response.body_mut().with_config().limit(MOST_BYTES).read_to_vec().map_err(unreachable)?;
        let ruleset = opened(bytes, self.public_key.as_ref())?;
        let mut held = lock(&self.held);
        // Visitors that were asked before keep the ruleset that they have.
        (held.ruleset, held.etag) = (Some(ruleset), etag);
        Ok(())
    }
}

fn opened(bytes: Vec<u8>, key: Option<&PublicKey>) -> Result<Arc<Ruleset<Vec<u8>>>, RulesetProblem> {
    let ruleset = Ruleset::read(bytes).map_err(RulesetProblem::Unreadable)?;
    signature::require(&ruleset, key)?;
    Ok(Arc::new(ruleset))
}
