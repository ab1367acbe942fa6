//! Ordinary and extreme inputs of every kind.

use super::*;

pub(crate) fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        3 => -100.0..100.0,
        2 => select(vec![0.0, 1.0, -1.0, 2.0, 0.5]),
        2 => select(vec![1e-300, -1e-300, 1e300, -1e300, f64::MIN_POSITIVE, -f64::MIN_POSITIVE]),
        1 => select(vec![-0.0, 1e-10, 1e10, 1e150, 1e-150, f64::MAX, f64::MIN, f64::from_bits(1), f64::EPSILON]),
    ]
}

pub(crate) fn positive_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        3 => 0.01..100.0,
        2 => select(vec![1.0, 1e-10, 1e10]),
        2 => select(vec![1e-300, 1e300, f64::MIN_POSITIVE, f64::MAX, f64::from_bits(1), 1e150, 1e-150]),
    ]
}

pub(crate) fn positive() -> impl Strategy<Value = Positive> {
    positive_number().prop_map(|number| Positive::new(number).unwrap())
}

pub(crate) fn fraction() -> impl Strategy<Value = Fraction> {
    prop_oneof![
        3 => 0.01..0.99,
        1 => select(vec![1e-300, 1e-10, 0.5, 1.0 - 1e-10, 1.0 - f64::EPSILON / 2.0, f64::from_bits(1)]),
    ]
    .prop_map(|number| Fraction::new(number).unwrap())
}

pub(crate) fn alpha() -> impl Strategy<Value = Alpha> {
    prop_oneof![
        3 => select(vec![0.05, 0.01, 0.2]),
        1 => 0.001..0.999,
        1 => select(vec![1e-300, 1e-15, 0.5, 1.0 - 1e-16, f64::from_bits(1)]),
    ]
    .prop_map(|number| Alpha::new(number).unwrap())
}

pub(crate) fn units() -> impl Strategy<Value = u64> {
    prop_oneof![
        3 => 2_u64..1_000,
        3 => select(vec![0, 1, 2, 3]),
        2 => select(vec![1_000_000, 1_000_000_000_000, 1 << 53, u64::MAX / 2, u64::MAX - 1, u64::MAX]),
    ]
}

pub(crate) fn moments() -> impl Strategy<Value = Moments> {
    let deviation = prop_oneof![
        3 => 0.01..50.0,
        2 => select(vec![0.0, 1e-300, 1.0, 1e300]),
    ];
    (units(), number(), deviation).prop_filter_map("beyond floats", |(n, mean, deviation)| {
        Moments::from_mean_and_deviation(n, mean, deviation).ok()
    })
}

pub(crate) fn proportion() -> impl Strategy<Value = Proportion> {
    (units(), 0..5_u8, 0.0..1.0).prop_map(|(n, kind, share): (u64, u8, f64)| {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "any count will do"
        )]
        let within = (n as f64 * share) as u64;
        let successes = [0, n, 1, n.saturating_sub(1), within][usize::from(kind)].min(n);
        Proportion::new(successes, n).unwrap()
    })
}

/// Rows of a size that all their numbers share, so that most are summable.
pub(crate) fn rows(width: usize, most: usize) -> impl Strategy<Value = Vec<Vec<f64>>> {
    let scale = prop_oneof![4 => Just(1.0), 1 => select(vec![1e-300, 1e150, 1e-150, 1e300])];
    let value = prop_oneof![3 => -9.0..9.0, 2 => select(vec![0.0, 1.0, 2.0]), 1 => select(vec![1e-9, 1e9])];
    (vec(vec(value, width), 0..=most), vec(scale, width)).prop_map(|(rows, scales)| {
        rows.iter().map(|row| row.iter().zip(&scales).map(|(value, scale)| value * scale).collect()).collect()
    })
}

pub(crate) fn joint(width: usize) -> impl Strategy<Value = JointMoments> {
    (rows(width, 12), prop_oneof![3 => Just(0), 1 => select(vec![1, 30, 60])]).prop_filter_map(
        "beyond floats",
        move |(rows, doublings)| {
            let mut joint = JointMoments::from_rows(width, &rows).ok()?;
            for _ in 0..doublings {
                match joint.merge(&joint) {
                    Ok(doubled) => joint = doubled,
                    Err(_) => break,
                }
            }
            Some(joint)
        },
    )
}

