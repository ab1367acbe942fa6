//! Any JSON as a document. What compiles can be read, compiles to the same bytes again, and answers.

#![no_main]

use edgewise_core::{Ruleset, compile, document::Document};
use edgewise_core_fuzz::ask_everything;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = serde_json::from_slice::<Document>(bytes) else { return };
    let Ok(ruleset) = compile(&document) else { return };
    assert_eq!(compile(&document).as_ref(), Ok(&ruleset));
    ask_everything(&Ruleset::read(ruleset).expect("what compiles can be read"), bytes, 0);
});
