//! The ruleset that is served: the file's, as long as it is sound, else the last one that was.

use super::{Listener, Notice, ServeError};
use crate::ruleset::{key::PublicKey, signature};
use axum::body::Bytes;
use edgewise_analysis::log::Folder;
use edgewise_core::{Digest, Ruleset};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

/// How often the file is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// The ruleset's file, and what is served of it.
pub(super) struct Published {
    path: PathBuf,
    public_key: Option<PublicKey>,
    folder: Folder,
    state: RwLock<State>,
}

/// A ruleset that is served.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) digest: Digest,
    /// What HTTP tells these bytes from others by: the digest, and the beginning of the signature, which may change
    /// without it.
    pub(super) etag: String,
    pub(super) bytes: Bytes,
    /// How many experiments it holds.
    pub(super) experiments: usize,
}

struct State {
    served: Arc<Served>,
    /// The file as it was when it was last read.
    seen: Option<Stamp>,
}

/// What changes when a file changes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: SystemTime,
    length: u64,
}

impl Published {
    /// Reads the file, which must hold a sound ruleset at the start.
    pub(super) fn load(
        path: &Path,
        public_key: Option<PublicKey>,
        folder: Folder,
    ) -> Result<Self, ServeError> {
        let seen = stamp(path).ok();
        let served = Arc::new(read(path, public_key.as_ref(), &folder)?);
        Ok(Self { path: path.to_owned(), public_key, folder, state: RwLock::new(State { served, seen }) })
    }

    /// What is served now.
    pub(super) fn current(&self) -> Arc<Served> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner).served)
    }

    /// The bytes of a ruleset that was served once.
    pub(super) fn kept(&self, digest: Digest) -> Result<Option<Vec<u8>>, ServeError> {
        Ok(self.folder.read_ruleset(digest)?)
    }

    /// Looks at the file again and again, and reads it whenever it changed.
    pub(super) async fn watch(self: Arc<Self>, listener: Listener) {
        let mut ticks = tokio::time::interval(LOOK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let published = Arc::clone(&self);
            let looked = tokio::task::spawn_blocking(move || published.look()).await;
            if let Ok(Some(notice)) = looked {
                listener(notice);
            }
        }
    }

    /// Reads the file if it changed; whoever runs the server hears of a change or a refusal once.
    fn look(&self) -> Option<Notice> {
        let seen = stamp(&self.path).ok();
        if seen == self.state.read().unwrap_or_else(PoisonError::into_inner).seen {
            return None;
        }
        let read = read(&self.path, self.public_key.as_ref(), &self.folder);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.seen = seen;
        match read {
            Err(error) => Some(Notice::RulesetRefused(error)),
            // Signing anew leaves the digest, and changes the bytes.
            Ok(served) if served.bytes == state.served.bytes => None,
            Ok(served) => {
                let digest = served.digest;
                state.served = Arc::new(served);
                Some(Notice::RulesetServed(digest))
            }
        }
    }
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    let metadata = fs::metadata(path)?;
    Ok(Stamp { modified: metadata.modified()?, length: metadata.len() })
}

/// Reads and checks the file, and keeps the ruleset: before anybody can be exposed by it, it can be replayed.
fn read(path: &Path, public_key: Option<&PublicKey>, folder: &Folder) -> Result<Served, ServeError> {
    let bytes = fs::read(path).map_err(|source| ServeError::RulesetFile { path: path.to_owned(), source })?;
    let ruleset = Ruleset::read(bytes.as_slice())
        .map_err(|error| ServeError::Ruleset { path: path.to_owned(), reason: error.to_string() })?;
    signature::require(&ruleset, public_key)
        .map_err(|source| ServeError::Signature { path: path.to_owned(), source })?;
    let digest = ruleset.digest();
    let etag = match ruleset.signature() {
        Some([a, b, c, d, ..]) => format!("\"{digest}.{a:02x}{b:02x}{c:02x}{d:02x}\""),
        None => format!("\"{digest}\""),
    };
    let experiments = ruleset.experiments().count();
    folder.keep_ruleset(digest, &bytes)?;
    Ok(Served { digest, etag, bytes: Bytes::from(bytes), experiments })
}
