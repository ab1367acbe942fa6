/** The unmodified OpenFeature web SDK and OFREP provider, beside the package's provider and hook. */
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeature, ProviderEvents } from "@openfeature/web-sdk";
import * as edgewise from "../../src/index.js";
import { EdgewiseProvider, ExposureHook } from "../../src/openfeature.js";

export const page = { edgewise, OpenFeature, ProviderEvents, OFREPWebProvider, EdgewiseProvider, ExposureHook };

Object.assign(globalThis, page);
