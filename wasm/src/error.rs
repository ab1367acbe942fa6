//! Errors on their way to the host, which makes its own classes of them: the name is the code.

use edgewise_core::RulesetError;
use wasm_bindgen::prelude::*;

// Declared here rather than taken from `js-sys`, whose support for promises would be half of the lite build's glue.
#[wasm_bindgen]
extern "C" {
    type Error;

    #[wasm_bindgen(constructor)]
    fn new(message: &str) -> Error;

    #[wasm_bindgen(method, setter)]
    fn set_name(this: &Error, name: &str);
}

/// A ruleset was refused.
#[allow(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
pub(crate) fn refused_ruleset(error: RulesetError) -> JsValue {
    let code = match error {
        RulesetError::NotARuleset => "not_a_ruleset",
        RulesetError::Truncated { .. } => "truncated",
        RulesetError::TrailingBytes { .. } => "trailing_bytes",
        RulesetError::TooLarge { .. } => "too_large",
        RulesetError::Version { .. } => "version",
        RulesetError::DigestMismatch { .. } => "digest_mismatch",
        RulesetError::Directory { .. } => "directory",
        RulesetError::Record { .. } => "record",
        _ => "refused",
    };
    named(code, &error.to_string())
}

/// A JavaScript `Error` with this name and message.
pub(crate) fn named(name: &str, message: &str) -> JsValue {
    let error = Error::new(message);
    error.set_name(name);
    error.into()
}
