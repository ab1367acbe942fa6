//! From a checked ruleset to its [`Contents`].

use super::{
    Claim, Contents, Experiment, Factor, Flag, Graduation, Holder, Holdout, Json, Layer, Placement,
    Prerequisite, Range, Rollout, Rule, Segment, Slot, Stage, State, Strategy, Variant, expression::Spelling,
};
use edgewise_core::{self as core, Ruleset, format::VERSION};

impl Contents {
    /// Reads all of a ruleset back.
    pub fn of<B: AsRef<[u8]>>(ruleset: &Ruleset<B>) -> Self {
        let attributes = ruleset.attributes().map(|attribute| attribute.name().to_owned()).collect();
        let names = Names { ruleset, spelling: Spelling::of(ruleset), attributes };
        Self {
            digest: ruleset.digest().to_string(),
            version: VERSION,
            bytes: ruleset.bytes().len(),
            signed: ruleset.signature().is_some(),
            seed: format!("{:016x}", ruleset.seed()),
            tenant: ruleset.tenant().map(str::to_owned),
            environment: ruleset.environment().map(str::to_owned),
            audience: if ruleset.is_for_clients() { "client" } else { "server" },
            experiments_on: ruleset.experiments_are_on(),
            flags_on: ruleset.flags_are_on(),
            units: ruleset.unit_types().map(str::to_owned).collect(),
            attributes: names.attributes.clone(),
            segments: ruleset
                .segments()
                .map(|segment| {
                    (
                        segment.id().to_owned(),
                        Segment { condition: names.spelling.expression(segment.condition()) },
                    )
                })
                .collect(),
            layers: ruleset.layers().map(|layer| (layer.id().to_owned(), names.layer(layer))).collect(),
            holdouts: ruleset
                .holdouts()
                .map(|holdout| (holdout.id().to_owned(), names.holdout(holdout)))
                .collect(),
            experiments: ruleset
                .experiments()
                .map(|experiment| (experiment.id().to_owned(), names.experiment(experiment)))
                .collect(),
            flags: ruleset.flags().map(|flag| (flag.id().to_owned(), names.flag(flag))).collect(),
        }
    }
}

/// Looks up what indices stand for. Those of a checked ruleset all stand for something.
struct Names<'r, B> {
    ruleset: &'r Ruleset<B>,
    spelling: Spelling,
    attributes: Vec<String>,
}

impl<B: AsRef<[u8]>> Names<'_, B> {
    fn layer(&self, layer: core::Layer<'_>) -> Layer {
        let experiments = self
            .ruleset
            .experiments()
            .filter_map(|experiment| Some(("experiment", experiment.id(), experiment.claim()?)));
        let layers = self.ruleset.layers().filter_map(|inner| Some(("layer", inner.id(), inner.within()?)));
        let inside = experiments.chain(layers).filter(|(_, _, claim)| claim.layer().index() == layer.index());
        let mut holders: Vec<_> =
            inside.map(|(kind, id, claim)| Holder { slots: slots(claim), kind, id: id.to_owned() }).collect();
        holders.sort();
        Layer {
            salt: salt(layer.salt(), layer.key()),
            unit: layer.unit_type_name().to_owned(),
            within: layer.within().map(claim),
            holders,
        }
    }

    fn holdout(&self, holdout: core::Holdout<'_>) -> Holdout {
        let binds = self.ruleset.experiments().filter(|experiment| {
            let mut asked = experiment.holdouts().chain(experiment.hold_back());
            asked.any(|asked| asked.index() == holdout.index())
        });
        Holdout {
            salt: salt(holdout.salt(), holdout.key()),
            unit: holdout.unit_type_name().to_owned(),
            buckets: holdout.buckets(),
            binds: binds.map(|experiment| experiment.id().to_owned()).collect(),
        }
    }

    fn experiment(&self, experiment: core::Experiment<'_>) -> Experiment {
        let variant = |index| variant_id(experiment, index);
        Experiment {
            iteration: experiment.iteration(),
            salt: salt(experiment.salt(), experiment.key()),
            epoch: experiment.epoch().to_string(),
            unit: experiment.unit_type_name().to_owned(),
            fallback: experiment.fallback().map(|unit| self.unit(unit)),
            state: experiment.state().into(),
            start: experiment.start(),
            end: experiment.end(),
            priority: experiment.priority(),
            sticky: experiment.is_sticky(),
            forced: experiment
                .forced()
                .map(|(hash, index)| (format!("{hash:016x}"), variant(index)))
                .collect(),
            holdouts: experiment.holdouts().map(|holdout| holdout.id().to_owned()).collect(),
            prerequisites: experiment.prerequisites().map(prerequisite).collect(),
            masked_by: experiment.masked_by().map(|index| self.experiment_id(index)).collect(),
            graduation: experiment.winner().map(|winner| Graduation {
                winner: variant(winner),
                hold_back: experiment.hold_back().map(|holdout| holdout.id().to_owned()),
            }),
            layer: experiment.claim().map(claim),
            targeting: experiment.targeting().map(|condition| self.spelling.expression(condition)),
            ramp: experiment
                .ramp_stages()
                .map(|stage| Stage { from: stage.from, buckets: stage.buckets })
                .collect(),
            strategy: experiment.strategy().into(),
            placements: experiment
                .placements()
                .map(|(condition, index)| Placement {
                    condition: self.spelling.expression(condition),
                    variant: variant(index),
                })
                .collect(),
            variants: experiment
                .variants()
                .map(|variant| (variant.id().to_owned(), self.variant(variant)))
                .collect(),
            allocation: ranges(experiment.allocation(), variant),
            factors: experiment.factors().map(factor).collect(),
            cells: experiment.cells().map(variant).collect(),
            attributes: experiment
                .attributes()
                .filter_map(|index| self.attributes.get(index).cloned())
                .collect(),
            plan: experiment.plan().map(|plan| plan.to_string()),
        }
    }

    fn variant(&self, variant: core::Variant<'_>) -> Variant {
        let overrides = variant.overrides().filter_map(|(flag, value)| {
            Some((self.ruleset.flag(flag)?.id().to_owned(), Json(value.to_owned())))
        });
        Variant { control: variant.is_control(), overrides: overrides.collect() }
    }

    fn flag(&self, flag: core::Flag<'_>) -> Flag {
        Flag {
            salt: salt(flag.salt(), flag.key()),
            value_type: match flag.value_type() {
                core::ValueType::Boolean => "boolean",
                core::ValueType::Number => "number",
                core::ValueType::String => "string",
                core::ValueType::Object => "object",
            },
            default: Json(flag.default_value().to_owned()),
            claims: flag.claimed_by().map(|index| self.experiment_id(index)).collect(),
            rules: flag.rules().map(|rule| self.rule(rule)).collect(),
        }
    }

    fn rule(&self, rule: core::Rule<'_>) -> Rule {
        Rule {
            condition: rule.condition().map(|condition| self.spelling.expression(condition)),
            rollout: rule.rollout().map(|(unit, buckets)| Rollout { unit: self.unit(unit), buckets }),
            value: Json(rule.value().to_owned()),
        }
    }

    fn unit(&self, index: usize) -> String {
        self.ruleset.unit_types().nth(index).unwrap_or_default().to_owned()
    }

    fn experiment_id(&self, index: usize) -> String {
        self.ruleset.experiment(index).map(|experiment| experiment.id().to_owned()).unwrap_or_default()
    }
}

