/** Cross-origin access: the worker answers pages of every origin, and never looks at cookies. */

/** The request headers that OpenFeature clients and this worker's own extension send. */
const REQUEST_HEADERS =
  "content-type, authorization, x-api-key, if-none-match, last-event-id, x-edgewise-exposure, x-edgewise-force";

/** Without these a browser hides the headers from the OpenFeature web provider. */
const EXPOSED_HEADERS = "ETag, Retry-After";

/** A day, the longest that Firefox remembers a preflight (Chromium: two hours). */
const PREFLIGHT_SECONDS = "86400";

/** The answer to a preflight. */
export function preflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, POST, OPTIONS",
      "access-control-allow-headers": REQUEST_HEADERS,
      "access-control-max-age": PREFLIGHT_SECONDS,
    },
  });
}

/** Lets any page read the answer. */
export function allowEveryOrigin(response: Response): Response {
  response.headers.set("access-control-allow-origin", "*");
  response.headers.set("access-control-expose-headers", EXPOSED_HEADERS);
  return response;
}
