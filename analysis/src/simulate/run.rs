//! Randomising past units many times, each time analysed as an experiment would be.

use super::{
    configured::{Analysis, Judged},
    past::{Past, sum_up},
    planted::{PlantError, Planted, plant},
    report::{Simulation, report},
    sequential::{Peeking, Sequential, Stopped},
    split::{Draw, Split, SplitError},
};
use crate::moments::{Sums, SumsError};
use edgewise_stats::{
    Absent, Alpha,
    plan::Effect,
    trust::{Arm, SampleRatio, sample_ratio},
};
use std::{
    num::{NonZeroU64, NonZeroUsize},
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

/// What is simulated.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The metric's name.
    pub metric: &'a str,
    /// The units.
    pub past: &'a Past,
    /// How they are split.
    pub split: &'a Split,
    /// The level that the analysis promises.
    pub alpha: Alpha,
    /// How often the units are randomised.
    pub runs: NonZeroU64,
    /// Which random numbers: the same seed gives the same results to the last bit.
    pub seed: u64,
    /// What is planted into the treatments, where power is asked for.
    pub effect: Option<Effect>,
    /// How the experiment is looked at before its end, where it is.
    pub peeking: Option<Peeking>,
    /// How many threads work; the results do not depend on it.
    pub threads: NonZeroUsize,
}

/// Why there is no simulation.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// Units cannot be split so.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// The exact sums cannot hold the numbers.
    #[error("the metric `{metric}` is refused: {error}")]
    Sums {
        /// The metric.
        metric: String,
        /// Why.
        error: SumsError,
    },
    /// The effect cannot be planted.
    #[error(transparent)]
    Effect(#[from] PlantError),
    /// There are no looks before the end.
    #[error("looking at an experiment before its end takes 2 to {most} looks, and there are {given}", most = edgewise_stats::sequential::group::Looks::MOST)]
    Looks {
        /// How many were asked for.
        given: usize,
    },
    /// The looks have no boundary.
    #[error("the boundary of {looks} looks cannot be computed: {absent}")]
    Boundary {
        /// How many looks.
        looks: usize,
        /// Why.
        absent: Absent,
    },
    /// More looks than units.
    #[error("{looks} looks at {units} units: a look needs at least one new unit of each variant")]
    FewUnits {
        /// How many looks, or 1.
        looks: usize,
        /// How many units.
        units: usize,
    },
}

/// What one run gave.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    /// Each treatment, where nothing differs.
    pub(super) no_effect: Vec<Judged>,
    /// Each treatment with the planted effect; empty where none is planted.
    pub(super) planted: Vec<Judged>,
    /// What each treatment's early looks came to; empty where there are none.
    pub(super) stopped: Vec<Stopped>,
    /// The p value of the sample-ratio test.
    pub(super) sample_ratio: Option<f64>,
}

/// Randomises the units as often as asked for, and says how often the analysis is right. `progress` is told how many runs
/// are done.
///
/// # Errors
/// [`SimulateError`] where the question has no answer.
pub fn simulate(
    question: &Question<'_>,
    analysis: &dyn Analysis,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Simulation, SimulateError> {
    let refused = |error| SimulateError::Sums { metric: question.metric.to_owned(), error };
    let total = question.past.total().map_err(refused)?;
    let planted = question.effect.map(|effect| plant(question.past, effect, question.seed)).transpose()?;
    let with_effect =
        planted.as_ref().map(|planted| sum_up(planted.numbers())).transpose().map_err(refused)?;
    let largest = [Some(&total), with_effect.as_ref()].into_iter().flatten().flat_map(|sums| &sums.largest);
    let largest = largest.copied().max().unwrap_or(0);
    let sequential = question.peeking.as_ref().map(|peeking| looks_of(question, peeking)).transpose()?;
    let world = World {
        question,
        analysis,
        planted: planted.as_ref(),
        places: places(question)?,
        sequential,
        largest,
        shares: question.split.shares(),
    };
    let outcomes = world.run_all(progress)?;
    Ok(report(question, &total, planted.as_ref(), &outcomes))
}

fn looks_of(question: &Question<'_>, peeking: &Peeking) -> Result<Sequential, SimulateError> {
    if peeking.looks < 2 || peeking.looks > edgewise_stats::sequential::group::Looks::MOST {
        return Err(SimulateError::Looks { given: peeking.looks });
    }
    let units = u64::try_from(question.past.units()).unwrap_or(u64::MAX);
    let computed = Sequential::new(peeking, question.past.kind(), question.alpha, units);
    computed.map_err(|absent| SimulateError::Boundary { looks: peeking.looks, absent })
}

/// The units that each look adds.
fn places(question: &Question<'_>) -> Result<Vec<Range<usize>>, SimulateError> {
    let (units, looks) =
        (question.past.units(), question.peeking.as_ref().map_or(1, |peeking| peeking.looks));
    if units / looks < question.split.variants().len() {
        return Err(SimulateError::FewUnits { looks, units });
    }
    // The products are of a count of things in memory and at most a thousand looks.
    let reached = |look: usize| units / looks * look + units % looks * look / looks;
    Ok((0..looks).map(|look| reached(look)..reached(look + 1)).collect())
}

/// What all runs share.
struct World<'a> {
    question: &'a Question<'a>,
    analysis: &'a dyn Analysis,
    planted: Option<&'a Planted>,
    places: Vec<Range<usize>>,
    sequential: Option<Sequential>,
    /// The largest number of any unit, with an effect or without.
    largest: u128,
    shares: Vec<f64>,
}

