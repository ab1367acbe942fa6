/** JSON answers. */

/** A JSON answer that no cache keeps: each one is about somebody. */
export function json(status: number, body: object, headers: Record<string, string> = {}): Response {
  return jsonText(status, JSON.stringify(body), headers);
}

/** The same, of a text that is JSON already. */
export function jsonText(status: number, text: string, headers: Readonly<Record<string, string>>): Response {
  return new Response(text, {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  });
}

/** An error outside OFREP: a code for programs and a message for people. */
export function failure(status: number, code: string, message: string, headers: Record<string, string> = {}): Response {
  return json(status, { code, message }, headers);
}
