//! Any text as a condition.

#![no_main]

use edgewise_control_fuzz::condition;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| condition(text));
