//! Results of every module, area by area.

mod adapt;
mod bayes;
mod compare;
mod data;
mod decide;
mod distribution;
mod factorial;
mod plan;
mod resample;
mod sequential;
mod sharpen;
mod tables;
mod trust;

use std::error::Error;

use crate::digest::Digest;

/// What an area's computation ends with: an error only if the example itself is wrong.
pub(crate) type Done = Result<(), Box<dyn Error>>;

/// The results of one part of the crate.
pub(crate) struct Area {
    pub(crate) name: &'static str,
    pub(crate) threads: usize,
    pub(crate) digest: u64,
}

impl Area {
    pub(crate) fn threads(&self) -> String {
        format!("{} thread{}", self.threads, if self.threads == 1 { "" } else { "s" })
    }
}

type Compute = fn(&mut Digest) -> Done;

const AREAS: [(&str, Compute); 26] = [
    ("moments", data::moments),
    ("distribution/continuous", distribution::continuous),
    ("distribution/discrete", distribution::discrete),
    ("distribution/multivariate", distribution::multivariate),
    ("compare/means", compare::means),
    ("compare/lift", compare::lifts),
    ("compare/rates", compare::rates),
    ("compare/event_rates", compare::event_rates),
    ("compare/ratios", compare::ratios),
    ("compare/ranks", compare::ranks),
    ("compare/quantiles", compare::quantiles),
    ("compare/tables", tables::tables),
    ("compare/exact", tables::exact),
    ("sharpen/cuped", sharpen::adjusted),
    ("sharpen/clusters", sharpen::clusters),
    ("sharpen/post_stratify", sharpen::strata),
    ("sharpen/winsorise", sharpen::winsorised),
    ("sequential/group", sequential::group),
    ("sequential/anytime", sequential::anytime),
    ("sequential/bound", sequential::bounds),
    ("bayes", bayes::all),
    ("adapt", adapt::all),
    ("plan", plan::all),
    ("trust", trust::all),
    ("factorial", factorial::all),
    ("decide", decide::all),
];

/// Every area; those that may use threads, once with each number of them.
pub(crate) fn compute(threads: &[usize]) -> Result<Vec<Area>, Box<dyn Error>> {
    let mut areas = Vec::new();
    for (name, compute) in AREAS {
        let mut digest = Digest::new();

        compute(&mut digest)?;

        areas.push(Area { name, threads: 1, digest: digest.get() });
    }
    for &threads in threads {
        for (name, compute) in resample::AREAS {
            let mut digest = Digest::new();

            compute(&mut digest, threads)?;

            areas.push(Area { name, threads, digest: digest.get() });
        }
    }
    Ok(areas)
}
