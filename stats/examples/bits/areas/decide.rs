//! Recommendations.

use edgewise_stats::{
    Alpha, Proportion,
    compare::{MeanOptions, RateOptions, compare_means, compare_rates},
    decide::{
        Criterion, Evidence, Finding, Gates, Horizon, Look, Margin, Operator, TreatmentEvidence, guardrail,
        recommend,
    },
    trust::{Arm, sample_ratio},
};

use super::{
    Done,
    data::{DIRECTIONS, alphas, means, positive},
};
use crate::digest::Digest;

pub(crate) fn all(digest: &mut Digest) -> Done {
    let control = Proportion::new(1_000, 10_000)?;
    for converted in [900, 1_005, 1_090, 1_200] {
        let treatment = Proportion::new(converted, 10_000)?;
        let primary = compare_rates(&control, &treatment, &RateOptions::default());
        for direction in DIRECTIONS {
            let state = guardrail(&primary, Margin::Relative(positive(0.02)?), direction);
            digest.fold(&state)?;
            for look in [Look::Inside, Look::Crossed, Look::Futile] {
                for horizon in [Horizon::Fixed { days: 14.0 }, Horizon::Sequential { days: 28.0 }] {
                    for alpha in alphas()? {
                        let treatment = TreatmentEvidence {
                            units: 10_000,
                            adjusted_p: primary.test.map(|test| test.p),
                            primary: primary.clone(),
                            look,
                            guardrails: vec![Finding {
                                metric: String::from("latency"),
                                state: state.ok(),
                                at_any_time: false,
                            }],
                        };
                        digest.fold(&recommend(&Evidence {
                            alpha,
                            direction,
                            days: 14.0,
                            horizon,
                            sample_ratio: sample_ratio(&[Arm::new(10_000, 1.0)?, Arm::new(10_000, 1.0)?]),
                            sample_ratio_alpha: Alpha::new(0.001)?,
                            control_units: 10_000,
                            treatments: vec![treatment],
                            gates: Gates { lift: 0.01, ..Gates::default() },
                            power: Ok(0.8),
                        }))?;
                    }
                }
            }
        }
    }
    for [control, treatment] in means()? {
        let compared = compare_means(&control, &treatment, &MeanOptions::default());
        for direction in DIRECTIONS {
            digest.fold(&guardrail(&compared, Margin::Absolute(positive(0.5)?), direction))?;
        }
        for operator in [Operator::Above, Operator::AtLeast, Operator::Below, Operator::AtMost] {
            let criterion = Criterion { operator, threshold: 0.1 };
            digest.fold(&compared.difference.interval.map(|interval| criterion.judge(&interval)))?;
        }
    }
    Ok(())
}
