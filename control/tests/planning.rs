//! `edgewise sample-size`, `power` and `simulate` as a user runs them, against numbers that others computed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod binary;

use binary::{fails, works};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

fn json_of(folder: &Path, arguments: &str) -> Value {
    let arguments: Vec<&str> = arguments.split(' ').chain(["--output", "json"]).collect();
    serde_json::from_str(&works(folder, &arguments)).unwrap()
}

fn refused(folder: &Path, arguments: &str) -> (i32, String) {
    fails(folder, &arguments.split(' ').collect::<Vec<_>>())
}

fn near(value: &Value, expected: f64, relative: f64) {
    let value = value.as_f64().unwrap_or_else(|| panic!("{value} is no number, {expected} was expected"));
    assert!((value / expected - 1.0).abs() < relative, "{value} is not {expected}");
}

/// statsmodels 0.15.0. Rates: the root of `power_proportions_2indep(diff, prop2, n, ratio=1, alpha=0.05)` − power; means:
/// `TTestIndPower().solve_power(effect_size, alpha, power, ratio, alternative)`, whose pooled t is Welch's where variances
/// and sizes are equal. Margins: scipy 1.17.1, (z + z)²·2v/m².
#[test]
fn sample_sizes_are_those_of_statsmodels() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, per_variant) in [
        ("--rate 5% --mde 2%", 752_700.619_575_9),
        ("--rate 0.05 --mde 0.1pp", 752_700.619_575_9),
        ("--mean 20 --sd 35 --mde 2%", 120_186.636_921_2),
        ("--mean 20 --sd 35 --mde 0.4", 120_186.636_921_2),
        ("--ratio 20 --sd 35 --mde -0.4", 120_186.636_921_2),
        ("--mean 20 --sd 35 --mde 2% --cuped-correlation -0.6", 76_919.793_367_9),
        ("--mean 20 --sd 35 --mde 2% --cluster-size 20 --icc 0.05", 234_363.029_639_3),
        ("--mean 20 --sd 35 --mde 2% --sided one --power 90%", 131_134.588_948_6),
        ("--mean 20 --sd 35 --mde -2% --sided one --direction decrease --power 0.9", 131_134.588_948_6),
        ("--rate 10% --equivalence 1pp", 15_414.925_231_2),
        ("--rate 10% --margin 0.5pp", 56_511.934_087_3),
    ] {
        let answer = json_of(folder.path(), &format!("sample-size {arguments}"));
        near(&answer["exact"], 2.0 * per_variant, 1e-6);
        assert_eq!(answer["schema_version"], 1);
    }
    // Three variants share the level: alpha = 0.025.
    let three = json_of(folder.path(), "sample-size --mean 20 --sd 35 --mde 2% --variants 3");
    near(&three["exact"], 3.0 * 145_547.114_063_5, 1e-6);
    assert_eq!(three["units"].as_array().unwrap().len(), 3);
    // Two thirds in the control: n of the larger one, 180,279.8, and half as many. There Welch's degrees of freedom are
    // fewer than the pooled ones.
    let weighted = json_of(folder.path(), "sample-size --mean 20 --sd 35 --mde 2% --weights 2,1");
    near(&weighted["exact"], 1.5 * 180_279.795_318_8, 1e-5);
}

#[test]
fn days_are_whole_weeks() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = "sample-size --rate 5% --mde 2% --per-day 30000 --share 50% --window 7";
    let answer = json_of(folder.path(), arguments);
    // 1,505,402 units / 15,000 a day and 7 days: 107.36, which is sixteen weeks begun.
    near(&answer["duration"]["days"], 1_505_402.0 / 15_000.0 + 7.0, 1e-12);
    assert_eq!(answer["duration"]["days_in_whole_weeks"], 112);
    let power = json_of(
        folder.path(),
        "power --rate 5% --mde 2% --days 107.37 --per-day 30000 --share 50% --window 7",
    );
    near(&power["effect"]["power"], 0.8, 1e-3);
}

