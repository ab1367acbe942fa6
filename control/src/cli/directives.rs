//! What a host says of a unit besides its context: kept records, variants set by hand, a nonce, counters.

use edgewise_analysis::context::JsonContext;
use edgewise_control::project::advice;
use edgewise_core::{Context, Epoch, Experiment, Ruleset, Sticky, Unit, Value, Variant};
use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use serde::Deserialize;
use std::{collections::BTreeMap, fs};

#[derive(Debug, clap::Args)]
pub(crate) struct DirectiveArgs {
    /// What the host kept of the unit: a JSON list of `{experiment, iteration, variant, epoch}`, or a file that holds it
    #[arg(long, value_name = "JSON|FILE")]
    sticky: Option<String>,
    /// Give the unit a variant, as a tester with the right to do so
    #[arg(long, value_name = "EXPERIMENT=VARIANT")]
    force: Vec<String>,
    /// What the host made up for this call, for experiments that draw calls
    #[arg(long, value_name = "TEXT")]
    nonce: Option<String>,
    /// How many calls came before, for experiments whose variants take turns
    #[arg(long, value_name = "EXPERIMENT=NUMBER")]
    counter: Vec<String>,
}

/// What the arguments say, in the words of one ruleset.
#[derive(Debug)]
pub(crate) struct Directives {
    sticky: Vec<Sticky>,
    forced: BTreeMap<usize, usize>,
    nonce: Option<Vec<u8>>,
    counters: BTreeMap<usize, u64>,
}

/// One record as hosts write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    experiment: String,
    iteration: u32,
    variant: String,
    epoch: String,
}

impl Directives {
    /// Reads the arguments. A record of something that the ruleset does not hold is left out, as hosts do; a variant or
    /// counter of it is an error.
    pub(crate) fn read(args: &DirectiveArgs, ruleset: &Ruleset<Vec<u8>>) -> miette::Result<Self> {
        let records = args.sticky.as_deref().map_or_else(|| Ok(Vec::new()), records)?;
        let sticky: Vec<_> =
            records.iter().map(|record| sticky(record, ruleset)).collect::<Result<_, _>>()?;
        let mut forced = BTreeMap::new();
        for text in &args.force {
            let (experiment, variant) = pair("--force", text, "tone=warm")?;
            let experiment = find(ruleset, experiment)?;
            let found = experiment.find_variant(variant).ok_or_else(|| {
                let help = advice(variant, "variants", experiment.variants().map(Variant::id));
                miette!(help = help, "the experiment `{}` has no variant `{variant}`", experiment.id())
            })?;
            forced.insert(experiment.index(), found.index());
        }
        let mut counters = BTreeMap::new();
        for text in &args.counter {
            let (experiment, number) = pair("--counter", text, "tone=7")?;
            let number = number.parse().map_err(|_| {
                miette!(help = "write a whole number from 0 on", "`{number}` counts no calls")
            })?;
            counters.insert(find(ruleset, experiment)?.index(), number);
        }
        let nonce = args.nonce.as_ref().map(|nonce| nonce.clone().into_bytes());
        Ok(Self { sticky: sticky.into_iter().flatten().collect(), forced, nonce, counters })
    }
}

/// A context together with what the host says.
pub(crate) struct Told<'a> {
    /// Unit ids and attributes.
    pub(crate) context: &'a JsonContext<'a>,
    /// The rest.
    pub(crate) directives: &'a Directives,
}

impl Context for Told<'_> {
    fn unit(&self, unit_type: usize) -> Unit<'_> {
        self.context.unit(unit_type)
    }

    fn attribute(&self, attribute: usize) -> Value<'_> {
        self.context.attribute(attribute)
    }

    fn sticky(&self, nth: usize) -> Option<Sticky> {
        self.directives.sticky.get(nth).copied()
    }

    fn forced(&self, experiment: usize) -> Option<usize> {
        self.directives.forced.get(&experiment).copied()
    }

    fn nonce(&self) -> Option<&[u8]> {
        self.directives.nonce.as_deref()
    }

    fn counter(&self, experiment: usize) -> Option<u64> {
        self.directives.counters.get(&experiment).copied()
    }
}

fn records(argument: &str) -> miette::Result<Vec<Record>> {
    let (name, text) = if argument.trim_start().starts_with('[') {
        ("--sticky", argument.to_owned())
    } else {
        let text = fs::read_to_string(argument)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot read the records in {argument}"))?;
        (argument, text)
    };
    serde_json::from_str(&text).map_err(|error| {
        let help = "write [{\"experiment\": \"tone\", \"iteration\": 1, \"variant\": \"warm\", \"epoch\": \"…\"}], as \
                    `edgewise assign --output json` has them";
        miette!(help = help, "{name} is no list of records: {error}")
    })
}

fn sticky(record: &Record, ruleset: &Ruleset<Vec<u8>>) -> miette::Result<Option<Sticky>> {
    let epoch: Epoch = record.epoch.parse().map_err(|error| {
        let help = "copy the `epoch` of the answer that was kept";
        miette!(
            help = help,
            "`{}` in the record of `{}` is no epoch: {error}",
            record.epoch,
            record.experiment
        )
    })?;
    let known = ruleset.find_experiment(&record.experiment).and_then(|experiment| {
        let variant = experiment.find_variant(&record.variant)?.index();
        Some(Sticky { experiment: experiment.index(), iteration: record.iteration, variant, epoch })
    });
    Ok(known)
}

fn pair<'t>(option: &str, text: &'t str, example: &str) -> miette::Result<(&'t str, &'t str)> {
    // From the left: an experiment's id has no `=`, and the variant of a factorial design has.
    text.split_once('=').ok_or_else(|| {
        miette!(help = format!("write `{option} {example}`"), "`{text}` does not say what `{option}` is for")
    })
}

fn find<'r>(ruleset: &'r Ruleset<Vec<u8>>, id: &str) -> miette::Result<Experiment<'r>> {
    ruleset.find_experiment(id).ok_or_else(|| {
        let help = advice(id, "experiments", ruleset.experiments().map(Experiment::id));
        miette!(help = help, "the ruleset holds no experiment `{id}`")
    })
}
