//! The golden ruleset, asked with any bytes as a time and an encoded context.

#![no_main]

use edgewise_core::Ruleset;
use edgewise_core_fuzz::ask_everything;
use libfuzzer_sys::fuzz_target;

static GOLDEN: &[u8] = include_bytes!("../../../vectors/golden.edgewise");

fuzz_target!(|bytes: &[u8]| {
    let ruleset = Ruleset::read(GOLDEN).expect("core/tests/vectors.rs reads it too");
    if let Some((now, context)) = bytes.split_first_chunk() {
        ask_everything(&ruleset, context, i64::from_le_bytes(*now));
    }
});
