/**
 * OpenFeature in web pages (`@openfeature/web-sdk`): a provider over a {@link Page}, and a hook for those who evaluate
 * by OFREP. Both tell an exposure when a flag is used, which is when a client is asked for it.
 */
export { EdgewiseProvider } from "./openfeature/provider.js";
export type { ProviderOptions } from "edgewise/openfeature";
export { ExposureHook } from "./openfeature/hook.js";
export type { ExposureHookOptions } from "./openfeature/hook.js";
