//! Funnels: the rate of the last step decides; each step is compared by the share that comes to it of those who came to
//! the one before.

use super::{
    Frame,
    arms::{Arms, Compared, Own, Posteriors, Prior, Refused},
    beside::{self, Asked},
    rate::Rates,
    ratio::Ratios,
};
use crate::{
    moments::Sums,
    results::{Funnel, FunnelStep, MetricComparison, StepOfVariant},
};
use edgewise_stats::{Alpha, Estimate, plan::Baseline};

/// The rates of each step among all units, and of each step after the first among those of the step before.
pub(super) struct Steps {
    of_all: Vec<Rates>,
    of_the_step_before: Vec<Ratios>,
}

impl Steps {
    pub(super) fn of<'a>(frame: &Frame<'a>, sums: &[&Sums]) -> Result<Self, Refused<'a>> {
        let count = sums.iter().map(|sums| sums.width()).max().unwrap_or(1).max(1);
        let rates = (0..count).map(|step| Rates::at(frame, sums, step));
        let ratios = (1..count).map(|step| Ratios::at(frame, sums, count, (step, step - 1)));
        Ok(Self {
            of_all: rates.collect::<Result<_, _>>()?,
            of_the_step_before: ratios.collect::<Result<_, _>>()?,
        })
    }

    /// How far units come, step by step.
    pub(super) fn funnel(&self, frame: &Frame<'_>, asked: &Asked, names: &[String]) -> Funnel {
        let step = |(place, name): (usize, &String)| FunnelStep {
            step: name.clone(),
            variants: (0..frame.variants.len()).map(|variant| self.step(frame, place, variant)).collect(),
            comparisons: self.comparisons(frame, asked, place),
        };
        Funnel { steps: names.iter().take(self.of_all.len()).enumerate().map(step).collect() }
    }

    fn step(&self, frame: &Frame<'_>, place: usize, variant: usize) -> StepOfVariant {
        let here = self.of_all[place].total(variant);
        let before = match place {
            0 => here.n(),
            place => self.of_all[place - 1].total(variant).successes(),
        };
        StepOfVariant {
            variant: frame.variants[variant].clone(),
            units: here.successes(),
            dropped: before.saturating_sub(here.successes()),
            of_the_step_before: self.conversion(place).own(variant, frame.alpha).mean,
            of_all: self.of_all[place].own(variant, frame.alpha).mean,
        }
    }

    fn comparisons(&self, frame: &Frame<'_>, asked: &Asked, place: usize) -> Vec<MetricComparison> {
        let treatments = 1..frame.variants.len();
        treatments.map(|treatment| beside::compare(frame, asked, self.conversion(place), treatment)).collect()
    }

    /// From the step before to this one; to the first, from all units.
    fn conversion(&self, place: usize) -> &dyn Arms {
        match place {
            0 => &self.of_all[0],
            place => &self.of_the_step_before[place - 1],
        }
    }

    fn last(&self) -> &Rates {
        &self.of_all[self.of_all.len() - 1]
    }
}

impl Arms for Steps {
    fn own(&self, variant: usize, alpha: Alpha) -> Own {
        self.last().own(variant, alpha)
    }

    fn compare(&self, treatment: usize, alpha: Alpha) -> Compared {
        self.last().compare(treatment, alpha)
    }

    fn posteriors(&self, treatment: usize, prior: Option<Prior>) -> Option<Posteriors> {
        self.last().posteriors(treatment, prior)
    }

    fn baseline(&self) -> Estimate<Baseline> {
        self.last().baseline()
    }
}
