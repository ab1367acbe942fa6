// The build for workers with its JSON interface: the smallest that DevCycle offers. The runtime has BUCKETING_WASM.
import { instantiate } from "@devcycle/bucketing-assembly-script/index-worker.js";

const STRING = 2;

const configuration = await fetch("configuration");
const wasm = await instantiate();
wasm.setPlatformData(
  JSON.stringify({ platform: "EdgeWorker", platformVersion: "1", sdkType: "server", sdkVersion: "1" }),
);
wasm.setConfigData("bench", await configuration.text());
globalThis.assign = (user, country, age, plan) => {
  const subject = JSON.stringify({ user_id: user, country, customData: { age, plan } });
  return JSON.parse(wasm.variableForUser("bench", subject, "checkout-button", STRING, false)).value;
};
