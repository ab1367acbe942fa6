//! The digests that every platform must come to.

use crate::areas::Area;

/// A line for each area: its name, and its digest in hexadecimal.
const GOLDEN: &str = include_str!("../../../vectors/stats/bits.txt");

/// Each area that differs from the golden file: its line there (counted from 1), and what is wrong.
pub(crate) fn differences(computed: &[Area]) -> Vec<(usize, String)> {
    let mut differences = Vec::new();
    let mut compared = 0;
    for (line, golden) in (1..).zip(GOLDEN.lines()) {
        let (name, expected) = golden.split_once(' ').unwrap_or((golden, ""));
        let mut found = false;
        for area in computed.iter().filter(|area| area.name == name) {
            (found, compared) = (true, compared + 1);
            let given = format!("{:016x}", area.digest);
            if given != expected {
                differences
                    .push((line, format!("{name} on {}: {given} instead of {expected}", area.threads())));
            }
        }
        if !found {
            differences.push((line, format!("{name} was not computed")));
        }
    }
    if compared < computed.len() {
        differences.push((GOLDEN.lines().count() + 1, String::from("an area is not in the golden file")));
    }
    differences
}

/// What the golden file should be.
pub(crate) fn text(computed: &[Area]) -> String {
    let lines = computed.iter().filter(|area| area.threads == 1);
    lines.map(|area| format!("{} {:016x}\n", area.name, area.digest)).collect::<Vec<_>>().concat()
}
