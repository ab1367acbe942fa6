//! Text to lock and back; what is refused, and where.

use super::*;
use crate::lock::{
    Demand, ExperimentDemand, Holder, HoldoutDemand, LayerDemand, Lock, Run, SlotClaim, Standing, Weights,
    Within,
};
use crate::project::Share;
use edgewise_core::document;
use proptest::prelude::*;

fn share(text: &str) -> Share {
    Share::read(text).unwrap()
}

fn weights(shares: &[(&str, &str)]) -> Vec<(String, Share)> {
    shares.iter().map(|(variant, text)| ((*variant).to_owned(), share(text))).collect()
}

fn experiment(id: &str, weights: Weights) -> ExperimentDemand {
    ExperimentDemand {
        run: Run { experiment: id.into(), iteration: 1 },
        salt: format!("experiment:{id}@1"),
        unit: "user".into(),
        strategy: document::Strategy::Hash,
        standing: Standing::Serving,
        weights,
        scoped: [].into(),
        claim: None,
        holdouts: Vec::new(),
    }
}

/// A lock with one of everything.
fn lock() -> Lock {
    let halves = Weights::Variants(weights(&[("control", "50%"), ("warm", "50%")]));
    let claim = |layer: &str| Some(SlotClaim { layer: layer.into(), share: share("20%") });
    let layer = |id: &str, within| LayerDemand {
        id: id.into(),
        salt: format!("layer:{id}"),
        unit: "user".into(),
        within,
    };
    let within = Within { layer: "exclusive/user".into(), share: share("30%"), domain: "pages".into() };
    let bandit = Weights::Bandit { floor: share("10%"), weights: weights(&[("7", "40%"), ("null", "60%")]) };
    let factors = Weights::Factors(vec![
        ("color".into(), weights(&[("blue", "1/2"), ("red", "1/2")])),
        ("size".into(), weights(&[("big", "1/3"), ("small", "2/3")])),
    ]);
    let demand = Demand {
        seeds: [("default".into(), 7)].into(),
        holdouts: vec![HoldoutDemand {
            id: "quarter".into(),
            salt: "holdout:quarter".into(),
            unit: "user".into(),
        }],
        layers: vec![layer("exclusive/user", None), layer("pages", Some(within))],
        experiments: vec![
            ExperimentDemand {
                claim: claim("exclusive/user"),
                holdouts: vec!["quarter".into()],
                scoped: [("staging".into(), Weights::Variants(weights(&[("control", "1"), ("warm", "0")])))]
                    .into(),
                ..experiment("greeting", halves.clone())
            },
            ExperimentDemand {
                salt: "experiment:\"odd\" \\salt é \u{85}\u{2028}\t".into(),
                ..experiment("007:x", bandit)
            },
            ExperimentDemand { claim: claim("pages"), ..experiment("grid", factors) },
            ExperimentDemand { strategy: document::Strategy::Random, ..experiment("calls", halves) },
        ],
    };
    let (lock, _) = Lock::default().follow(&demand).unwrap();
    let odd = Run { experiment: "007:x".into(), iteration: 1 };
    let published = weights(&[("7", "30%"), ("null", "70%")]);
    lock.publish(&odd, None, &published).unwrap().0
}

#[test]
fn what_is_written_is_read_back() {
    assert_eq!(Lock::read(&lock().write()), Ok(lock()));
    assert_eq!(Lock::read(&Lock::default().write()), Ok(Lock::default()));
}

#[test]
fn the_text_is_sorted_and_in_blocks_that_a_merge_can_take_apart() {
    let text = lock().write();
    let fingerprint = text.split("default: ").nth(1).unwrap().get(..18).unwrap();
    let expected = format!(
        r#"version: 2
seeds:
  default: {fingerprint}
holdouts:
  quarter:
    salt: holdout:quarter
    unit: user
layers:
  exclusive/user:
    salt: layer:exclusive/user
    unit: user
    experiments:
      greeting: [0..200000]
    domains:
      pages: [200000..500000]
  pages:
    salt: layer:pages
    unit: user
    experiments:
      grid: [0..200000]
experiments:
  "007:x@1":
    salt: "experiment:\"odd\" \\salt é \U00000085\U00002028\U00000009"
    unit: user
    floor: 100000
    fixed:
      "7": [0..100000]
      "null": [400000..500000]
    weights:
      "7": 300000
      "null": 700000
    buckets:
      "7": [0..300000]
      "null": [300000..1000000]
  calls@1:
    salt: experiment:calls@1
    unit: user
    source: nonce
    buckets:
      control: [0..500000]
      warm: [500000..1000000]
  greeting@1:
    salt: experiment:greeting@1
    unit: user
    holdouts: [holdout:quarter]
    buckets:
      control: [0..500000]
      warm: [500000..1000000]
    scopes:
      staging:
        buckets:
          control: [0..1000000]
  grid@1:
    salt: experiment:grid@1
    unit: user
    factors:
      color:
        blue: [0..500000]
        red: [500000..1000000]
      size:
        big: [0..333333]
        small: [333333..1000000]
"#
    );
    assert_eq!(text.split_once("version").map(|(_, rest)| format!("version{rest}")), Some(expected));
}

