//! The WebAssembly instance itself.

use wasm_bindgen::prelude::*;

/// The memory that all pointers lie in.
///
/// This is also the call after [`replace_instance`] that makes the new instance: it hands over nothing that could
/// still belong to the old one.
#[wasm_bindgen(js_name = linearMemory)]
pub fn linear_memory() -> JsValue {
    wasm_bindgen::memory()
}

/// Has the next call make a new instance of the same module. After a trap the memory of the old one may hold anything.
#[wasm_bindgen(js_name = replaceInstance)]
pub fn replace_instance() {
    wasm_bindgen::handler::schedule_reinit();
}
