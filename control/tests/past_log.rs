//! `edgewise power`, `sample-size` and `simulate` over the project's own log: the same as over a table of its units.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod binary;

use binary::{edgewise, fails, works};
use edgewise_analysis::log::{Batch, Limits, Log, NewEvent, compact};
use serde_json::{Value, json};
use std::{fmt::Write as _, fs, path::Path};
use tempfile::TempDir;

/// What a unit spends in its week, in cents, and in the fortnight before.
fn spent(unit: u64) -> (u64, u64) {
    let now = if unit.is_multiple_of(3) { 0 } else { unit * 37 % 101 };
    (now, 2 * now + unit * 53 % 89)
}

const UNITS: u64 = 600;

/// The day of October on which a unit enters.
fn day(unit: u64) -> u64 {
    1 + unit % 8
}

/// How events name their unit.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Named {
    /// By the user.
    User,
    /// Visits by the user and the device, purchases by the device.
    Device,
    /// Visits by the device, September's purchases by both and October's by the user; every fifth never by the user.
    DeviceFirst,
}

impl Named {
    fn units(self, unit: u64, name: &str, ts: &str) -> Value {
        let (user, device) = (format!("u_{unit:04}"), format!("d_{unit:04}"));
        match (self, name) {
            (Self::User, _) => json!({ "user": user }),
            (Self::Device, "visit") => json!({ "user": user, "device": device }),
            (Self::DeviceFirst, "purchase") if !unit.is_multiple_of(5) && ts.starts_with("2026-09") => {
                json!({ "user": user, "device": device })
            }
            (Self::DeviceFirst, "purchase") if !unit.is_multiple_of(5) => json!({ "user": user }),
            (Self::Device | Self::DeviceFirst, _) => json!({ "device": device }),
        }
    }
}

fn event(id: &mut u64, units: &Value, name: &str, ts: &str, cents: u64) -> NewEvent {
    *id += 1;
    let value = format!("{}.{:02}", cents / 100, cents % 100);
    let json = format!(
        r#"{{"id":"019ab3f0-5c00-7000-8000-{id:012x}","type":"track","ts":"{ts}","name":"{name}","units":{units},"value":{value}}}"#
    );
    NewEvent {
        id: format!("019ab3f0-5c00-7000-8000-{id:012x}").parse().unwrap(),
        json: serde_json::value::RawValue::from_string(json).unwrap(),
    }
}

/// A project with a log: every unit buys in September, visits in October, buys within the week after and once more when
/// that is over; two visit when their week cannot pass before the data end.
fn folder() -> TempDir {
    folder_of(Named::User)
}

fn folder_of(named: Named) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    file("edgewise.yaml", "seed: \"9f86d081884c7d65\"\nunits: [user, device]\n");
    file(
        "metrics/spent.yaml",
        "id: spent\nkind: continuous\nevent: purchase\nvalue: value\nwindow: 7d\ncovariate: 14d\n",
    );
    file("metrics/bought.yaml", "id: bought\nkind: binary\nevent: purchase\nwindow: 7d\n");
    file(
        "metrics/price.yaml",
        "id: price\nkind: ratio\nevent: purchase\nvalue: value\ndenominator: { event: visit }\nwindow: 7d\n",
    );
    file("metrics/dear.yaml", "id: dear\nkind: quantile\nevent: purchase\nvalue: value\nlevel: 0.9\n");
    file(
        "experiments/known_later.yaml",
        "id: known_later\nstatus: running\nfallback: device\nsticky: true\n\
         variants: [{ id: plain, control: true }, { id: warm }]\nmetrics: { primary: [spent] }\n",
    );
    file(
        "experiments/tone.yaml",
        "id: tone\nstatus: running\nvariants: [{ id: plain, control: true, weight: 60% }, { id: warm, weight: 40% }]\n\
         metrics: { primary: [spent] }\n",
    );
    let (mut log, _) = Log::open(&folder.path().join("data"), Limits::default()).unwrap();
    let mut id = 0;
    for (part, units) in [(0, 0..UNITS / 2), (1, UNITS / 2..UNITS)] {
        let mut events = Vec::new();
        for unit in units {
            let (now, before) = spent(unit);
            let mut event = |name: &str, ts: &str, cents| {
                events.push(event(&mut id, &named.units(unit, name, ts), name, ts, cents));
            };
            let at = |day: u64| format!("2026-10-{day:02}T10:00:00Z");
            event("purchase", "2026-09-25T12:00:00Z", before);
            event("visit", &at(day(unit)), 0);
            if now > 0 {
                event("purchase", &at(day(unit) + 6), now);
            }
            event("purchase", &at(day(unit) + 8), 100_000);
        }
        let late = "2026-10-18T10:00:00Z";
        events.push(event(&mut id, &named.units(9_000 + part, "visit", late), "visit", late, 0));
        if named == Named::DeviceFirst {
            // Two people on one device.
            let user = format!("u_{:04}", 1 + part);
            events.push(event(&mut id, &json!({ "user": user, "device": "d_shared" }), "view", late, 0));
            events.push(event(&mut id, &json!({ "device": "d_shared" }), "visit", "2026-10-02T10:00:00Z", 0));
        }
        let batch = Batch { sent_at: None, events, rejects: Vec::new() };
        log.commit(&[batch], "2026-10-20T00:00:00Z".parse().unwrap()).unwrap();
        log.seal();
        for number in log.take_sealed() {
            compact(log.folder(), number).unwrap();
        }
    }
    // The same units as a table, in the order in which they entered.
    let mut units: Vec<u64> = (0..UNITS).collect();
    units.sort_by_key(|unit| (day(*unit), *unit));
    let mut table = "user,spent,bought\n".to_owned();
    for unit in units {
        let (now, _) = spent(unit);
        writeln!(table, "u_{unit:04},{}.{:02},{}", now / 100, now % 100, u64::from(now > 0)).unwrap();
    }
    file("past.csv", &table);
    folder
}

