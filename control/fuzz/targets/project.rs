//! Any bytes as a file of a project.

#![no_main]

use edgewise_control_fuzz::project;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| project(bytes));
