/** The page's own cookies. */

/** The value of the cookie of this name; undefined: there is none that scripts may read. */
export function readCookie(name: string): string | undefined {
  const start = `${name}=`;
  try {
    return document.cookie.split("; ").find((pair) => pair.startsWith(start))?.slice(start.length);
  } catch {
    // A sandboxed frame has no cookies, and says so by throwing.
    return undefined;
  }
}