const OF_LOG: &str = "--data data --project . --from 2026-10-01 --until 2026-10-09";

fn json_of(folder: &Path, arguments: &str) -> Value {
    let arguments: Vec<&str> = arguments.split(' ').chain(["--output", "json"]).collect();
    serde_json::from_str(&works(folder, &arguments)).unwrap()
}

fn near(value: &Value, expected: &Value) {
    let (value, expected) = (value.as_f64().unwrap(), expected.as_f64().unwrap());
    assert!((value / expected - 1.0).abs() < 1e-9, "{value} is not {expected}");
}

#[test]
fn a_baseline_is_that_of_the_same_units_in_a_table() {
    let folder = folder();
    let logged = |more: &str| json_of(folder.path(), &format!("power {OF_LOG} --n 1000 {more}"));
    let table =
        |more: &str| json_of(folder.path(), &format!("power --units past.csv --unit user --n 1000 {more}"));
    assert_eq!(logged("--metric bought"), table("--binary bought"));
    assert_eq!(
        logged("--metric spent --cuped-correlation 0.3"),
        table("--continuous spent --cuped-correlation 0.3")
    );
    // The correlation with the fortnight before, by the definition.
    let pairs: Vec<(f64, f64)> = (0..UNITS)
        .map(|unit| {
            (
                f64::from(u32::try_from(spent(unit).0).unwrap()),
                f64::from(u32::try_from(spent(unit).1).unwrap()),
            )
        })
        .collect();
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / 600.0;
    let (y, x) = (mean(&|pair| pair.0), mean(&|pair| pair.1));
    let product = |of: &dyn Fn(f64, f64) -> f64| mean(&|pair| of(pair.0 - y, pair.1 - x));
    let correlation = product(&|y, x| y * x) / (product(&|y, _| y * y) * product(&|_, x| x * x)).sqrt();
    let detectable = |answer: &Value| answer["detectable"][0]["effect"]["difference"].clone();
    let expected = table(&format!("--continuous spent --cuped-correlation {correlation}"));
    near(&detectable(&logged("--metric spent")), &detectable(&expected));
    let arguments = format!("power {OF_LOG} --n 1000 --experiment tone");
    let output = edgewise(folder.path(), &arguments.split(' ').collect::<Vec<_>>(), "");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("`spent` is measured on 600 past units: ")
            && said.contains(&format!("with a correlation of {correlation:.3} with its covariate")),
        "{said}"
    );
    // A ratio by the definition: all that was spent over all visits.
    let total: u64 = (0..UNITS).map(|unit| spent(unit).0).sum();
    near(
        &logged("--metric price")["baseline"],
        &json!(f64::from(u32::try_from(total).unwrap()) / 100.0 / 600.0),
    );
    assert_eq!(
        json_of(folder.path(), &format!("sample-size {OF_LOG} --metric bought --mde 5%"))["total"],
        json_of(folder.path(), "sample-size --units past.csv --unit user --binary bought --mde 5%")["total"]
    );
}

#[test]
fn a_simulation_is_that_of_the_same_units_in_a_table() {
    let folder = folder();
    let common = "--project . --experiment tone --runs 60 --effect 20% --looks 3";
    let logged = json_of(
        folder.path(),
        &format!("simulate --data data --from 2026-10-01 --until 2026-10-09 {common}"),
    );
    let table =
        json_of(folder.path(), &format!("simulate --units past.csv --unit user --continuous spent {common}"));
    assert_eq!(logged, table);
    assert_eq!((&logged["units"], &logged["metric"]), (&json!(600), &json!("spent")));
    let binary = |from: &str| json_of(folder.path(), &format!("simulate {from} --weights 1,1 --runs 20"));
    assert_eq!(
        binary(&format!("{OF_LOG} --metric bought")),
        binary("--units past.csv --unit user --binary bought")
    );
}

