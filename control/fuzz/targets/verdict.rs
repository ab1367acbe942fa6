//! Any bytes as a verdict.

#![no_main]

use edgewise_control_fuzz::verdict;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| verdict(bytes));
