/** Tags on the OpenTelemetry span that is active, where the application has OpenTelemetry. */
import type { trace } from "@opentelemetry/api";

const api: { readonly trace: typeof trace } | undefined = await import("@opentelemetry/api").catch(() => undefined);

/** One attribute an experiment, so that runs within one span do not hide each other. */
export function tagSpan(experiment: string, variant: string | null, digest: string | undefined): void {
  const span = api?.trace.getActiveSpan();
  if (!span || variant === null) return;
  span.setAttribute(`edgewise.experiment.${experiment}`, variant);
  if (digest !== undefined) span.setAttribute("edgewise.ruleset", digest);
}