#[test]
fn looks_take_more_at_most_and_less_on_average() {
    let folder = tempfile::tempdir().unwrap();
    let exact = |more: &str| {
        json_of(folder.path(), &format!("sample-size --mean 20 --sd 35 --mde 2%{more}"))["exact"]
            .as_f64()
            .unwrap()
    };
    // rpact: getDesignGroupSequential(kMax = 5, alpha = 0.025, beta = 0.2)'s inflation factor, typeOfDesign OF and P.
    for (boundary, inflation) in [("obrien-fleming", 1.028_41), ("pocock", 1.228_59)] {
        let factor = exact(&format!(" --looks 5 --boundary {boundary}")) / exact("");
        assert!((factor - inflation).abs() < 1e-5, "{factor}");
    }
    assert!((exact(" --looks 1") / exact("") - 1.0).abs() < 1e-9);
    let answer = json_of(folder.path(), "sample-size --mean 20 --sd 35 --mde 2% --looks 5 --boundary pocock");
    assert!(answer["expected_total"].as_f64().unwrap() < exact(""), "{}", answer["expected_total"]);
    // The power of as many units is the power that they were planned for.
    let arguments =
        format!("power --mean 20 --sd 35 --mde 2% --looks 5 --boundary pocock --n {}", answer["total"]);
    near(&json_of(folder.path(), &arguments)["effect"]["power"], 0.8, 1e-5);
}

/// statsmodels 0.15.0: `power_proportions_2indep(0.01, 0.1, 10000)`, `TTestIndPower().power`. Smallest effects: the root
/// of scipy 1.17.1's `nct.sf(c, df, d·√(n/2)) + nct.cdf(-c, df, d·√(n/2))` − power with `c = t.isf(0.025, df)`: both tails,
/// as in statsmodels' power (its `solve_power` stops 6e-5 away from the root).
/// The golden number is by mpmath: the n at which δ/se is the half width in standard errors, √(2(nρ² + 1)/(nρ²) ·
/// ln(√(nρ² + 1)/α)), and z(0.8) more.
#[test]
fn a_confidence_sequence_takes_more_units_than_one_look() {
    let folder = tempfile::tempdir().unwrap();
    let total = |more: &str| {
        let answer = json_of(folder.path(), &format!("sample-size --mean 10 --sd 20 --mde 5%{more}"));
        answer["total"].as_f64().unwrap()
    };
    let units = total(" --anytime 50000");
    assert!((units - 97_404.8).abs() <= 6.0, "{units}");
    assert!(units > 1.5 * total(""), "{units}");
    let power =
        json_of(folder.path(), &format!("power --mean 10 --sd 20 --mde 5% --anytime 50000 --n {units}"));
    near(&power["effect"]["power"], 0.8, 1e-4);
    near(&power["detectable"][0]["effect"]["lift"], 0.05, 1e-3);
    let table = works(
        folder.path(),
        &["power", "--rate", "5%", "--mde", "10%", "--n", "90000", "--anytime", "60000"],
    );
    assert!(table.contains("by a confidence sequence that is tightest at 60,000 units"), "{table}");
}

