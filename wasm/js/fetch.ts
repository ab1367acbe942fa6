/** Fetches a module in a browser. */
export async function fetchModule(url: URL): Promise<WebAssembly.Module> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: the evaluator is not there`);
  // Not compileStreaming: it refuses what a server sends under another MIME type, and these files are small.
  return WebAssembly.compile(await response.arrayBuffer());
}
