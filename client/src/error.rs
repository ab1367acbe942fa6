//! What can be wrong with a client's set-up, and why a ruleset was not to be had.

use crate::SignatureError;
use edgewise_core::RulesetError;
use std::{io, path::PathBuf};
use thiserror::Error;

/// Why there is no client: something that waiting does not mend.
#[derive(Debug, Error)]
pub enum LoadError {
    /// An address is none.
    #[error("{given:?} is no address: it has to be of the form http://host:port/v1/ruleset")]
    Address {
        /// What was given.
        given: String,
    },
    /// The ruleset's file cannot be read.
    #[error("cannot read the ruleset {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The ruleset that was deployed with the service is none, or must not be used.
    #[error(transparent)]
    Ruleset(#[from] RulesetProblem),
    /// The system gives no thread to work in the background.
    #[error("the system gives no thread to send events in: {0}")]
    Thread(io::Error),
}

/// Why a ruleset was not to be had, or must not be used.
#[derive(Debug, Error)]
pub enum RulesetProblem {
    /// Nobody answered.
    #[error("no ruleset at {url}: {source}")]
    Unreachable {
        /// Who was asked.
        url: String,
        /// What happened.
        source: ureq::Error,
    },
    /// Somebody answered, without a ruleset.
    #[error("no ruleset at {url}: the server answered with status {status}")]
    Refused {
        /// Who was asked.
        url: String,
        /// What it answered with.
        status: u16,
    },
    /// These bytes are no ruleset.
    #[error("this is no ruleset that can be read: {0}")]
    Unreadable(RulesetError),
    /// The ruleset is not signed by whom it should be.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}
