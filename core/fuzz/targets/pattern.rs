//! Any bytes as a pattern's table, and as the rows of one that is right, over any bytes as a text.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| edgewise_core_fuzz::pattern(bytes));