#[test]
fn version_1_is_read() {
    let text = "version: 1\nexperiments:\n  greeting@2:\n    salt: experiment:greeting@2\n    buckets:\n      \
                control: [0..500000]\n      warm: [500000..1000000]\n";
    let lock = Lock::read(text).unwrap();
    let entry = lock.entry(&Run { experiment: "greeting".into(), iteration: 2 }).unwrap();
    assert_eq!(entry.origin.unit, None);
    assert_eq!(entry.draw(&[]).ranges().len(), 2);
    assert_eq!(Lock::read("version: 1\nexperiments: {}\n"), Ok(Lock::default()));
}

#[test]
fn what_is_no_lock_says_why_and_where() {
    let text = lock().write();
    let line = |needle: &str| text.lines().position(|line| line.contains(needle)).map(|line| line + 1);
    let with = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        Lock::read(&text.replacen(from, to, 1)).unwrap_err()
    };
    let cases = [
        (with("version: 2", "version: 9"), line("version"), Flaw::Version(9)),
        (with("version: 2", "<<<<<<< HEAD\nversion: 2"), line("version"), Flaw::Conflict),
        (with("grid@1:", "grid:"), line("grid@1"), Flaw::Key("grid".into())),
        (with("grid@1:", "grid@01:"), line("grid@1"), Flaw::Key("grid@01".into())),
        (with("grid@1:", "grid@0:"), line("grid@1"), Flaw::Key("grid@0".into())),
        (with("blue: [0..500000]", "blue: [0..499999]"), line("red:"), Flaw::Gap(499_999)),
        (with("small: [333333..1000000]", "small: [333333..999999]"), line("small:"), Flaw::Gap(999_999)),
        (
            with("blue: [0..500000]", "blue: [0..500001]"),
            line("red:"),
            Flaw::Overlap { bucket: 500_000, one: "blue".into(), other: "red".into() },
        ),
        (with("0..333333", "0..1000001"), line("big:"), Flaw::Range("0..1000001".into())),
        (with("0..333333", "5..5"), line("big:"), Flaw::Range("5..5".into())),
        (with("source: nonce", "source: nounce"), line("source"), Flaw::Source("nounce".into())),
        (
            with("pages: [200000..500000]", "pages: [199999..500000]"),
            line("pages:"),
            Flaw::Slot {
                layer: "exclusive/user".into(),
                slot: 199_999,
                one: Holder::Experiment("greeting".into()),
                other: Holder::Domain("pages".into()),
            },
        ),
        (
            with("\"7\": 300000", "\"7\": 300001"),
            line("floor"),
            Flaw::Bandit("`7` has 300000 buckets and the weight 300001".into()),
        ),
        (
            with("floor: 100000", "floor: 99999"),
            line("floor"),
            Flaw::Bandit("`7` has 100000 fixed buckets, and the floor is 99999".into()),
        ),
        (
            with("\"7\": [0..100000]", "\"7\": [250000..350000]"),
            line("floor"),
            Flaw::Bandit("the fixed bucket 300000 of `7` is not its own".into()),
        ),
        (
            with("    floor: 100000\n", ""),
            line("007:x"),
            Flaw::Bandit("`fixed` and `weights` are a bandit's, and it has no `floor`".into()),
        ),
        (with("    factors:\n", "    floor: 5\n    factors:\n"), line("grid@1"), Flaw::Draw("grid@1".into())),
        (with("calls@1", "grid@1"), line("  grid@1"), Flaw::Form("duplicate mapping key: grid@1".into())),
        (with("default: \"", "default: \"x"), line("default"), {
            let digits = text.split("default: \"").nth(1).unwrap();
            Flaw::Fingerprint(format!("x{}", &digits[..16]))
        }),
    ];
    for (error, line, flaw) in cases {
        assert_eq!(error, LockError { line, flaw });
        assert!(error.to_string().starts_with(&format!("line {}: ", line.unwrap())));
    }
    let error = with("    unit: user\n    source", "    units: user\n    source");
    assert!(matches!(error.flaw, Flaw::Form(_)), "{error}");
    assert_eq!(error.line, line("calls@1").map(|line| line + 2), "{error}");
    assert!(matches!(with("version: 2", "version: [2").flaw, Flaw::Form(_)));
    assert!(matches!(Lock::read("").unwrap_err().flaw, Flaw::Form(_)));
}