#[test]
fn power_and_smallest_effects_are_those_of_statsmodels() {
    let folder = tempfile::tempdir().unwrap();
    let rate = json_of(folder.path(), "power --rate 10% --n 20000 --mde 10%");
    near(&rate["effect"]["power"], 0.635_607_896_278_6, 1e-9);
    let mean = json_of(folder.path(), "power --mean 20 --sd 35 --n 20000 --mde 1");
    near(&mean["effect"]["power"], 0.524_053_814_494_3, 1e-9);
    let powers: Vec<&Value> = mean["detectable"].as_array().unwrap().iter().map(|at| &at["power"]).collect();
    assert_eq!(powers, [&json!(0.8), &json!(0.95)]);
    near(&mean["detectable"][0]["effect"]["difference"], 1.386_778_834_299_4, 1e-9);
    near(&mean["detectable"][1]["effect"]["difference"], 1.784_379_315_635_3, 1e-9);
    // The curve goes through the units that there are, and rises.
    let curve = mean["effect"]["curve"].as_array().unwrap();
    let point = curve.iter().find(|point| point["units"] == 20_000).unwrap();
    assert_eq!(point["power"], mean["effect"]["power"]);
    assert!(curve.windows(2).all(|pair| pair[0]["power"].as_f64() < pair[1]["power"].as_f64()));
    // So many units as each power needs have it.
    for needed in mean["effect"]["needed"].as_array().unwrap() {
        let arguments = format!("power --mean 20 --sd 35 --mde 1 --n {}", needed["total"]);
        near(&json_of(folder.path(), &arguments)["effect"]["power"], needed["power"].as_f64().unwrap(), 1e-3);
    }
    let decrease = json_of(folder.path(), "power --rate 10% --n 20000 --direction decrease");
    assert!(decrease["detectable"][0]["effect"]["difference"].as_f64().unwrap() < 0.0);
    assert_eq!(decrease["effect"], Value::Null);
}

const UNITS: &str = "who,won,above,below\na,1,3,10\nb,0,1,5\nc,0,0,2\nd,1,4,9\nd,0,0,0\ne,,2,4\n";

#[test]
fn a_baseline_is_measured_on_past_units() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("past.csv"), UNITS).unwrap();
    let of = |metric: &str| {
        json_of(folder.path(), &format!("power --units past.csv --unit who {metric} --n 1000"))
    };
    assert_eq!(of("--binary won")["baseline"], 0.5);
    assert_eq!(of("--continuous above")["baseline"], 2.0);
    let ratio = of("--numerator above --denominator below");
    near(&ratio["baseline"], 10.0 / 30.0, 1e-12);
    // numpy 2: var(above - below/3, ddof=1) / mean(below)**2 = 0.61111111 / 36
    let deviation = (0.611_111_111_111_111_f64 / 36.0).sqrt();
    let plain = json_of(folder.path(), &format!("power --ratio {} --sd {deviation} --n 1000", 10.0 / 30.0));
    near(
        &ratio["detectable"][0]["effect"]["difference"],
        plain["detectable"][0]["effect"]["difference"].as_f64().unwrap(),
        1e-9,
    );
    let (code, said) =
        refused(folder.path(), "power --units past.csv --unit who --continuous won --n 10 --mde 1 --alpha 0");
    assert_eq!(code, 2, "{said}");
    let (code, said) = refused(folder.path(), "power --units past.csv --unit who --binary above --n 10");
    assert_eq!(code, 1);
    assert!(said.contains("line 2, column `above`") && said.contains("true, false, 1 or 0"), "{said}");
}