pub(crate) fn sample() -> impl Strategy<Value = Sample> {
    prop_oneof![
        2 => vec(number(), 0..9).prop_filter_map("refused", |values| Sample::from_values(values).ok()),
        2 => vec(-9_i8..9, 0..40).prop_filter_map("refused", |values| Sample::from_values(values.into_iter().map(f64::from)).ok()),
        1 => vec((number(), units()), 0..5).prop_filter_map("refused", |counts| Sample::from_counts(counts).ok()),
    ]
}

pub(crate) fn effect() -> impl Strategy<Value = EstimatedEffect> {
    (number(), positive_number())
        .prop_filter_map("refused", |(estimate, error)| EstimatedEffect::new(estimate, error).ok())
}

pub(crate) fn alternative() -> impl Strategy<Value = Alternative> {
    select(vec![Alternative::TwoSided, Alternative::Greater, Alternative::Less])
}

pub(crate) fn direction() -> impl Strategy<Value = Direction> {
    select(vec![Direction::HigherIsBetter, Direction::LowerIsBetter])
}

pub(crate) fn lift_method() -> impl Strategy<Value = LiftMethod> {
    select(vec![LiftMethod::Fieller, LiftMethod::Delta, LiftMethod::Log])
}

pub(crate) fn variance() -> impl Strategy<Value = Variance> {
    select(vec![Variance::Separate, Variance::Pooled])
}

pub(crate) fn reference() -> impl Strategy<Value = Reference> {
    select(vec![Reference::StudentsT, Reference::Normal])
}

pub(crate) fn mean_options() -> impl Strategy<Value = MeanOptions> {
    (alpha(), alternative(), variance(), reference(), lift_method()).prop_map(
        |(alpha, alternative, variance, reference, lift)| MeanOptions {
            alpha,
            alternative,
            variance,
            reference,
            lift,
        },
    )
}

pub(crate) fn rate_options() -> impl Strategy<Value = RateOptions> {
    use DifferenceMethod as Difference;
    let test = select(vec![
        RateTest::Pooled,
        RateTest::MiettinenNurminen,
        RateTest::Unpooled,
        RateTest::AgrestiCaffo,
        RateTest::UnpooledT,
    ]);
    let difference = select(vec![
        Difference::Newcombe,
        Difference::Wald,
        Difference::NewcombeCorrected,
        Difference::MiettinenNurminen,
        Difference::Score,
        Difference::AgrestiCaffo,
    ]);
    let lift = select(vec![
        RateLiftMethod::Mover,
        RateLiftMethod::Fieller,
        RateLiftMethod::Delta,
        RateLiftMethod::Log,
        RateLiftMethod::LogAdjusted,
        RateLiftMethod::MiettinenNurminen,
        RateLiftMethod::Score,
    ]);
    (alpha(), alternative(), test, difference, lift).prop_map(
        |(alpha, alternative, test, difference, lift)| RateOptions {
            alpha,
            alternative,
            test,
            difference,
            lift,
        },
    )
}

pub(crate) fn posterior() -> impl Strategy<Value = Posterior> {
    prop_oneof![
        (number(), positive_number())
            .prop_filter_map("refused", |(mean, sd)| Posterior::normal(mean, sd).ok()),
        (number(), positive_number(), 1.0..200.0_f64)
            .prop_filter_map("refused", |(location, scale, df)| Posterior::students_t(location, scale, df)
                .ok()),
        (positive_number(), positive_number())
            .prop_filter_map("refused", |(a, b)| Posterior::beta(a, b).ok()),
        (positive_number(), positive_number())
            .prop_filter_map("refused", |(shape, rate)| Posterior::gamma(shape, rate).ok()),
    ]
}

pub(crate) fn some<T: Debug + Clone + 'static>(of: &[T]) -> impl Strategy<Value = T> {
    select(of.to_vec())
}
