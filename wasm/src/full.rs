//! What the lite build leaves out: compiling documents, and explanations.

use crate::{Evaluator, error, evaluator::milliseconds};
use edgewise_core::{Trace, document::Document};
use js_sys::{Array, Object, Uint8Array};
use serde::{Deserialize as _, Serialize};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

/// Turns a document into ruleset bytes.
///
/// # Errors
///
/// An `Error` named `shape` where the object is no document, or `content` where the document contradicts itself.
#[wasm_bindgen]
pub fn compile(document: Object) -> Result<Uint8Array, JsValue> {
    // By way of a plain value: straight from the JavaScript object, unknown fields would go unnoticed.
    let plain: serde_json::Value = serde_wasm_bindgen::from_value(document.into()).map_err(shape)?;
    let document = Document::deserialize(plain).map_err(shape)?;
    let bytes = edgewise_core::compile(&document);
    bytes.map(|bytes| bytes.as_slice().into()).map_err(|fault| error::named("content", &fault.to_string()))
}

#[wasm_bindgen]
impl Evaluator {
    /// The steps of one experiment's evaluation, as objects; none where there is no such experiment.
    ///
    /// # Errors
    ///
    /// None that core's steps could cause: every one of them is a plain object.
    #[wasm_bindgen(js_name = explainExperiment)]
    pub fn explain_experiment(&self, experiment: usize, now: f64) -> Result<Array, JsValue> {
        let mut trace = Trace::default();
        if let Some(experiment) = self.ruleset.experiment(experiment) {
            experiment.assign(&self.context(), milliseconds(now), &mut trace);
        }
        steps(&trace)
    }

    /// The steps of one flag's evaluation, as objects; none where there is no such flag.
    ///
    /// # Errors
    ///
    /// None that core's steps could cause: every one of them is a plain object.
    #[wasm_bindgen(js_name = explainFlag)]
    pub fn explain_flag(&self, flag: usize, now: f64) -> Result<Array, JsValue> {
        let mut trace = Trace::default();
        if let Some(flag) = self.ruleset.flag(flag) {
            flag.evaluate(&self.context(), milliseconds(now), &mut trace);
        }
        steps(&trace)
    }
}

fn steps(trace: &Trace) -> Result<Array, JsValue> {
    trace.serialize(&Serializer::json_compatible())?.dyn_into()
}

fn shape(fault: impl core::fmt::Display) -> JsValue {
    error::named("shape", &format!("not a document: {fault}; `edgewise build --document FILE` writes one"))
}