impl World<'_> {
    /// The outcomes in the order of the runs.
    fn run_all(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<Vec<Outcome>, SplitError> {
        let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
        let work = || {
            let mut outcomes = Vec::new();
            loop {
                let run = next.fetch_add(1, Ordering::Relaxed);
                if run >= self.question.runs.get() {
                    return Ok(outcomes);
                }
                outcomes.push((run, self.run(run)?));
                progress(done.fetch_add(1, Ordering::Relaxed) + 1);
            }
        };
        let parts: Vec<Result<Vec<(u64, Outcome)>, SplitError>> = thread::scope(|scope| {
            let others: Vec<_> = (1..self.question.threads.get()).map(|_| scope.spawn(work)).collect();
            let own = work();
            // A thread that panicked has said so; nothing here does.
            others.into_iter().filter_map(|thread| thread.join().ok()).chain([own]).collect()
        });
        let mut all = Vec::new();
        for part in parts {
            all.extend(part?);
        }
        all.sort_by_key(|(run, _)| *run);
        Ok(all.into_iter().map(|(_, outcome)| outcome).collect())
    }

    fn run(&self, run: u64) -> Result<Outcome, SplitError> {
        let draw = self.question.split.draw(self.question.seed, run)?;
        let variants = self.question.split.variants();
        let mut tallies = vec![Tally::default(); variants.len()];
        let mut stopped =
            vec![Stopped::default(); self.sequential.as_ref().map_or(0, |_| variants.len() - 1)];
        for (look, places) in self.places.iter().enumerate() {
            self.tally(&draw, places.clone(), &mut tallies);
            if let Some(sequential) = &self.sequential {
                let sums = self.sums(&tallies, Tally::plain);
                let judged = self.analysis.compare(&sums);
                for ((stopped, treatment), judged) in stopped.iter_mut().zip(&sums[1..]).zip(judged) {
                    sequential.look(stopped, look, judged.p, [&sums[0], treatment]);
                }
            }
        }
        let planted = self.planted.map(|_| self.analysis.compare(&self.sums(&tallies, Tally::planted)));
        Ok(Outcome {
            no_effect: self.analysis.compare(&self.sums(&tallies, Tally::plain)),
            planted: planted.unwrap_or_default(),
            stopped,
            sample_ratio: self.sample_ratio(&tallies),
        })
    }

    /// Adds units to the variants that they are drawn into.
    fn tally(&self, draw: &Draw, places: Range<usize>, tallies: &mut [Tally]) {
        let past = self.question.past;
        let plain = &past.numbers()[places.clone()];
        let planted = self.planted.map_or(plain, |planted| &planted.numbers()[places.clone()]);
        for (id, (&plain, &planted)) in past.ids(places).zip(plain.iter().zip(planted)) {
            if let Some(variant) = draw.variant(id) {
                tallies[variant].add(plain, planted, variant > 0);
            }
        }
    }

    fn sums(&self, tallies: &[Tally], which: impl Fn(&Tally) -> (i128, i128)) -> Vec<Sums> {
        let sums = |(variant, tally): (&String, &Tally)| {
            let (sum, sum_of_squares) = which(tally);
            Sums {
                variant: variant.clone(),
                units_seen: tally.units,
                units_counted: tally.units,
                sums: vec![sum],
                products: vec![sum_of_squares],
                largest: vec![self.largest],
                ..Sums::default()
            }
        };
        self.question.split.variants().iter().zip(tallies).map(sums).collect()
    }

    fn sample_ratio(&self, tallies: &[Tally]) -> Option<f64> {
        let arms = tallies.iter().zip(&self.shares);
        let arms: Vec<Arm> = arms.filter_map(|(tally, share)| Arm::new(tally.units, *share).ok()).collect();
        match sample_ratio(&arms) {
            SampleRatio::Tested { p, .. } => Some(p),
            _ => None,
        }
    }
}

/// One variant's units and sums, exactly, in millionths.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    units: u64,
    plain: (i128, i128),
    planted: (i128, i128),
}

impl Tally {
    /// No sum wraps: all units together do not, which was checked.
    fn add(&mut self, plain: i64, planted: i64, is_treatment: bool) {
        let (plain, planted) = (i128::from(plain), i128::from(if is_treatment { planted } else { plain }));
        self.units += 1;
        self.plain.0 += plain;
        self.plain.1 += plain * plain;
        self.planted.0 += planted;
        self.planted.1 += planted * planted;
    }

    fn plain(&self) -> (i128, i128) {
        self.plain
    }

    fn planted(&self) -> (i128, i128) {
        self.planted
    }
}
