/**
 * Variants that somebody wants to see in this browser: for looking at a page, never for counting. They come by a signed
 * link, which the edge worker holds the visitor's pages to as well, or were chosen here and count for this browser's
 * scripts alone.
 */
import { readCookie } from "./cookies.js";
import type { Evaluations } from "./remote.js";
import type { Storage } from "./storage.js";

/** Experiment to variant. */
export type ForcedVariants = Readonly<Record<string, string>>;

/** A signed link that this visitor came by, and whose time is not up. */
export interface ForcedLink {
  readonly variants: ForcedVariants;
  /** Whether {@link Page.force} chooses for the edge worker as well. */
  readonly mayChoose: boolean;
}

const KEY = "forced";

/** What the edge worker shows of the link; its own cookie beside this one is for no script to read. */
const COOKIE = "edgewise_forced";

/** The cookie's content: `choose` is where the holder may choose. */
interface Shown {
  readonly forced: ForcedVariants;
  readonly choose: string | undefined;
}

export class Forcing {
  #chosen: ForcedVariants;
  #evaluated: ForcedVariants | undefined;

  constructor(private readonly storage: Storage) {
    this.#chosen = variantsIn(parse(storage.get(KEY)));
  }

  /** All of them. The link's count first, so that scripts show what the edge worker's pages show. */
  get variants(): ForcedVariants {
    return { ...this.#chosen, ...this.link?.variants };
  }

  get link(): ForcedLink | undefined {
    const cookie = shown();
    const variants = cookie?.forced ?? this.#evaluated;
    return variants && { variants, mayChoose: cookie?.choose !== undefined };
  }

  /** What the edge worker had to force when it evaluated this. */
  evaluated(by: Evaluations | undefined): void {
    const { forced } = by?.metadata ?? {};
    this.#evaluated = typeof forced === "string" ? variantsIn(parse(forced)) : undefined;
  }

  /** Null: the variant as drawn. Throws where a link decides, or the edge worker refuses. */
  async choose(experiment: string, variant: string | null): Promise<void> {
    const path = shown()?.choose;
    if (path !== undefined) await chooseEverywhere(path, experiment, variant);
    else if (experiment in (this.link?.variants ?? {})) {
      throw new Error(`a signed link forces ${experiment}; open the page with ?edgewise_force=off to end it`);
    }
    const { [experiment]: _before, ...others } = this.#chosen;
    this.#chosen = variant === null || path !== undefined ? others : { ...others, [experiment]: variant };
    if (Object.keys(this.#chosen).length > 0) this.storage.set(KEY, JSON.stringify(this.#chosen));
    else this.storage.remove(KEY);
  }
}

/** The edge worker answers with cookies, and shows by one of them what is forced then. */
async function chooseEverywhere(path: string, experiment: string, variant: string | null): Promise<void> {
  const response = await fetch(path, { method: "POST", body: JSON.stringify({ experiment, variant }) });
  if (response.ok) return;
  const { message } = (await response.json().catch(() => ({}))) as { message?: string };
  throw new Error(`the edge worker forces nothing: ${message ?? `status ${response.status}`}`);
}

function shown(): Shown | undefined {
  const cookie = readCookie(COOKIE);
  if (!cookie) return undefined;
  const { forced, choose } = (parse(cookie, decodeURIComponent) ?? {}) as { forced?: unknown; choose?: unknown };
  const isPath = typeof choose === "string" && /^\/(?!\/)/.test(choose);
  return { forced: variantsIn(forced), choose: isPath ? choose : undefined };
}

/** Any script of the site can write to cookies and storage. */
function parse(text: string | undefined, decode = (coded: string): string => coded): unknown {
  try {
    return JSON.parse(decode(text ?? "null"));
  } catch {
    return null;
  }
}

function variantsIn(value: unknown): ForcedVariants {
  const pairs = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(pairs.filter((pair) => typeof pair[1] === "string"));
}
