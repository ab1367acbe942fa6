/** The site behind the worker. */

/** The visitor's request, to the site's own address; redirects are for the visitor to follow. */
export function originRequest(request: Request, url: URL, origin: URL): Request {
  const target = new URL(`${origin.pathname.replace(/\/$/, "")}${url.pathname}${url.search}`, origin);
  const handedOn = new Request(target, new Request(request, { redirect: "manual" }));
  handedOn.headers.set("x-forwarded-host", url.host);
  handedOn.headers.set("x-forwarded-proto", url.protocol.slice(0, -1));
  return handedOn;
}

/** What the site answers, untouched. */
export function originAnswer(request: Request): Promise<Response> {
  return fetch(request);
}
