//! Any bytes as a ruleset, as they are, under a right header, and as alterations of a right one.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| edgewise_core_fuzz::ruleset(bytes));
