//! Whether the events came as they should: no missing days, no spikes, no jump of errors.

use super::{FAILURES, approximate, found, not_checked, passed, share};
use crate::{
    conclude::{
        entries::days_between,
        signals::{EventsOfDay, Signals},
        words::{p_value, percent},
    },
    results::{Health, HealthCheck, HealthState, Results},
};
use edgewise_stats::{
    Absent, Alpha, Estimate, Proportion,
    compare::{RateOptions, compare_rates},
    trust::{Correction, PValue, adjust},
};

/// Beyond so many robust deviations a day is a spike. Source: Iglewicz & Hoaglin (1993), "How to detect and handle
/// outliers", 3.3, who put the limit of 0.6745·|x − median|/MAD there.
const SPIKE: f64 = 3.5;

/// A spike is at least so many times the median: weekdays differ from weekends by less.
const SPIKE_TIMES: f64 = 2.0;

/// The normal distribution's median absolute deviation in standard deviations, 1/Φ⁻¹(3/4).
const MAD: f64 = 1.482_602_218_505_602;

/// Fewer whole days are not checked: a week, so that each weekday is there.
const LEAST_DAYS: usize = 7;

/// Fewer errors on a day are no jump, whatever their share.
const LEAST_ERRORS: u64 = 10;

/// Below this p value a variant has more errors than the control.
const MORE_ERRORS: f64 = 0.001;

/// Days without events, and days with far more than usual.
pub(super) fn by_day(signals: &Signals) -> HealthCheck {
    let check = Health::DailyEvents;
    let days = whole_days(signals);
    if days.len() < LEAST_DAYS {
        return not_checked(check, format!("{} whole days of events; {LEAST_DAYS} are needed", days.len()));
    }
    let missing: Vec<&str> =
        days.iter().filter(|(_, day)| day.events == 0).map(|(name, _)| name.as_str()).collect();
    let counts: Vec<f64> = days.iter().map(|(_, day)| approximate(day.events)).collect();
    let spikes: Vec<&str> =
        spikes(&counts, f64::sqrt).into_iter().map(|place| days[place].0.as_str()).collect();
    let mut what = Vec::new();
    if !missing.is_empty() {
        what.push(format!("no events on {}", missing.join(", ")));
    }
    if !spikes.is_empty() {
        what.push(format!("far more events than usual on {}", spikes.join(", ")));
    }
    if what.is_empty() {
        return passed(
            check,
            format!("{} whole days of events, none missing and none far above the others", days.len()),
        );
    }
    found(check, HealthState::Caution, what.join("; "))
}

/// The share of errors day by day, and the units with errors by variant.
pub(super) fn errors(results: &Results, signals: &Signals) -> HealthCheck {
    let check = Health::ErrorRate;
    if let Some((variant, p, rates)) = variant_with_more(results, signals) {
        let what = format!(
            "`{variant}` has more units with errors than `{}`: {} against {}, {}",
            results.control,
            percent(rates.1),
            percent(rates.0),
            p_value(p)
        );
        return found(check, HealthState::Caution, what);
    }
    let shares: Vec<(String, f64)> = whole_days(signals)
        .into_iter()
        .filter_map(|(name, day)| {
            let errors = if day.errors < LEAST_ERRORS { 0 } else { day.errors };
            Some((name, share(errors, day.events)?))
        })
        .collect();
    if shares.is_empty() && signals.units_with_errors.is_empty() {
        return not_checked(check, "no errors were counted");
    }
    let worst = shares.iter().max_by(|a, b| a.1.total_cmp(&b.1));
    if let Some((day, share)) = worst.filter(|(_, share)| *share > FAILURES) {
        let what =
            format!("{} of the events of {day} are errors, more than {}", percent(*share), percent(FAILURES));
        return found(check, HealthState::Caution, what);
    }
    let numbers: Vec<f64> = shares.iter().map(|(_, share)| *share).collect();
    if shares.len() >= LEAST_DAYS
        && let Some(place) = spikes(&numbers, |_| 0.0).first()
    {
        let what =
            format!("the share of errors jumped on {}: {}", shares[*place].0, percent(numbers[*place]));
        return found(check, HealthState::Caution, what);
    }
    passed(check, "errors are as frequent in all variants, and on all days")
}

/// The days between the first and the last, which are not whole; a day that is not counted has no events.
fn whole_days(signals: &Signals) -> Vec<(String, EventsOfDay)> {
    let mut days = days_between(&signals.events_by_day);
    days.pop();
    let counted = |day: &String| signals.events_by_day.get(day).copied().unwrap_or_default();
    days.into_iter().skip(1).map(|day| (day.clone(), counted(&day))).collect()
}

