/**
 * Copies of changed pages, near the visitors: one for each way that a page is changed, so that an experiment does not
 * cost a site its cache. Kept is what the site lets everybody share, and no longer than it says.
 */
import type { Call } from "../call.js";
import { etagOf, isShared, originTags } from "./validators.js";

/** The part of the runtime's cache that is used; hosts without it ask the site each time. */
interface Copies {
  match(request: Request): Promise<Response | undefined>;
  put(request: Request, response: Response): Promise<void>;
}

const copies = (globalThis as { caches?: { default?: Copies } }).caches?.default;

/** The copy of the page that these changes make, where there is one. */
export async function copyOf(request: Request, url: URL, key: string): Promise<Response | undefined> {
  if (!copies || request.method !== "GET" || request.headers.has("authorization") || request.headers.has("range")) return undefined;
  return copies.match(keyed(url, key, request.headers.get("if-none-match")));
}

/** Puts a copy aside behind the answer, where the site's own headers allow it. */
export function keep({ request, url, context }: Call, response: Response, site: Headers, key: string): Response {
  const isWhole = request.method === "GET" && response.status === 200 && !request.headers.has("authorization");
  if (!copies || !isWhole || !isShared(site)) return response;
  const copy = response.clone();
  copy.headers.delete("vary");
  const kept = copies.put(keyed(url, key, null), copy);
  context.waitUntil(kept.catch((error) => console.warn(`no copy of ${url.pathname} was kept: ${String(error)}`)));
  return response;
}

/** The request as far as the site can compare what the visitor has with its own page. */
export function conditional(request: Request, key: string): Request {
  const tags = request.headers.get("if-none-match");
  const known = tags === null ? undefined : originTags(tags, key);
  if (known === undefined) request.headers.delete("if-none-match");
  else request.headers.set("if-none-match", known);
  // Only the site's own page goes by its time.
  if (key !== "") request.headers.delete("if-modified-since");
  return request;
}

/** The response under the name of this copy, for caches that other visitors share: who gets it depends on the cookie. */
export function labelled(response: Response, key: string, changes: Readonly<Record<string, string | null>>): Response {
  const answer = new Response(response.body, response);
  const { headers } = answer;
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  const etag = headers.get("etag");
  if (key !== "") {
    if (etag !== null) headers.set("etag", etagOf(etag, key));
    headers.delete("last-modified");
    headers.delete("content-length");
    headers.delete("accept-ranges");
  }
  if (!/(^|,)\s*(\*|cookie)\s*(,|$)/i.test(headers.get("vary") ?? "")) headers.append("vary", "Cookie");
  return answer;
}

/** No address of the site's looks like this one. */
function keyed(url: URL, key: string, ifNoneMatch: string | null): Request {
  const address = new URL(url);
  address.searchParams.append("edgewise_copy", key === "" ? "own" : key);
  return new Request(address, ifNoneMatch === null ? {} : { headers: { "if-none-match": ifNoneMatch } });
}
