//! Any JSON as a document, for both audiences.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| edgewise_core_fuzz::document(bytes));
