/**
 * Hearing of new rulesets: the worker's server-sent events, in the form of OFREP 0.3 (open-feature/protocol, ADR-0008). An
 * event says only that there is something new; what, has to be asked for.
 */
import type { EventStreamEntry } from "./remote.js";

/** Listens while the page is visible, and calls `changed` for each new ruleset. Call what it returns to end that. */
export function follow(url: URL, changed: () => void): () => void {
  let stream: EventSource | undefined;
  const listen = (): void => {
    if (document.visibilityState === "hidden") stream?.close();
    else if (!stream || stream.readyState === EventSource.CLOSED) {
      // Whoever comes back may have missed something.
      if (stream) changed();
      stream = new EventSource(url);
      stream.onmessage = ({ data }) => {
        if (isRefetch(data)) changed();
      };
    }
  };
  document.addEventListener("visibilitychange", listen);
  listen();
  return () => {
    document.removeEventListener("visibilitychange", listen);
    stream?.close();
  };
}

/** The address of the stream that a bulk evaluation announces, if it does. */
export function announced(
  body: { readonly eventStreams?: readonly unknown[] } | undefined,
  workerUrl: string | undefined,
): URL | undefined {
  const streams = (body?.eventStreams ?? []) as readonly EventStreamEntry[];
  const sse = streams.find(({ type }) => type === "sse");
  const path = sse?.url ?? sse?.endpoint?.requestUri;
  const origin = new URL(sse?.endpoint?.origin ?? workerUrl ?? location.href, location.href);
  return path !== undefined && URL.canParse(path, origin) ? new URL(path, origin) : undefined;
}

function isRefetch(data: unknown): boolean {
  try {
    return (JSON.parse(String(data)) as { type?: unknown } | null)?.type === "refetchEvaluation";
  } catch {
    return false;
  }
}
