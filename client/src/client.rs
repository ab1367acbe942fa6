//! A process's ruleset, refreshed in the background, and its events on their way.

use crate::{
    Context, Delivery, LoadError, Options, RulesetProblem, Run, Visitor,
    event::{Event, Exposure},
    lock,
    options::Origin,
    published::{Published, Refreshing},
    queue::EventQueue,
    run::Begun,
    window::ExposureWindow,
};
use jiff::Timestamp;
use std::{
    fs,
    sync::{Arc, Mutex},
    time::Instant,
};
use ureq::http::Uri;

/// A process's ruleset, refreshed in the background, and its events on their way. [Close](Client::close) it before the
/// process ends: dropped, it still tries to send what waits, but nobody waits for it.
#[derive(Debug)]
pub struct Client {
    published: Arc<Published>,
    told: Told,
    refreshing: Mutex<Option<Refreshing>>,
}

/// What the collector is told.
#[derive(Debug)]
pub(crate) struct Told {
    queue: Arc<EventQueue>,
    window: Mutex<ExposureWindow>,
}

impl Client {
    /// Waits until there is a ruleset, or until it is clear that there is none yet: [`problem`](Self::problem) says why,
    /// and it is asked for again in the background. Blocks for five seconds at most.
    ///
    /// # Errors
    /// Where waiting does not help: an address that is none, or a file that holds no ruleset.
    pub fn load(options: Options) -> Result<Self, LoadError> {
        let Options { ruleset, events_url, refresh, public_key, agent } = options;
        let agent = agent.unwrap_or_else(ureq::Agent::new_with_defaults);
        let (published, beside) = match ruleset {
            Origin::Url(url) => {
                let beside = events_beside(&url)?;
                (Published::at(agent.clone(), url, public_key), beside)
            }
            Origin::File(path) => {
                let bytes = fs::read(&path).map_err(|source| LoadError::Read { path, source })?;
                (Published::fixed(agent.clone(), bytes, public_key)?, String::new())
            }
            Origin::Bytes(bytes) => (Published::fixed(agent.clone(), bytes, public_key)?, String::new()),
        };
        let events_url = events_url.unwrap_or(beside);
        address(&events_url)?;
        let queue = EventQueue::start(agent, events_url).map_err(LoadError::Thread)?;
        let told = Told { queue, window: Mutex::default() };
        let client = Self { published: Arc::new(published), told, refreshing: Mutex::default() };
        client.refresh();
        let refreshing = Arc::clone(&client.published).keep_fresh(refresh).map_err(LoadError::Thread)?;
        *lock(&client.refreshing) = Some(refreshing);
        Ok(client)
    }

    /// The digest of the ruleset at hand: the last good one.
    pub fn digest(&self) -> Option<String> {
        self.published.ruleset().map(|ruleset| ruleset.digest().to_string())
    }

    /// Why there was no ruleset to be had when it was last asked for.
    pub fn problem(&self) -> Option<Arc<RulesetProblem>> {
        self.published.problem()
    }

    /// Somebody to ask for.
    pub fn visitor<'c>(&'c self, context: &'c Context) -> Visitor<'c> {
        Visitor::new(self.published.ruleset(), context, Timestamp::now(), &self.told)
    }

    /// Runs `work` under the variant that the experiment gives to the context, and tells how it went: its duration, its
    /// success or error, and whatever it recorded. Using the answer is an exposure. Answers what `work` does.
    ///
    /// An error goes by the name of its type, never by its message, which may hold what nobody should read. Work that
    /// panics is told of as `panic`.
    pub fn run<T, E>(
        &self,
        experiment: &str,
        context: &Context,
        work: impl FnOnce(&Run<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let visitor = self.visitor(context);
        let begun = Begun::new(&visitor, experiment);
        let result = work(begun.run());
        begun.end(&result);
        result
    }

    /// [`run`](Self::run) for work that takes its time. Where the future is dropped before the work is done, as timeouts
    /// do it, the run is told of as `cancelled`.
    pub async fn run_async<T, E>(
        &self,
        experiment: &str,
        context: &Context,
        work: impl AsyncFnOnce(&Run<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let visitor = self.visitor(context);
        let begun = Begun::new(&visitor, experiment);
        let result = work(begun.run()).await;
        begun.end(&result);
        result
    }

    /// Asks for the ruleset now. One that cannot be had or read replaces none.
    pub fn refresh(&self) {
        self.published.refresh();
    }

    /// Sends what waits, now, and blocks until the collector has answered, or cannot be reached for the time being.
    pub fn flush(&self) -> Delivery {
        self.told.queue.flush()
    }

    /// Asks for no more rulesets, takes no more events, and sends what waits. What it could not deliver is still
    /// `waiting`.
    pub fn close(&self) -> Delivery {
        self.end();
        self.flush()
    }

    fn end(&self) {
        drop(lock(&self.refreshing).take());
        self.told.queue.close();
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.end();
    }
}

impl Told {
    /// Whether nobody was told of the exposure lately.
    pub(crate) fn is_new(&self, exposure: &Exposure) -> bool {
        lock(&self.window).admit(exposure, Instant::now())
    }

    pub(crate) fn send(&self, event: &Event) {
        self.queue.add(event);
    }
}

fn address(given: &str) -> Result<Uri, LoadError> {
    let is_http = |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some();
    let refused = || LoadError::Address { given: given.to_owned() };
    given.parse().ok().filter(is_http).ok_or_else(refused)
}

/// The address of `events` beside the ruleset.
fn events_beside(ruleset_url: &str) -> Result<String, LoadError> {
    let uri = address(ruleset_url)?;
    let folder = uri.path().rsplit_once('/').map_or("", |(folder, _)| folder);
    let (scheme, authority) = (uri.scheme_str().unwrap_or("http"), uri.authority());
    let authority = authority.map_or("", ureq::http::uri::Authority::as_str);
    Ok(format!("{scheme}://{authority}{folder}/events"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_go_beside_the_ruleset() {
        let beside = |url| events_beside(url).unwrap();
        assert_eq!(beside("http://localhost:8080/v1/ruleset"), "http://localhost:8080/v1/events");
        assert_eq!(
            beside("https://control.example/a/v1/ruleset?x=/y"),
            "https://control.example/a/v1/events"
        );
        assert_eq!(beside("http://localhost"), "http://localhost/events");
    }

    #[test]
    fn what_is_no_address_is_refused_at_once() {
        for given in ["", "localhost:8080", "/v1/ruleset", "ftp://a/b", "http://", "http://a b/"] {
            let refused = Client::load(Options::from_url(given));
            assert!(matches!(refused, Err(LoadError::Address { .. })), "{given}");
        }
    }
}
