//! What the log holds beside the experiment's own exposures.

use crate::results::Exclusion;
use std::collections::BTreeSet;

#[derive(Default)]
pub(super) struct Others {
    unknown: BTreeSet<String>,
    unknown_exposures: u64,
    pub(super) other_iterations: u64,
}

/// How many names of unknown experiments a message repeats.
pub(super) const NAMED: usize = 5;

impl Others {
    pub(super) fn unknown_experiment(&mut self, experiment: &str, exposures: u64) {
        self.unknown_exposures += exposures;
        if self.unknown.len() < NAMED {
            self.unknown.insert(experiment.to_owned());
        }
    }

    pub(super) fn exclusions(self, unreadable: usize) -> [Exclusion; 3] {
        let names: Vec<&str> = self.unknown.iter().map(String::as_str).collect();
        [
            Exclusion {
                exclusion: "unknown_experiment",
                count: self.unknown_exposures,
                what: format!(
                    "exposures of experiments that neither the project nor a ruleset holds: {}",
                    names.join(", ")
                ),
                action: "check the ids in the code, or keep the ruleset that assigned them",
            },
            Exclusion {
                exclusion: "other_iteration",
                count: self.other_iterations,
                what: "exposures of an earlier run of the experiment, whose units were drawn otherwise"
                    .to_owned(),
                action: "",
            },
            Exclusion {
                exclusion: "unreadable",
                count: u64::try_from(unreadable).unwrap_or(u64::MAX),
                what: "lines of the log that are no events".to_owned(),
                action: "see what wrote them; a torn last line after a crash is put into torn/ by the collector",
            },
        ]
    }
}
