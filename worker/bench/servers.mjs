// What the measured worker stands beside: a bare worker on a workerd of its own, a control server, a site.
import { createServer } from "node:http";
import { once } from "node:events";
import { Miniflare } from "miniflare";

/** A worker of one module. @param {string} script @param {Record<string, string>} [bindings] @param {object} [options] of Miniflare */
export async function startBare(script, bindings = {}, options = {}) {
  const runtime = new Miniflare({ modules: true, script, bindings, compatibilityDate: "2026-04-01", host: "127.0.0.1", telemetry: { enabled: false }, cf: false, ...options });
  return { runtime, url: (await runtime.ready).href.replace(/\/$/, ""), stop: () => runtime.dispose() };
}

/** A server on loopback. @param {import("node:http").RequestListener} listener */
export async function serve(listener) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Publishes the ruleset and acknowledges events. @param {Uint8Array} ruleset */
export function serveControl(ruleset) {
  return serve((request, response) => {
    if (request.url === "/v1/ruleset") {
      const isKnown = request.headers["if-none-match"] === '"one"';
      return void response.writeHead(isKnown ? 304 : 200, { etag: '"one"' }).end(isKnown ? undefined : ruleset);
    }
    request.resume().on("end", () => response.writeHead(202).end('{"accepted":0,"duplicate":[],"rejected":[]}'));
  });
}
