//! The report over results with every part present: well-formed, whole in itself, true to the numbers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod sample;

use edgewise_analysis::report;

/// Writes the sample where it can be looked at.
#[test]
#[ignore = "for looking at: cargo test --test report -- --ignored"]
fn a_sample_to_look_at() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(folder.join("report.html"), report::html(&sample::rich())).unwrap();
    std::fs::write(folder.join("report.md"), report::markdown(&sample::rich())).unwrap();
}
