//! The server: hands out the ruleset and collects events.
//!
//! | | |
//! |---|---|
//! | `GET /v1/ruleset` | the ruleset, with its digest and signature as `ETag`; 304 to who has it |
//! | `GET /v1/rulesets/{digest}` | any ruleset that this data folder has kept |
//! | `POST /v1/events` | a batch of events; 202 when they are on disk |
//! | `GET /healthz` | whether events can be stored, and which ruleset is served |
//! | `GET /metrics` | what the collector counts about itself, for Prometheus |
//!
//! A batch goes through three places. The handler checks each event by itself (`batch`); a thread of its own
//! commits all batches that wait in one write and one sync (`writer`); another thread turns sealed segments into
//! Parquet (`compactor`). Between the first two lies a bounded queue: when it is full, clients are told to come
//! back (429), and when the disk fails, that nothing was stored (503).
//!
//! On SIGTERM or SIGINT the server takes no more connections, answers what it has, seals the segment that grows and
//! compacts it, so that after a clean stop the folder holds Parquet alone. Stopping it harder loses nothing: what is
//! left is done at the next start.

mod batch;
mod compactor;
mod events;
mod http;
mod metrics;
mod published;
mod rate;
mod writer;

use crate::ruleset::{key::PublicKey, signature::SignatureError};
use axum::http::HeaderName;
use edgewise_analysis::log::{Compacted, Expired, Limits, Log, LogError, TornLine};
use edgewise_core::Digest;
use http::App;
use metrics::Metrics;
use published::Published;
use rate::RateLimit;
use std::{
    fmt, future::Future, io, net::SocketAddr, num::NonZeroU32, path::PathBuf, sync::Arc, time::Duration,
};
use tokio::{net::TcpListener, sync::Notify};
use writer::Writer;

/// How long answers under way may take after the server was told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// What to serve, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// The ruleset's file; read again whenever it changes.
    pub ruleset: PathBuf,
    /// Whose signature the ruleset has to carry. None: anybody's, or none.
    pub public_key: Option<PublicKey>,
    /// The data folder; made where there is none.
    pub data: PathBuf,
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Of how many arrival days events are kept. None: of all.
    pub retain: Option<u32>,
    /// How many events a client may send in a second. None: as many as can be stored.
    pub rate_limit: Option<NonZeroU32>,
    /// The header that a proxy in front names the client by. None: a client is its address.
    pub client_header: Option<HeaderName>,
}

/// What happens while the server runs, for whoever runs it.
#[derive(Debug)]
pub enum Notice {
    /// Requests are answered from now on.
    Listening(SocketAddr),
    /// A crash had cut a last line short.
    Torn(TornLine),
    /// This ruleset is served from now on.
    RulesetServed(Digest),
    /// The file holds a ruleset that cannot be served; the one before it stays.
    RulesetRefused(ServeError),
    /// Nothing can be stored until further notice.
    StorageFailed(LogError),
    /// Events are stored again.
    StorageRecovered,
    /// A segment has become Parquet.
    Compacted(Compacted),
    /// A segment could not be compacted; it stays as it is, and counts, until the next start tries again.
    CompactionFailed {
        /// The segment's number.
        segment: u64,
        /// Why.
        error: LogError,
    },
    /// A day's events were too old to be kept.
    Expired(Expired),
    /// Days that are too old could not be deleted.
    ExpiryFailed(LogError),
    /// The server was told to stop.
    Draining,
    /// Some clients took too long, and were cut off without an answer.
    DrainCut,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listening(address) => write!(f, "listening on http://{address}"),
            Self::Torn(torn) => write!(
                f,
                "the last line of segment {} was cut short before it was acknowledged: its {} bytes are in {}",
                torn.segment,
                torn.bytes,
                torn.kept.display()
            ),
            Self::RulesetServed(digest) => write!(f, "serving ruleset {digest}"),
            Self::RulesetRefused(error) => write!(f, "{error}; the ruleset before it stays in force"),
            Self::StorageFailed(error) => {
                write!(f, "{error}; events are answered with 503 until it works again")
            }
            Self::StorageRecovered => write!(f, "events are stored again"),
            Self::Compacted(compacted) => {
                write!(f, "segment {}: {} events compacted", compacted.segment, compacted.events)?;
                if compacted.repeated > 0 {
                    write!(f, ", {} dropped that had come before", compacted.repeated)?;
                }
                match compacted.unreadable {
                    0 => Ok(()),
                    count => write!(f, ", {count} unreadable lines put aside in torn/"),
                }
            }
            Self::CompactionFailed { segment, error } => {
                write!(f, "segment {segment} stays uncompacted until the next start: {error}")
            }
            Self::Expired(expired) => {
                write!(
                    f,
                    "events of {} deleted: {} segments, {} bytes",
                    expired.day, expired.segments, expired.bytes
                )
            }
            Self::ExpiryFailed(error) => write!(f, "events that are too old cannot be deleted: {error}"),
            Self::Draining => write!(f, "stopping: answering what has been sent"),
            Self::DrainCut => {
                write!(
                    f,
                    "stopped with requests unanswered after {} seconds; clients send them again",
                    DRAIN.as_secs()
                )
            }
        }
    }
}

