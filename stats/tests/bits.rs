//! The results of `examples/bits` have the bits of `vectors/stats/bits.txt`, at any number of threads.
//!
//! After a change that is meant to change them: `BLESS=1 cargo run --package edgewise-stats --example bits`.

#[path = "../examples/bits/areas/mod.rs"]
mod areas;
#[path = "../examples/bits/digest.rs"]
mod digest;
#[path = "../examples/bits/golden.rs"]
mod golden;

use std::error::Error;

#[test]
fn every_result_has_the_golden_bits() -> Result<(), Box<dyn Error>> {
    let computed = areas::compute(&[1, 2, 3])?;
    let differences: Vec<String> = golden::differences(&computed).into_iter().map(|(_, what)| what).collect();
    assert!(
        differences.is_empty(),
        "{}\nif these are meant to differ, vectors/stats/bits.txt should be:\n{}",
        differences.join("\n"),
        golden::text(&computed),
    );
    Ok(())
}

#[test]
fn one_bit_of_one_number_is_another_digest() -> Result<(), Box<dyn Error>> {
    let of = |numbers: &[f64]| -> Result<u64, Box<dyn Error>> {
        let mut digest = digest::Digest::new();
        digest.fold(numbers)?;
        Ok(digest.get())
    };
    assert_ne!(of(&[1.0, 2.0])?, of(&[1.0, 2.0_f64.next_up()])?);
    assert_ne!(of(&[0.0])?, of(&[-0.0])?);
    assert_ne!(of(&[1.0, 2.0])?, of(&[2.0, 1.0])?);
    Ok(())
}
