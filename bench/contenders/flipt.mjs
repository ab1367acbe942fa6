// A Rust engine as WebAssembly behind serde; attributes are texts there.
import { FliptClient } from "@flipt-io/flipt-client-js";
import { openFlipt } from "../flipt-client.mjs";

export const title = "Flipt (WebAssembly)";
export const configuration = "flipt";

export function open(text) {
  return openFlipt(FliptClient, text);
}
