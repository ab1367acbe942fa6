// Compiles the package, and bundles the tests beside it.
import { bundleTests, compile } from "../build.mjs";

compile(import.meta.dirname);
await bundleTests(import.meta.dirname);
