import type { LoadOptions } from "./options.js";
import { Page } from "./page.js";

/**
 * Begins at once: answers come from the bootstrap that the server rendered, or else are the page's own fallbacks, until
 * the ruleset is there; `page.ready` says when.
 */
export function start(rulesetUrl: string, options: LoadOptions = {}): Page {
  return new Page(new URL(rulesetUrl, location.href), options);
}

/**
 * Begins, and waits until it is settled who answers. Never throws over a network or a ruleset: without either,
 * `page.source` is `none`, `page.problem` says why, and every flag has its fallback.
 */
export async function load(rulesetUrl: string, options: LoadOptions = {}): Promise<Page> {
  const page = start(rulesetUrl, options);
  await page.ready;
  return page;
}