#[test]
fn devices_are_followed_to_their_users() {
    let (users, devices) = (folder(), folder_of(Named::Device));
    let power = format!("power {OF_LOG} --n 1000 --metric");
    for arguments in [
        format!("{power} spent"),
        format!("{power} bought"),
        format!("{power} price"),
        format!("simulate {OF_LOG} --experiment tone --runs 20"),
    ] {
        assert_eq!(json_of(devices.path(), &arguments), json_of(users.path(), &arguments), "{arguments}");
    }
}

/// Where the experiment draws devices of nobody who is known, they enter as well.
#[test]
fn devices_enter_where_the_experiment_falls_back_on_them() {
    let (users, devices) = (folder(), folder_of(Named::DeviceFirst));
    let of = "--experiment known_later";
    for metric in ["spent", "bought", "price"] {
        let arguments = format!("power {OF_LOG} --n 1000 {of} --metric {metric}");
        assert_eq!(json_of(devices.path(), &arguments), json_of(users.path(), &arguments), "{metric}");
    }
    let simulated = json_of(devices.path(), &format!("simulate {OF_LOG} {of} --runs 5"));
    assert_eq!(simulated["units"], 600);
    assert_eq!(
        (&simulated["exclusions"][0]["exclusion"], &simulated["exclusions"][0]["count"]),
        (&json!("ambiguous_fallback"), &json!(1)),
        "{simulated:#}"
    );
    let tone = format!("simulate {OF_LOG} --experiment tone --entry visit --runs 5");
    let (code, said) = fails(devices.path(), &tone.split(' ').collect::<Vec<_>>());
    assert!(
        code == 1 && said.contains("no `user` had an event `visit`"),
        "only who falls back on devices: {said}"
    );
}

#[test]
fn units_enter_by_an_event_in_a_time_and_count_when_their_window_has_passed() {
    let folder = folder();
    let simulated = |arguments: &str| {
        json_of(
            folder.path(),
            &format!("simulate --data data --project . --metric spent --runs 5 {arguments}"),
        )
    };
    // Those of the first four days.
    assert_eq!(simulated("--from 2026-10-01 --until 2026-10-05")["units"], 300);
    let until_the_end = simulated("--from 2026-10-01 --until 2026-11-01");
    assert_eq!(until_the_end["units"], 600);
    assert_eq!(until_the_end["exclusions"][0]["exclusion"], "missing_number");
    assert_eq!(until_the_end["exclusions"][0]["count"], 2);
    // By any event the units enter with the purchase of September; by visits they do not.
    let since_september = simulated("--from 2026-09-01 --until 2026-10-09");
    let by_visit = simulated("--from 2026-09-01 --until 2026-10-09 --entry visit");
    let in_october = simulated("--from 2026-10-01 --until 2026-10-09");
    assert_eq!(by_visit["mean"], in_october["mean"]);
    assert_ne!(since_september["mean"], in_october["mean"]);
}

#[test]
fn what_cannot_be_planned_by_is_told_with_the_way_out() {
    let folder = folder();
    let october = "--from 2026-10-01 --until 2026-10-09";
    for (arguments, code, expected) in [
        (format!("simulate --data data --project . {october} --metric price"), 1, "`price` is a ratio, and a simulation compares one number of each unit"),
        (format!("power --data data --project . {october} --metric dear --n 9"), 1, "`dear` is a quantile, and the formulas plan means"),
        (format!("power --data data --project . {october} --metric spend --n 9"), 1, "did you mean `spent`?"),
        (format!("power --data data --project . {october} --n 9"), 1, "name one by --metric, or an --experiment"),
        (
            "simulate --data data --project . --from 2026-10-09 --until 2026-10-01 --metric spent".to_owned(),
            1,
            "--from 2026-10-09T00:00:00Z is not before --until 2026-10-01T00:00:00Z",
        ),
        (
            "simulate --data data --project . --from 2025-10-01 --until 2025-10-09 --metric spent --entry visit".to_owned(),
            1,
            "no `user` had an event `visit` from 2025-10-01T00:00:00Z on and before 2025-10-09T00:00:00Z in data",
        ),
        ("simulate --data data --project . --metric spent".to_owned(), 2, "--from <MOMENT>"),
        ("simulate --units past.csv --binary bought".to_owned(), 2, "--unit <COLUMN>"),
        ("simulate --units past.csv --unit user".to_owned(), 2, "--binary <COLUMN>|--continuous <COLUMN>"),
        ("simulate --runs 3".to_owned(), 2, "--units <FILE>|--data <DIR>"),
        ("simulate --units past.csv --unit user --binary bought --project .".to_owned(), 2, "--experiment <ID>"),
    ] {
        let (found, said) = fails(folder.path(), &arguments.split(' ').collect::<Vec<_>>());
        assert!(found == code && said.contains(expected), "{arguments}: {found} {said}");
    }
}
