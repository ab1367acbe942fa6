//! Somebody at one time.

use crate::{
    Answer, Context, FlagAnswer, FlagReason,
    client::Told,
    context::Asking,
    event::{Body, Event},
    exposure::exposures,
};
use edgewise_core::{Assignment, Experiment, Flag, Ruleset, Silent, Source, Variant};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use std::sync::Arc;
use uuid::{NoContext, Uuid};

/// Somebody at one time. Without a ruleset every flag has its fallback, and nobody is in any experiment.
#[derive(Debug)]
pub struct Visitor<'c> {
    known: Option<(Arc<Ruleset<Vec<u8>>>, Asking<'c>)>,
    now: Timestamp,
    told: &'c Told,
}

impl<'c> Visitor<'c> {
    pub(crate) fn new(
        ruleset: Option<Arc<Ruleset<Vec<u8>>>>,
        context: &'c Context,
        now: Timestamp,
        told: &'c Told,
    ) -> Self {
        let known = ruleset.map(|ruleset| {
            let asking = Asking::new(&ruleset, context);
            (ruleset, asking)
        });
        Self { known, now: context.now.unwrap_or(now), told }
    }

    /// The digest of the ruleset that answers.
    pub fn digest(&self) -> Option<String> {
        self.known.as_ref().map(|(ruleset, _)| ruleset.digest().to_string())
    }

    /// The variant's id, to be used now: that is an exposure. None: the visitor is in none.
    pub fn variant(&self, experiment: &str) -> Option<String> {
        self.expose_experiment(experiment);
        self.answer(experiment).variant
    }

    /// The flag's value, to be used now: that is an exposure where an experiment decides. The fallback stands in where
    /// the ruleset holds no such flag, or where its value is no `T`.
    pub fn get<T: DeserializeOwned>(&self, flag: &str, fallback: impl Into<T>) -> T {
        self.expose_flag(flag);
        self.peek(flag, fallback)
    }

    /// What [`get`](Self::get) would answer, without using it: nobody is exposed.
    pub fn peek<T: DeserializeOwned>(&self, flag: &str, fallback: impl Into<T>) -> T {
        let json = self.evaluate(flag).json;
        json.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_else(|| fallback.into())
    }

    /// The experiment's answer and why, without using it: nobody is exposed.
    pub fn answer(&self, experiment: &str) -> Answer {
        let answered = self.assigned(experiment, |experiment, answer, _, _| Answer::new(experiment, answer));
        answered.unwrap_or_else(|| Answer::unknown(experiment))
    }

    /// The flag's value and why, without using it: nobody is exposed.
    pub fn evaluate(&self, flag: &str) -> FlagAnswer {
        let unknown = FlagAnswer {
            flag: flag.to_owned(),
            json: None,
            reason: FlagReason::UnknownFlag,
            experiment: None,
        };
        let Some((ruleset, asking)) = &self.known else { return unknown };
        let Some(found) = ruleset.find_flag(flag) else { return unknown };
        let evaluation = found.evaluate(asking, self.now.as_millisecond(), &mut Silent);
        let decided = evaluation.assignment.and_then(|(index, answer)| {
            let experiment = ruleset.experiment(index)?;
            let variant = experiment.variant(answer.variant?).map(Variant::id)?;
            Some((experiment.id().to_owned(), variant.to_owned()))
        });
        FlagAnswer {
            json: Some(evaluation.json().to_owned()),
            reason: match evaluation.source {
                Source::Experiment => FlagReason::Experiment,
                Source::Rule(index) => FlagReason::Rule(index),
                Source::Default => FlagReason::Default,
            },
            experiment: decided,
            ..unknown
        }
    }

    /// Tells that the flag's value, which was looked at before, is used.
    pub fn expose_flag(&self, flag: &str) {
        let Some((ruleset, asking)) = &self.known else { return };
        let Some(found) = ruleset.find_flag(flag) else { return };
        for experiment in asked(found, ruleset, asking, self.now) {
            self.expose_experiment(experiment);
        }
    }

    /// Tells that the experiment's answer, which was looked at before, is used.
    pub fn expose_experiment(&self, experiment: &str) {
        let found = self.assigned(experiment, |experiment, answer, ruleset, asking| {
            exposures(ruleset, asking, experiment, answer, self.now)
        });
        for exposure in found.unwrap_or_default() {
            if self.told.is_new(&exposure) {
                self.tell(Body::Exposure(Box::new(exposure)));
            }
        }
    }

    /// Tells that the visitor did something, or that something was done for them.
    pub fn track(&self, name: &str, value: Option<f64>, properties: Map<String, Json>) {
        let value = value.map(Json::from);
        self.tell(Body::Track { name: name.to_owned(), value, properties });
    }

    /// Tells that something failed.
    pub fn fail(&self, name: &str, properties: Map<String, Json>) {
        self.tell(Body::Error { name: name.to_owned(), properties });
    }

    /// Without a ruleset nobody knows which values are ids, and an event of nobody is of no use.
    pub(crate) fn tell(&self, body: Body) {
        let Some((ruleset, asking)) = &self.known else { return };
        let ts = Timestamp::now();
        let tenant = ruleset.tenant().map(str::to_owned);
        self.told.send(&Event { id: id(ts), ts, tenant, units: asking.units(ruleset), body });
    }

    fn assigned<A>(
        &self,
        experiment: &str,
        of: impl FnOnce(Experiment<'_>, &Assignment, &Ruleset<Vec<u8>>, &Asking<'_>) -> A,
    ) -> Option<A> {
        let (ruleset, asking) = self.known.as_ref()?;
        let found = ruleset.find_experiment(experiment)?;
        let answer = found.assign(asking, self.now.as_millisecond(), &mut Silent);
        Some(of(found, &answer, ruleset, asking))
    }
}

/// The experiments that had a say about the flag: those behind the one that decides were not asked.
fn asked<'r>(
    flag: Flag<'r>,
    ruleset: &'r Ruleset<Vec<u8>>,
    asking: &Asking<'_>,
    now: Timestamp,
) -> Vec<&'r str> {
    let evaluation = flag.evaluate(asking, now.as_millisecond(), &mut Silent);
    let decides = evaluation.assignment.map(|(index, _)| index);
    let mut asked = Vec::new();
    for index in flag.claimed_by() {
        asked.extend(ruleset.experiment(index).map(Experiment::id));
        if Some(index) == decides {
            break;
        }
    }
    asked
}

/// An event's id: version 7, of the time that it tells of.
fn id(ts: Timestamp) -> Uuid {
    let nanoseconds = u32::try_from(ts.subsec_nanosecond()).unwrap_or(0);
    let seconds = u64::try_from(ts.as_second()).unwrap_or(0);
    Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanoseconds))
}
