//! Why a unit's answer changed.

use super::{
    super::contents::{Contents, Experiment},
    model::Outcome,
};
use edgewise_core::Reason;
use serde::Serialize;
use std::fmt;

/// What happened to a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Movement {
    /// It has another variant.
    Moves,
    /// It had a variant and has none.
    Leaves,
    /// It had none and has one.
    Enters,
}

/// What made it happen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The workspace seed differs: every draw is another one.
    Seed,
    /// The old ruleset did not hold the experiment.
    NewExperiment,
    /// The new ruleset does not hold the experiment.
    Removed,
    /// The experiment was restarted: units are drawn afresh.
    NewIteration,
    /// The experiment has another salt: units are drawn afresh.
    NewSalt,
    /// The experiment draws another type of units, or the context holds no id of it.
    UnitType,
    /// The variant is drawn in another way, or by other factors.
    Strategy,
    /// Buckets belong to other variants.
    Weights,
    /// The experiment's slots in a layer changed.
    Slot,
    /// The ramp reaches fewer or more units.
    Ramp,
    /// Who is targeted changed.
    Targeting,
    /// The experiment started, paused, froze, ended or was completed.
    State,
    /// All experiments were switched on or off.
    Switch,
    /// This experiment takes, or took, the unit away.
    Masked {
        /// Its id.
        by: Option<String>,
    },
    /// This holdout holds, or held, the unit out.
    Holdout {
        /// Its id.
        id: Option<String>,
    },
    /// What has to hold of other experiments and flags changed, or no longer holds.
    Prerequisite,
    /// The experiment was decided.
    Graduation,
    /// The list of units that get a variant by name changed.
    Forced,
    /// The rules that place units changed.
    Placement,
}

impl fmt::Display for Movement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Moves => "moves",
            Self::Leaves => "leaves",
            Self::Enters => "enters",
        })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |what: &str, id: &Option<String>| match id {
            Some(id) => format!("{what} {id}"),
            None => what.to_owned(),
        };
        f.write_str(&match self {
            Self::Masked { by } => of("masked by", by),
            Self::Holdout { id } => of("holdout", id),
            Self::Seed => "new seed".to_owned(),
            Self::NewExperiment => "new experiment".to_owned(),
            Self::Removed => "experiment removed".to_owned(),
            Self::NewIteration => "new iteration".to_owned(),
            Self::NewSalt => "new salt".to_owned(),
            Self::UnitType => "unit type changed".to_owned(),
            Self::Strategy => "strategy changed".to_owned(),
            Self::Weights => "weights changed".to_owned(),
            Self::Slot => "slot changed".to_owned(),
            Self::Ramp => "ramp".to_owned(),
            Self::Targeting => "targeting".to_owned(),
            Self::State => "state".to_owned(),
            Self::Switch => "experiments switched on or off".to_owned(),
            Self::Prerequisite => "prerequisite".to_owned(),
            Self::Graduation => "graduated".to_owned(),
            Self::Forced => "forced".to_owned(),
            Self::Placement => "placement".to_owned(),
        })
    }
}

/// What happened between two answers; None: nothing that a unit would notice.
pub(super) fn movement(old: &Outcome, new: &Outcome) -> Option<Movement> {
    match (&old.variant, &new.variant) {
        (Some(old), Some(new)) if old != new => Some(Movement::Moves),
        (Some(_), None) => Some(Movement::Leaves),
        (None, Some(_)) => Some(Movement::Enters),
        _ => None,
    }
}

/// An experiment in one ruleset, with that ruleset's seed.
#[derive(Clone, Copy)]
pub(super) struct Drawn<'a> {
    pub(super) seed: &'a str,
    pub(super) experiment: Option<&'a Experiment>,
}

impl<'a> Drawn<'a> {
    pub(super) fn of(contents: &'a Contents, experiment: &str) -> Self {
        Self { seed: &contents.seed, experiment: contents.experiments.get(experiment) }
    }
}

/// Why it happened: the step that says no where there is no variant, else what the two draws differ in.
pub(super) fn cause(movement: Movement, old: (&Outcome, Drawn<'_>), new: (&Outcome, Drawn<'_>)) -> Cause {
    let (Some(before), Some(after)) = (old.1.experiment, new.1.experiment) else {
        return if old.1.experiment.is_none() { Cause::NewExperiment } else { Cause::Removed };
    };
    let redrawn = redrawn((old.1.seed, before), (new.1.seed, after));
    match movement {
        Movement::Leaves => refusal(new.0, redrawn),
        Movement::Enters => refusal(old.0, redrawn),
        Movement::Moves => {
            let either =
                |reasons: &[Reason]| reasons.contains(&old.0.reason) || reasons.contains(&new.0.reason);
            if either(&[Reason::Forced]) {
                Cause::Forced
            } else if either(&[Reason::Graduated, Reason::HeldBack]) {
                Cause::Graduation
            } else if either(&[Reason::Placed]) {
                Cause::Placement
            } else if let Some(redrawn) = redrawn {
                redrawn
            } else if before.strategy != after.strategy || factors(before) != factors(after) {
                Cause::Strategy
            } else {
                Cause::Weights
            }
        }
    }
}

fn refusal(refused: &Outcome, redrawn: Option<Cause>) -> Cause {
    match refused.reason {
        Reason::SwitchedOff => Cause::Switch,
        Reason::Paused | Reason::NotStarted | Reason::Ended | Reason::NotEnrolling => Cause::State,
        Reason::MissingUnit | Reason::InvalidUnit => Cause::UnitType,
        Reason::HeldOut => Cause::Holdout { id: refused.by.clone() },
        Reason::PrerequisiteNotMet => Cause::Prerequisite,
        Reason::Masked => Cause::Masked { by: refused.by.clone() },
        Reason::NotInSlot => Cause::Slot,
        Reason::NotTargeted | Reason::TargetingUnknown => Cause::Targeting,
        Reason::NotInRamp => redrawn.unwrap_or(Cause::Ramp),
        Reason::MissingDraw => Cause::Strategy,
        _ => redrawn.unwrap_or(Cause::Weights),
    }
}

/// Why the same unit draws another bucket, if it does.
fn redrawn(old: (&str, &Experiment), new: (&str, &Experiment)) -> Option<Cause> {
    if old.0 != new.0 {
        Some(Cause::Seed)
    } else if old.1.salt != new.1.salt {
        Some(if old.1.iteration == new.1.iteration { Cause::NewSalt } else { Cause::NewIteration })
    } else if old.1.unit != new.1.unit {
        Some(Cause::UnitType)
    } else {
        None
    }
}

fn factors(experiment: &Experiment) -> Vec<&str> {
    experiment.factors.iter().map(|factor| factor.id.as_str()).collect()
}
