/**
 * Which cached copy of a page is which. A changed page is another representation than the origin's, so its ETag has the
 * changes' key in it, and a visitor who moved to another variant is not told that the old copy is still good.
 */

/** Names what is done to a page: equal changes have equal keys; "" stands for none. */
export async function keyOf(changes: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(changes));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Weak, because the rewritten bytes may differ where the meaning does not. */
export function etagOf(origin: string, key: string): string {
  if (key === "") return origin;
  const opaque = origin.replace(/^W\//, "").replace(/^"|"$/g, "");
  return `W/"${opaque}~${key}"`;
}

/** Of the tags that a visitor has, those that the origin can compare: of this key's copies, under the origin's names. */
export function originTags(ifNoneMatch: string, key: string): string | undefined {
  const tags = ifNoneMatch.split(",").map((tag) => tag.trim());
  const ours = tags.flatMap((tag) => {
    const [, opaque, suffix = ""] = /^(?:W\/)?"(.*?)(?:~([0-9a-f]{16}))?"$/.exec(tag) ?? [];
    if (opaque === undefined || suffix !== key) return [];
    return key === "" ? [tag] : [`"${opaque}"`, `W/"${opaque}"`];
  });
  return ours.length > 0 ? ours.join(", ") : undefined;
}

/** Whether every visitor may get the same copy, as the origin says. */
export function isShared(headers: Headers): boolean {
  const control = headers.get("cache-control") ?? "";
  const vary = (headers.get("vary") ?? "accept-encoding").toLowerCase().trim();
  if (/private|no-store|no-cache/i.test(control) || headers.has("set-cookie") || vary !== "accept-encoding") return false;
  return /s-maxage=[1-9]/i.test(control) || (/public/i.test(control) && /max-age=[1-9]/i.test(control));
}
