//! What a ruleset is asked about: unit ids and attributes, from JSON or from an exposure.

mod replay;

pub use edgewise_core::json::JsonContext;
pub use replay::ReplayContext;
