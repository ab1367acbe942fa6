//! Compiling documents, and explanations. Both keep nothing between two calls.

use crate::milliseconds;
use edgewise_core::{
    EncodedContext, Ruleset, Trace,
    document::{Audience, Document},
};
use js_sys::{Object, Uint8Array};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    type Error;

    #[wasm_bindgen(constructor)]
    fn new(message: &str) -> Error;

    #[wasm_bindgen(method, setter)]
    fn set_name(this: &Error, name: &str);
}

/// Turns a document into ruleset bytes, for servers or for clients.
///
/// # Errors
///
/// An `Error` named `shape` where the object is no document, or `content` where the document contradicts itself.
#[wasm_bindgen]
pub fn compile(document: Object, for_clients: bool) -> Result<Uint8Array, JsValue> {
    let document: Document =
        serde_wasm_bindgen::from_value(document.into()).map_err(|fault| shape(&fault))?;
    let audience = if for_clients { Audience::Client } else { Audience::Server };
    let bytes = edgewise_core::compile_for(&document, audience);
    bytes.map(|bytes| bytes.as_slice().into()).map_err(|fault| named("content", &fault.to_string()))
}

/// The steps of the evaluation of one experiment (question 0) or one flag, as objects; none where there is neither.
///
/// # Errors
///
/// None that a ruleset could cause which the evaluator has loaded.
#[wasm_bindgen]
pub fn explain(
    ruleset: &[u8],
    context: &[u8],
    question: u32,
    index: usize,
    now: f64,
) -> Result<JsValue, JsValue> {
    let ruleset = Ruleset::read(ruleset).map_err(|refusal| named("ruleset", &refusal.to_string()))?;
    let context = EncodedContext::new(context, &ruleset);
    let mut trace = Trace::default();
    if question == 0 {
        if let Some(experiment) = ruleset.experiment(index) {
            experiment.assign(&context, milliseconds(now), &mut trace);
        }
    } else if let Some(flag) = ruleset.flag(index) {
        flag.evaluate(&context, milliseconds(now), &mut trace);
    }
    Ok(trace.serialize(&Serializer::json_compatible())?)
}

fn shape(fault: &serde_wasm_bindgen::Error) -> JsValue {
    named("shape", &format!("not a document: {fault}; `edgewise build --document FILE` writes one"))
}

/// A JavaScript `Error` with this name and message.
fn named(name: &str, message: &str) -> JsValue {
    let error = Error::new(message);
    error.set_name(name);
    error.into()
}