#[test]
fn the_line_of_an_error_is_found_in_the_text() {
    let text = "one\ntwo\nthree";
    let at = |line| LockError { line, flaw: Flaw::Conflict }.line(text).map(|span| &text[span]);
    assert_eq!(
        [at(Some(1)), at(Some(2)), at(Some(3)), at(Some(4)), at(Some(0)), at(None)],
        [Some("one"), Some("two"), Some("three"), None, None, None]
    );
}

/// One edit of a text: of its bytes or of its lines.
#[derive(Clone, Debug)]
enum Edit {
    Put(usize, char),
    Cut(usize, usize),
    Digit(usize, u8),
    Copy(usize, usize),
    Drop(usize),
    Join(usize),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let at = || 0..4096_usize;
    let characters =
        prop::sample::select("\0\t\n :-[]{},&*!|>%@#\"'.0é\u{85}\u{feff}a".chars().collect::<Vec<_>>());
    let edit = prop_oneof![
        (at(), characters).prop_map(|(at, character)| Edit::Put(at, character)),
        (at(), 1..40_usize).prop_map(|(at, length)| Edit::Cut(at, length)),
        (at(), 0..10_u8).prop_map(|(at, digit)| Edit::Digit(at, digit)),
        (at(), at()).prop_map(|(from, to)| Edit::Copy(from, to)),
        at().prop_map(Edit::Drop),
        at().prop_map(Edit::Join),
    ];
    prop::collection::vec(edit, 1..5)
}

fn edited(text: &str, edit: &Edit) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let within = |at: usize, length: usize| at % length.max(1);
    match *edit {
        Edit::Put(at, character) => characters.insert(within(at, characters.len()), character),
        Edit::Cut(at, length) => {
            let start = within(at, characters.len());
            let end = (start + length).min(characters.len());
            characters.drain(start..end);
        }
        Edit::Digit(at, digit) => {
            let digits: Vec<_> =
                (0..characters.len()).filter(|at| characters[*at].is_ascii_digit()).collect();
            if let Some(place) = digits.get(within(at, digits.len())) {
                characters[*place] = char::from(b'0' + digit);
            }
        }
        Edit::Copy(from, to) => {
            if let Some(line) = lines.get(within(from, lines.len())).copied() {
                lines.insert(within(to, lines.len()), line);
            }
            return lines.concat();
        }
        Edit::Drop(at) => {
            if !lines.is_empty() {
                lines.remove(within(at, lines.len()));
            }
            return lines.concat();
        }
        Edit::Join(at) => {
            let at = within(at, lines.len());
            return lines
                .iter()
                .enumerate()
                .map(|(index, line)| if index == at { line.trim_end() } else { line })
                .collect();
        }
    }
    characters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// An error, or a lock that is whole and the same after another round.
    #[test]
    fn any_text_is_an_error_or_a_lock(edits in edits()) {
        let text = edits.iter().fold(lock().write(), |text, edit| edited(&text, edit));
        match Lock::read(&text) {
            Ok(lock) => prop_assert_eq!(Lock::read(&lock.write()), Ok(lock)),
            Err(error) => prop_assert!(!error.to_string().is_empty() && !error.help().is_empty()),
        }
    }

    #[test]
    fn any_name_survives(id in "\\PC{1,8}", salt in any::<String>(), variant in any::<String>()) {
        let halves = weights(&[(&variant, "1/2"), ("the other", "1/2")]);
        let demand = Demand {
            experiments: vec![ExperimentDemand { salt, ..experiment(&id, Weights::Variants(halves)) }],
            ..Demand::default()
        };
        let (lock, _) = Lock::default().follow(&demand).unwrap();
        prop_assert_eq!(Lock::read(&lock.write()), Ok(lock));
    }
}