fn variant_id(experiment: core::Experiment<'_>, index: usize) -> String {
    experiment.variant(index).map(|variant| variant.id().to_owned()).unwrap_or_default()
}

fn claim(claim: core::Claim<'_>) -> Claim {
    Claim { layer: claim.layer().id().to_owned(), slots: slots(claim) }
}

fn slots(claim: core::Claim<'_>) -> Vec<Slot> {
    claim.slots().map(|(start, end)| Slot { start, end }).collect()
}

fn prerequisite(prerequisite: core::Prerequisite<'_>) -> Prerequisite {
    match prerequisite.required() {
        core::Required::Experiment(experiment) => Prerequisite::Experiment {
            id: experiment.id().to_owned(),
            variants: prerequisite.variants().map(|index| variant_id(experiment, index)).collect(),
        },
        core::Required::Flag(flag) => Prerequisite::Flag {
            id: flag.id().to_owned(),
            values: prerequisite.values().map(|value| Json(value.to_owned())).collect(),
        },
    }
}

fn factor(factor: core::Factor<'_>) -> Factor {
    let levels: Vec<String> = factor.levels().map(str::to_owned).collect();
    let level = |index: usize| levels.get(index).cloned().unwrap_or_default();
    Factor { id: factor.id().to_owned(), allocation: ranges(factor.allocation(), level), levels }
}

fn ranges(ranges: impl Iterator<Item = core::AllocationRange>, name: impl Fn(usize) -> String) -> Vec<Range> {
    ranges.map(|range| Range { start: range.start, end: range.end, of: name(range.variant) }).collect()
}

impl From<core::State> for State {
    fn from(state: core::State) -> Self {
        match state {
            core::State::Running => Self::Running,
            core::State::Paused => Self::Paused,
            core::State::Frozen => Self::Frozen,
            core::State::Completed => Self::Completed,
            core::State::Graduated => Self::Graduated,
        }
    }
}

impl From<core::Strategy> for Strategy {
    fn from(strategy: core::Strategy) -> Self {
        match strategy {
            core::Strategy::Hash => Self::Hash,
            core::Strategy::Random => Self::Random,
            core::Strategy::RoundRobin => Self::RoundRobin,
            core::Strategy::Context => Self::Context,
        }
    }
}

/// What decides the draws, by name. A ruleset for browsers has no salts, but the keys that they give.
fn salt(salt: &str, key: core::Key) -> String {
    if salt.is_empty() { format!("key {:016x}", key.of_salt()) } else { salt.to_owned() }
}
