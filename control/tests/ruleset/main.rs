//! `edgewise ruleset dump` and `diff`: what they say of real rulesets, and that the shares are those of real units.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../binary/mod.rs"]
mod binary;
mod changes;
mod diff;
mod documents;
mod dump;
mod shares;

/// The time of all comparisons.
const NOW: [&str; 2] = ["--now", "2026-02-01T00:00:00Z"];
/// The same in milliseconds, computed by `date --date=2026-02-01T00:00:00Z +%s`.
const NOW_MILLISECONDS: i64 = 1_769_904_000_000;

fn assert_says(said: &str, lines: &[&str]) {
    for line in lines {
        assert!(said.lines().any(|found| found.trim() == *line), "{line:?} is not in\n{said}");
    }
}
