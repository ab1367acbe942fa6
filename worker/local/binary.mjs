/** Where the `edgewise` binary is: `make build` builds it. */
import { fileURLToPath } from "node:url";

export const EDGEWISE = process.env.EDGEWISE_BIN ?? fileURLToPath(new URL("../../target/debug/edgewise", import.meta.url));
