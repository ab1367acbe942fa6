//! Any bytes as a ruleset, as they are and under a right header. What is read without an error answers everything.

#![no_main]

use edgewise_core::{Ruleset, format::HEADER_BYTES};
use edgewise_core_fuzz::{ask_everything, with_header};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(ruleset) = Ruleset::read(bytes) {
        ask_everything(&ruleset, bytes, 0);
    }
    // A seed is a whole ruleset; its own header is replaced.
    let sealed = with_header(bytes.get(HEADER_BYTES..).unwrap_or(bytes));
    if let Ok(ruleset) = Ruleset::read(&sealed[..]) {
        ask_everything(&ruleset, bytes, i64::MAX);
        ask_everything(&ruleset, &[], i64::MIN);
    }
});
