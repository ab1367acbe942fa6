/** Changing HTML while it streams through: nothing waits for the end of the page. */
import type { Change } from "./changes.js";

/** What the runtime's `HTMLRewriter` hands over for each element: workerd and Bun have it. */
interface Element {
  setAttribute(name: string, value: string): Element;
  removeAttribute(name: string): Element;
  setInnerContent(content: string, options: { readonly html: boolean }): Element;
  before(content: string, options: { readonly html: boolean }): Element;
  after(content: string, options: { readonly html: boolean }): Element;
  prepend(content: string, options: { readonly html: boolean }): Element;
  append(content: string, options: { readonly html: boolean }): Element;
  replace(content: string, options: { readonly html: boolean }): Element;
  remove(): Element;
}

interface Rewriter {
  on(selector: string, handlers: { element(element: Element): void }): Rewriter;
  transform(response: Response): Response;
}

declare const HTMLRewriter: (new () => Rewriter) | undefined;

/** Whether this runtime can change pages. */
export const canRewrite = typeof HTMLRewriter !== "undefined";

/** The response with these changes made to its elements. */
export function rewritten(response: Response, changes: readonly Change[]): Response {
  if (typeof HTMLRewriter === "undefined") return response;
  const rewriter = new HTMLRewriter();
  for (const change of changes) rewriter.on(change.select, { element: (element) => apply(change, element) });
  return rewriter.transform(response);
}

/** Why these changes cannot be made; undefined: they can. */
export function problemOf(changes: readonly Change[]): string | undefined {
  if (typeof HTMLRewriter === "undefined") return undefined;
  for (const { select } of changes) {
    try {
      new HTMLRewriter().on(select, { element: () => undefined });
    } catch (error) {
      return `the selector ${JSON.stringify(select)} cannot be used on a stream: ${String(error)}`;
    }
  }
  return undefined;
}

function apply(change: Change, element: Element): void {
  if (change.kind === "text") element.setInnerContent(change.text, { html: false });
  else if (change.kind === "attribute") {
    if (change.value === null) element.removeAttribute(change.name);
    else element.setAttribute(change.name, change.value);
  } else if (change.place === "remove") element.remove();
  else if (change.place === "inside") element.setInnerContent(change.html, { html: true });
  else element[change.place](change.html, { html: true });
}
