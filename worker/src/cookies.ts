/** Cookies: RFC 6265. */

/** The value of the request's cookie of this name; undefined where it sends none. */
export function cookieOf(request: Request, name: string): string | undefined {
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at >= 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

/** A first-party cookie that no script reads, over HTTPS alone where the page came by it. 0 seconds: it is taken back. */
export function setCookie(name: string, value: string, seconds: number, url: URL): string {
  return `${showCookie(name, value, seconds, url)}; HttpOnly`;
}

/** The same, but for scripts of the site to read. */
export function showCookie(name: string, value: string, seconds: number, url: URL): string {
  const secure = url.protocol === "https:" ? "; Secure" : "";
  return `${name}=${value}; Path=/; Max-Age=${Math.floor(seconds)}; SameSite=Lax${secure}`;
}