/// The places of numbers far above the others: beyond [`SPIKE`] robust deviations and [`SPIKE_TIMES`] the median. The
/// deviation is at least a tenth of the median, and what chance alone makes of it: numbers that hardly differ have no
/// spikes.
fn spikes(numbers: &[f64], chance: fn(f64) -> f64) -> Vec<usize> {
    let Some(middle) = median(numbers) else { return Vec::new() };
    let away: Vec<f64> = numbers.iter().map(|number| (number - middle).abs()).collect();
    let deviation = (MAD * median(&away).unwrap_or(0.0)).max(middle / 10.0).max(chance(middle));
    let is_spike = |number: f64| number > middle + SPIKE * deviation && number > SPIKE_TIMES * middle;
    (0..numbers.len()).filter(|&place| is_spike(numbers[place])).collect()
}

fn median(numbers: &[f64]) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    let upper = *sorted.get(half)?;
    Some(if sorted.len() % 2 == 1 { upper } else { f64::midpoint(sorted[half - 1], upper) })
}

/// The variant with the surest excess of units with errors over the control, and both rates.
fn variant_with_more<'a>(results: &'a Results, signals: &Signals) -> Option<(&'a str, f64, (f64, f64))> {
    let rate = |variant: &str, units: u64| {
        Proportion::new(*signals.units_with_errors.get(variant)?, units).ok().filter(|rate| rate.n() > 0)
    };
    let [control, treatments @ ..] = results.variants.as_slice() else { return None };
    let own = rate(&control.variant, control.units)?;
    let tests: Vec<Estimate<PValue>> = treatments
        .iter()
        .map(|treatment| {
            let other = rate(&treatment.variant, treatment.units).ok_or(Absent::NoUnits)?;
            let compared = compare_rates(&own, &other, &RateOptions::default());
            let more = compared.difference.estimate? > 0.0;
            let p = compared.test?.p;
            PValue::new(if more { p } else { 1.0 }).map_err(|_| Absent::OutOfRange)
        })
        .collect();
    let alpha = Alpha::new(MORE_ERRORS).ok()?;
    let adjusted = adjust(&tests, Correction::Holm, alpha);
    let place = adjusted.rejected().min_by(|&a, &b| {
        let p = |place: usize| adjusted.tests[place].map_or(1.0, |test| test.adjusted);
        p(a).total_cmp(&p(b))
    })?;
    let (treatment, p) = (&treatments[place], adjusted.tests[place].ok()?.adjusted);
    let other = rate(&treatment.variant, treatment.units)?;
    Some((&treatment.variant, p, (own.rate().ok()?, other.rate().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_is_far_above_the_others_and_twice_as_large() {
        let usual = [1_000.0, 1_020.0, 980.0, 1_010.0, 990.0, 1_005.0, 400.0, 420.0];
        assert_eq!(spikes(&usual, f64::sqrt), Vec::<usize>::new(), "a quiet weekend is no spike");
        let mut spiked = usual.to_vec();
        spiked[3] = 1_900.0;
        assert_eq!(spikes(&spiked, f64::sqrt), Vec::<usize>::new(), "not twice the median");
        spiked[3] = 2_100.0;
        assert_eq!(spikes(&spiked, f64::sqrt), vec![3]);
        assert_eq!(
            spikes(&[5.0, 2.0, 3.0, 1.0, 4.0, 2.0, 7.0], f64::sqrt),
            Vec::<usize>::new(),
            "few events vary"
        );
        assert_eq!(spikes(&[], f64::sqrt), Vec::<usize>::new());
    }

    #[test]
    fn the_first_and_the_last_day_are_not_whole() {
        let events = |events| EventsOfDay { events, errors: 0 };
        let mut signals = Signals::default();
        for day in 1..=12 {
            signals.events_by_day.insert(format!("2026-03-{day:02}"), events(1_000));
        }
        signals.events_by_day.insert("2026-03-01".to_owned(), events(3));
        assert_eq!(by_day(&signals).state, HealthState::Passed);
        signals.events_by_day.remove("2026-03-05");
        let check = by_day(&signals);
        assert_eq!(check.state, HealthState::Caution);
        assert_eq!(check.what, "no events on 2026-03-05");
        signals.events_by_day.retain(|day, _| day.as_str() < "2026-03-08");
        assert_eq!(by_day(&signals).state, HealthState::NotChecked);
    }
}
