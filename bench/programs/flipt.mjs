// The slim build, with the module beside the program instead of inside it: the smallest that Flipt offers.
import { FliptClient } from "@flipt-io/flipt-client-js/slim";
import { openFlipt } from "../flipt-client.mjs";

const configuration = await fetch("configuration");
const client = await openFlipt(FliptClient, await configuration.text(), { wasm: "engine.wasm" });
globalThis.assign = (...unit) => client.variantOf(client.one(client.subject(...unit), "checkout-button"));