/// Takes notices; called from several threads.
pub type Listener = Arc<dyn Fn(Notice) + Send + Sync>;

/// Why the server cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The data folder cannot be opened.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The ruleset's file cannot be read.
    #[error("cannot read the ruleset {}: {source}; `edgewise build` writes one", path.display())]
    RulesetFile {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file holds no sound ruleset.
    #[error("{} cannot be served: {reason}; build it again with `edgewise build`", path.display())]
    Ruleset {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The ruleset is not signed with the configured key.
    #[error("{} cannot be served: {source}", path.display())]
    Signature {
        /// The file.
        path: PathBuf,
        /// Why.
        source: SignatureError,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; name another with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// A thread cannot be started, or connections can no longer be accepted.
    #[error("the server cannot go on: {0}")]
    System(#[from] io::Error),
}

/// Serves until `stop` resolves, then answers what was sent, and compacts.
pub async fn serve(
    options: Options,
    stop: impl Future<Output = ()> + Send + 'static,
    listener: Listener,
) -> Result<(), ServeError> {
    let (log, recovery) = Log::open(&options.data, Limits::default())?;
    recovery.torn.into_iter().for_each(|torn| listener(Notice::Torn(torn)));
    let published = Arc::new(Published::load(&options.ruleset, options.public_key, log.folder().clone())?);
    listener(Notice::RulesetServed(published.current().digest));

    let metrics = Arc::new(Metrics::default());
    let (writer, storage) = Writer::start(log, options.retain, Arc::clone(&metrics), Arc::clone(&listener))?;
    let socket = TcpListener::bind(options.listen)
        .await
        .map_err(|source| ServeError::Listen { address: options.listen, source })?;
    listener(Notice::Listening(socket.local_addr()?));
    let watch = tokio::spawn(Arc::clone(&published).watch(Arc::clone(&listener)));

    let app = App {
        published,
        writer: writer.clone(),
        metrics,
        rate_limit: options.rate_limit.map(|rate| Arc::new(RateLimit::new(rate.get()))),
        client_header: options.client_header,
    };
    let served = answer_until(stop, socket, http::router(app), &listener).await;
    watch.abort();
    writer.stop();
    tokio::task::spawn_blocking(move || storage.finish()).await.map_err(io::Error::other)?;
    served
}

/// Answers requests until `stop` resolves, and then those under way, for [`DRAIN`] at most.
async fn answer_until(
    stop: impl Future<Output = ()> + Send + 'static,
    socket: TcpListener,
    router: axum::Router,
    listener: &Listener,
) -> Result<(), ServeError> {
    let stopping = Arc::new(Notify::new());
    let told = {
        let (stopping, listener) = (Arc::clone(&stopping), Arc::clone(listener));
        async move {
            stop.await;
            listener(Notice::Draining);
            stopping.notify_one();
        }
    };
    let late = async {
        stopping.notified().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        served = axum::serve(socket, router.into_make_service_with_connect_info::<SocketAddr>()).with_graceful_shutdown(told) => served?,
        () = late => listener(Notice::DrainCut),
    }
    Ok(())
}