#[test]
fn what_is_wrong_is_told_with_the_argument_and_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, code, said) in [
        (
            "--rate 5 --mde 2%",
            2,
            "'--rate <SHARE>': 5 does not lie strictly between 0 and 1: write 5% or 0.05",
        ),
        ("--rate 5% --mde much", 2, "'--mde <EFFECT>': neither a share of the baseline such as `2%`"),
        ("--rate 5%", 2, "--mde <EFFECT>|--margin <AMOUNT>|--equivalence <AMOUNT>"),
        ("--mde 2%", 2, "--rate <SHARE>|--mean <NUMBER>"),
        ("--mean 3 --mde 2%", 2, "--sd <NUMBER>"),
        ("--mean 3 --sd -1 --mde 2%", 2, "'--sd <NUMBER>': the number is -1; it must be finite and above 0"),
        ("--rate 5% --mde 0%", 1, "--mde is 0: no number of units tells that from no difference at all"),
        (
            "--mean 0 --sd 1 --mde 2%",
            1,
            "--mde is 2% of the baseline, and the baseline is 0 help: give it in the metric's unit",
        ),
        ("--rate 5% --mde 2", 1, "--mde takes the baseline from 0.05 to 2.05, which the metric cannot be"),
        (
            "--rate 5% --mde -2% --sided one",
            1,
            "a one-sided test towards an increase never finds an effect of -2%",
        ),
        ("--rate 5% --mde 2% --variants 1", 1, "--variants: the allocation has 1 variants"),
        ("--rate 5% --mde 2% --weights 1,0", 1, "--weights: variant 1 has the weight 0"),
        ("--rate 5% --mde 2% --looks 0", 1, "there are 0 looks"),
        ("--rate 5% --mde 2% --per-day -3", 1, "--per-day: the traffic is -3 new units a day"),
        (
            "--rate 5% --mde 2% --cuped-correlation 1",
            1,
            "--cuped-correlation: the correlation with the covariate is 1",
        ),
        (
            "--rate 5% --mde 2% --cluster-size 0.5 --icc 0.1",
            1,
            "--cluster-size, --cluster-variation, --icc: clusters of 0.5",
        ),
        ("--rate 5% --margin 1% --anytime 50000", 1, "--margin and --equivalence are planned for one look"),
        ("--rate 5% --equivalence 1% --looks 3", 1, "--equivalence is planned for one look"),
        ("--mean 1e9 --sd 1e9 --mde 1e-9", 1, "the number of units cannot be computed"),
    ] {
        let (exit, message) = refused(folder.path(), &format!("sample-size {arguments}"));
        assert_eq!(exit, code, "{arguments}: {message}");
        assert!(message.contains(said), "{arguments}: {message}");
    }
    let (code, said) = refused(folder.path(), "power --rate 5% --n 3 --mde 2%");
    assert_eq!(code, 1);
    assert!(said.contains("the power cannot be computed: a variant has fewer than two units"), "{said}");
}

/// A table of past units: 1,500 visitors, half of whom spend.
fn past() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let row = |unit: u64| format!("u_{unit},{},{}", unit % 2, (unit % 2) * (unit * 37 % 101));
    let rows: Vec<String> = (0..1_500).map(row).collect();
    let rows = rows.join("\n");
    fs::write(folder.path().join("past.csv"), format!("user,won,spent\n{rows}\n,1,2\nu_3,1,5\nu_x,,\n"))
        .unwrap();
    folder
}

