import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const BUILT = fileURLToPath(new URL("../../target/debug/edgewise", import.meta.url));

/** Where the `edgewise` binary is: where the environment says, or where `make build` puts it. */
export function edgewiseBinary() {
  const binary = process.env.EDGEWISE_BIN ?? BUILT;
  if (!existsSync(binary)) throw new Error(`there is no ${binary}: run \`make build\``);
  return binary;
}
