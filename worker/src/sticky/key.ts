/** The name of a unit in a store: ids may be long, and stand in no store's list of keys. */
export async function unitKey(type: string, id: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(id)));
  return `${type}/${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