#[test]
fn past_units_are_simulated() {
    let folder = past();
    let arguments =
        "simulate --units past.csv --unit user --continuous spent --runs 200 --effect 20% --looks 3";
    let simulation = json_of(folder.path(), arguments);
    assert_eq!((&simulation["schema_version"], &simulation["units"]), (&json!(1), &json!(1_500)));
    let codes: Vec<&Value> = simulation["exclusions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|exclusion| &exclusion["exclusion"])
        .collect();
    assert_eq!(codes, ["missing_unit", "missing_number", "repeated_unit"]);
    let false_positives = &simulation["no_effect"][0]["false_positives"];
    assert_eq!(false_positives["of"], 200);
    assert!(false_positives["p"].as_f64().unwrap() > 0.001, "{false_positives}");
    let found = &simulation["planted"]["comparisons"][0];
    assert!(
        (found["power"]["rate"].as_f64().unwrap() - found["formula"].as_f64().unwrap()).abs() < 0.12,
        "{found}"
    );
    near(&simulation["planted"]["lift"], 0.2, 1e-4);
    assert_eq!(simulation["peeking"]["looks"], 3);
    assert_eq!(json_of(folder.path(), arguments), simulation, "a seed gives the same results");
    assert_ne!(json_of(folder.path(), &format!("{arguments} --seed 2")), simulation);
    let text = works(folder.path(), &arguments.split(' ').collect::<Vec<_>>());
    assert!(text.contains("Nothing differs") && text.contains("keeps its level on these data"), "{text}");
}

#[test]
fn an_experiments_own_buckets_and_level_are_simulated() {
    let folder = past();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    file("edgewise.yaml", "seed: \"9f86d081884c7d65\"\nunits: [user]\n");
    file("metrics/order.yaml", "id: order\nkind: binary\nevent: order\n");
    file(
        "experiments/tone.yaml",
        "id: tone\nstatus: running\nalpha: 0.1\nvariants: [{ id: warm, weight: 30% }, { id: plain, control: true, weight: 70% }]\nmetrics: { primary: [order] }\n",
    );
    let arguments =
        "simulate --units past.csv --unit user --binary won --runs 100 --project . --experiment tone";
    let simulation = json_of(folder.path(), arguments);
    assert_eq!(simulation["alpha"], 0.1);
    let variants = json!([
        { "variant": "plain", "share": 0.7, "is_control": true },
        { "variant": "warm", "share": 0.3, "is_control": false },
    ]);
    assert_eq!(simulation["variants"], variants);
    let (code, said) = refused(folder.path(), &arguments.replace("tone", "tune"));
    assert_eq!(code, 1);
    assert!(said.contains("there is no experiment `tune`"), "{said}");
}

#[test]
fn what_cannot_be_simulated_is_told() {
    let folder = past();
    for (arguments, code, said) in [
        ("--continuous spent --looks 1", 1, "takes 2 to 1000 looks, and there are 1"),
        ("--continuous spent --effect 0", 1, "--effect: the effect is 0"),
        ("--binary won --effect 300%", 1, "takes the rate 0.5 out of 0 to 1"),
        ("--binary won --weights 1", 1, "a control and at least one other variant"),
        ("--binary won --share 0%", 1, "the share of the units that enter is 0"),
        ("--binary spent", 1, "column `spent`"),
        ("--continuous cost", 1, "there is no column `cost`; there are user, won, spent"),
        ("--continuous spent --arrival won", 1, "a moment, such as"),
        ("--continuous spent --runs 0", 2, "'--runs <COUNT>'"),
        ("--continuous spent --experiment tone", 2, "--project <DIR>"),
    ] {
        let (exit, message) =
            refused(folder.path(), &format!("simulate --units past.csv --unit user {arguments}"));
        assert_eq!(exit, code, "{arguments}: {message}");
        assert!(message.contains(said), "{arguments}: {message}");
    }
}

/// Runs the guide's blocks in its order; with EDGEWISE_WRITE_GUIDE set, writes what they print into the guide.
#[test]
fn the_guide_shows_what_its_commands_print() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/planning.md");
    let guide = fs::read_to_string(&page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (mut parts, mut commands) = (Vec::new(), 0);
    for (index, part) in guide.split("```").enumerate() {
        let block = (index % 2 == 1).then(|| part.split_once('\n').unwrap());
        parts.push(match block {
            None => part.to_owned(),
            Some(("sh", script)) => {
                assert_eq!(shell(folder.path(), script), "");
                part.to_owned()
            }
            Some(("console", session)) => {
                commands += 1;
                let command = session.lines().next().unwrap();
                let printed = shell(folder.path(), command.strip_prefix("$ ").unwrap());
                format!("console\n{command}\n{printed}")
            }
            Some(_) => panic!("a block of another kind: {part}"),
        });
    }
    let written = parts.join("```");
    assert_eq!(commands, 5);
    if std::env::var_os("EDGEWISE_WRITE_GUIDE").is_some() {
        fs::write(&page, &written).unwrap();
    }
    assert_eq!(written, guide);
}

fn shell(folder: &Path, script: &str) -> String {
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_edgewise"));
    let path = format!("{}:/usr/bin:/bin", binary.parent().unwrap().display());
    let output = Command::new("sh")
        .args(["-ec", script])
        .current_dir(folder)
        .env_clear()
        .envs([("PATH", path.as_str()), ("NO_COLOR", "1"), ("LC_ALL", "C.UTF-8")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
