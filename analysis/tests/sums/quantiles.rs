//! Quantiles, caps and distributions against sorted lists.

use crate::{Asked, DAY, PLENTY, measure, naive::View, world::*};
use edgewise_analysis::{
    aggregate::Numbers,
    decimal::Decimal,
    plan::{Cap, Metric, MetricKind, Silent, ValueSource},
};

fn view() -> View {
    View { watermark_us: START + 500 * HOUR, lateness_seconds: None, by_platform: false }
}

/// The values of one unit's events that count.
fn values(world: &World, unit: &Unit) -> Vec<i128> {
    let own = world.events.iter().filter(|event| {
        event.unit.as_ref() == Some(&unit.id)
            && (event.event_type, event.name) == ("track", "purchase")
            && event.ts_us >= unit.first_us
            && event.ts_us < unit.first_us + 3 * i64::try_from(DAY).unwrap() * 1_000_000
    });
    own.filter_map(|event| event.value).collect()
}

fn metric(kind: MetricKind) -> Metric {
    Metric { window_seconds: Some(3 * DAY), ..Metric::new("m", kind, "purchase") }
}

#[test]
fn quantiles_are_those_of_sorted_values() {
    let world = world(3, 200, 9_000).unique();
    for level in [0.5, 0.9, 0.01] {
        let metric = metric(MetricKind::Quantile { value: ValueSource::Value, level });
        let asked = Asked { by_sql: true, unique: true, partitions: 2, memory: PLENTY };
        let measured = measure(&world, std::slice::from_ref(&metric), &view(), &asked);
        let folded = measure(&world, &[metric], &view(), &Asked { by_sql: false, ..asked });
        assert_eq!(folded, measured);
        let Numbers::Quantiles(quantiles) = &measured[0].numbers else { panic!("no quantiles") };
        assert_eq!(quantiles.len(), 4, "two variants in two epochs");
        for found in quantiles {
            let at = found.at.as_ref().unwrap();
            let own: Vec<&Unit> = world
                .units
                .iter()
                .filter(|unit| {
                    (unit.verdict, unit.variant, unit.epoch) == ("verified", &at.variant, &at.epoch)
                })
                .collect();
            let mut all: Vec<i128> = own.iter().flat_map(|unit| values(&world, unit)).collect();
            all.sort_unstable();
            let n = f64::from(u32::try_from(all.len()).unwrap());
            let ranked = |rank: f64| {
                let place =
                    (1..=all.len()).find(|place| f64::from(u32::try_from(*place).unwrap()) >= rank - 1e-9);
                place.map(|place| all[place - 1])
            };
            let millionths = |decimal: Decimal| i128::from(decimal.millionths());
            assert_eq!(Some(millionths(at.quantile)), ranked(n * level));
            let apart = 1.959_963_984_540_054 * (n * level * (1.0 - level)).sqrt();
            let limits = ranked(n * level - apart).zip(ranked(n * level + apart));
            let found_limits = found.limits.map(|(lower, upper)| (millionths(lower), millionths(upper)));
            assert_eq!(found_limits, limits, "{level}");
            let below: usize = own
                .iter()
                .map(|unit| {
                    values(&world, unit).iter().filter(|value| **value <= millionths(at.quantile)).count()
                })
                .sum();
            let sums = edgewise_analysis::moments::Sums::total(&found.clusters);
            assert_eq!(sums.sums, [below as i128 * 1_000_000, all.len() as i128 * 1_000_000]);
            let silent = own.iter().filter(|unit| values(&world, unit).is_empty()).count();
            assert_eq!((sums.units_seen, sums.units_silent), (own.len() as u64, silent as u64));
            if level > 0.1 {
                assert!(found.arm(level).moments.is_ok());
            }
        }
    }
}

#[test]
fn caps_are_the_nearest_ranks_of_all_units_together() {
    let world = world(5, 150, 3_000).unique();
    let continuous = MetricKind::Continuous { value: ValueSource::Value };
    for silent in [Silent::Zero, Silent::Exclude] {
        let cap = Cap::Quantiles { lower: Some(0.1), upper: Some(0.9) };
        let metric = Metric { cap: Some(cap), silent, ..metric(continuous.clone()) };
        let asked = Asked { by_sql: true, unique: true, partitions: 2, memory: PLENTY };
        let measured = measure(&world, std::slice::from_ref(&metric), &view(), &asked);
        let folded = measure(&world, &[metric], &view(), &Asked { by_sql: false, ..asked });
        assert_eq!(folded, measured);
        let units = world.units.iter().filter(|unit| unit.verdict == "verified");
        let totals = units.filter_map(|unit| match values(&world, unit).as_slice() {
            [] if silent == Silent::Exclude => None,
            values => Some(values.iter().sum::<i128>()),
        });
        let mut totals: Vec<i128> = totals.collect();
        totals.sort_unstable();
        let at = |tenths: usize| totals[(totals.len() * tenths).div_ceil(10) - 1];
        let (lower, upper) = (at(1), at(9));
        assert!(lower < upper);
        let expected: i128 = totals.iter().map(|total| (*total).clamp(lower, upper)).sum();
        let Numbers::Sums(sums) = &measured[0].numbers else { panic!("no sums") };
        assert_eq!(sums.iter().map(|sums| sums.sums[0]).sum::<i128>(), expected);
    }
}
