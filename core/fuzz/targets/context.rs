//! A ruleset with everything in it, asked with any bytes as a time and an encoded context.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| edgewise_core_fuzz::context(bytes));
