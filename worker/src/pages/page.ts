/**
 * The worker before a site: it hands on what the site answers, byte for byte, but for pages that an experiment changes.
 * Whatever goes wrong with experiments, the visitor gets the site's own page.
 */
import type { Context, Edgewise, ExposureEvent } from "edgewise";
import { uuidv7 } from "edgewise";
import { failure } from "../answer.js";
import type { Call } from "../call.js";
import { Exposures } from "../exposure.js";
import { FORCE } from "../forced.js";
import { cookiesOfLink } from "../forcing.js";
import type { Values } from "../values.js";
import { visit } from "../visit.js";
import type { Change } from "./changes.js";
import { visitorOf } from "./identity.js";
import { originAnswer, originRequest } from "./origin.js";
import { PagePlan } from "./plan.js";
import { canRewrite, rewritten } from "./rewriting.js";
import { conditional, copyOf, keep, labelled } from "./copies.js";
import { keyOf } from "./validators.js";

/** A page does not wait longer for a first ruleset. */
const PATIENCE_MS = 1_000;

/** What is to become of one page for one visitor. */
interface Decision {
  readonly asked: readonly string[];
  readonly exposures: readonly ExposureEvent[];
  readonly changes: readonly Change[];
  readonly headers: Readonly<Record<string, string | null>>;
  readonly redirect: string | undefined;
  /** Names the copy; "" is the origin's own. */
  readonly key: string;
  readonly cookies: readonly string[];
}

/** The answer to a request for anything but the worker's own endpoints. */
export async function answerPage(call: Call, origin: URL): Promise<Response> {
  const { request, url } = call;
  const link = await cookiesOfLink(call, Date.now());
  if (link !== undefined) return withoutLink(url, link);
  const decision = isNavigation(request) ? await decide(call) : undefined;
  try {
    return decision ? await changed(call, origin, decision) : await originAnswer(originRequest(request, url, origin));
  } catch (error) {
    console.error(`the site does not answer: ${String(error)}`);
    return failure(502, "bad_gateway", "the site behind this worker does not answer");
  }
}

/** A link to forced variants becomes cookies, and an address that can be passed on. */
function withoutLink(url: URL, cookies: readonly string[]): Response {
  const clean = new URL(url);
  clean.searchParams.delete(FORCE);
  const headers = { location: clean.href, "cache-control": "no-store" };
  return withCookies(new Response(null, { status: 302, headers }), cookies);
}

function isNavigation({ method, headers }: Request): boolean {
  return (method === "GET" || method === "HEAD") && (headers.get("accept") ?? "").includes("text/html");
}

/** What the experiments say about this page; undefined where none concerns it, or they cannot be asked. */
async function decide(call: Call): Promise<Decision | undefined> {
  const { request, url, isolate, context } = call;
  const { settings, rulesets } = isolate;
  try {
    const { held } = await rulesets.current(Date.now(), context, PATIENCE_MS);
    if (!held || !canRewrite || planOf(held).flagsAt(url.pathname).length === 0) return undefined;
    const now = Date.now();
    const visitor = visitorOf(request, url, settings.consent, uuidv7(now), now);
    const unit = settings.anonymousUnit ?? held.unitTypes.find((type) => type === "device") ?? held.unitTypes[0] ?? "";
    const values = { ...attributesOf(request, url), ...(visitor.id !== undefined && { [unit]: visitor.id }) };
    const { evaluation, headers } = await visit(call, held, values, (ruleset, asking) => changesFor(ruleset, asking, url));
    const { changes, redirect } = evaluation;
    const isChanged = changes.length > 0 || Object.keys(evaluation.headers).length > 0;
    return {
      ...evaluation,
      redirect: redirect === undefined ? undefined : elsewhere(redirect, url),
      key: isChanged ? await keyOf([changes, evaluation.headers]) : "",
      cookies: [visitor.cookie, headers["set-cookie"]].filter((cookie) => cookie !== undefined),
    };
  } catch (error) {
    console.error(`no experiments on ${url.pathname}: ${String(error)}`);
    return undefined;
  }
}

/** All flags of the page, asked and put together. */
function changesFor(ruleset: Edgewise, context: Context, { pathname }: URL) {
  const plan = planOf(ruleset);
  const answers = plan.flagsAt(pathname).map((flag) => ({ flag, answer: context.evaluate(flag.id) }));
  const found = answers.flatMap(({ answer }) => plan.changesAt(answer.value, pathname) ?? []);
  const asked = answers.flatMap(({ flag: { claimedBy }, answer: { experiment } }) =>
    experiment === null ? claimedBy : claimedBy.slice(0, claimedBy.indexOf(experiment) + 1),
  );
  return {
    asked,
    exposures: new Exposures(context).of([...new Set(asked)]),
    changes: found.flatMap(({ changes }) => changes),
    headers: Object.assign({}, ...found.map(({ headers }) => headers)) as Record<string, string | null>,
    redirect: found.find(({ redirect }) => redirect !== undefined)?.redirect,
  };
}

/** What conditions can look at: the page, and what the host and the browser say of the visitor. */
function attributesOf(request: Request, url: URL): Values {
  const { country } = (request as { cf?: { country?: string } }).cf ?? {};
  const language = request.headers.get("accept-language")?.split(/[,;]/)[0]?.trim();
  return {
    page: { path: url.pathname, host: url.hostname, query: Object.fromEntries(url.searchParams) },
    ...(country && { country }),
    ...(language && { language }),
  };
}

/** The page as decided. It is shown, and the visitor exposed, where the site has a page to change or a copy is still good. */
async function changed(call: Call, origin: URL, decision: Decision): Promise<Response> {
  const { request, url } = call;
  const { key, redirect } = decision;
  if (redirect !== undefined) {
    expose(call, decision);
    const headers = { location: redirect, "cache-control": "no-store" };
    return withCookies(new Response(null, { status: 302, headers }), decision.cookies);
  }
  const kept = await copyOf(request, url, key);
  const response = kept ?? (await originAnswer(conditional(originRequest(request, url, origin), key)));
  const isPage = response.status === 200 && (response.headers.get("content-type") ?? "").startsWith("text/html");
  if (!isPage && response.status !== 304) return response;
  expose(call, decision);
  if (kept) return withCookies(labelled(kept, "", {}), decision.cookies);
  const body = key === "" || !isPage ? response : rewritten(response, decision.changes);
  return withCookies(keep(call, labelled(body, key, decision.headers), response.headers, key), decision.cookies);
}

function expose({ isolate, context }: Call, { exposures }: Decision): void {
  for (const exposure of exposures) isolate.expose(exposure, Date.now());
  if (exposures.length > 0) context.waitUntil(isolate.shipper.drain());
}

function withCookies(response: Response, cookies: readonly string[]): Response {
  for (const cookie of cookies) response.headers.append("set-cookie", cookie);
  return response;
}

/** Where a redirect leads from here, with this page's query unless it has its own; undefined: to this page. */
function elsewhere(redirect: string, url: URL): string | undefined {
  const target = new URL(redirect, url);
  if (target.search === "") target.search = url.search;
  return target.href === url.href ? undefined : target.href;
}

const PLANS = new WeakMap<Edgewise, PagePlan>();

function planOf(ruleset: Edgewise): PagePlan {
  let plan = PLANS.get(ruleset);
  if (!plan) PLANS.set(ruleset, (plan = new PagePlan(ruleset)));
  return plan;
}
