/**
 * A small panel in the page for looking at variants: it lists the experiments and forces what is chosen. Forced answers
 * are never exposures. It stands in a shadow tree, with styles that a strict content security policy allows.
 */
import type { Page } from "./page.js";

const HOST = "edgewise-panel";
const DRAWN = "";

const STYLE = `
  :host { position: fixed; right: 1rem; bottom: 1rem; z-index: 2147483647; }
  section { font: 14px/1.4 system-ui, sans-serif; color: #111; background: #fff; border: 1px solid #999;
    border-radius: 6px; padding: 0.75rem; max-height: 60vh; overflow: auto; box-shadow: 0 2px 12px #0004; }
  h2 { font-size: 1rem; margin: 0 0 0.5rem; }
  label { display: flex; justify-content: space-between; gap: 1rem; margin: 0.25rem 0; }
  p { max-width: 20rem; margin: 0.5rem 0; }
  button { margin-top: 0.5rem; }
`;

/** Opens the panel, unless it is open. */
export function openPanel(page: Page): void {
  if (document.querySelector(HOST)) return;
  const host = document.createElement(HOST);
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  let problem: string | undefined;
  const show = (): void => root.replaceChildren(section(page, choose, close, problem));
  const choose: Choose = async (experiment, variant) => {
    problem = await page.force(experiment, variant).then(
      () => undefined,
      (error: Error) => error.message,
    );
    show();
  };
  const end = page.subscribe(show);
  const close = (): void => {
    end();
    host.remove();
  };
  show();
  document.body.append(host);
}

type Choose = (experiment: string, variant: string | null) => Promise<void>;

function section(page: Page, choose: Choose, close: () => void, problem: string | undefined): HTMLElement {
  const rows = page.experiments.map((experiment) => row(page, choose, experiment));
  const button = element("button", "Close");
  button.onclick = close;
  const nothing = element("p", `No variants can be forced here: the page is answered by ${page.source}.`);
  const heard = element("p", problem ?? "");
  heard.setAttribute("role", "alert");
  const panel = element("section", element("h2", "Variants"), ...(rows.length > 0 ? rows : [nothing]), heard, reach(page), button);
  panel.setAttribute("aria-label", "Forced variants");
  return panel;
}

/** One experiment: what it answers, and a choice of what it is to answer. */
function row(page: Page, choose: Choose, { id, variants }: Page["experiments"][number]): HTMLElement {
  const { variant, reason } = page.answer(id);
  const link = page.forcedLink;
  const isFixed = link?.mayChoose === false && id in link.variants;
  const drawn = id in page.forced ? "as drawn" : `as drawn: ${variant ?? `none, ${reason}`}`;
  const options = [DRAWN, ...variants].map((choice) => new Option(choice || drawn, choice));
  const select = element("select", ...options);
  select.value = page.forced[id] ?? DRAWN;
  select.disabled = isFixed;
  select.onchange = () => void choose(id, select.value === DRAWN ? null : select.value);
  return element("label", isFixed ? `${id} (by link)` : id, select);
}

/** For whom a choice counts, and how to end a link. */
function reach({ forcedLink: link }: Page): HTMLElement {
  if (!link) {
    return element("p", "Chosen for the scripts of this browser. Pages that an edge worker changes follow signed links alone.");
  }
  const off = element("a", "End the link");
  const url = new URL(location.href);
  url.searchParams.set("edgewise_force", "off");
  off.href = url.href;
  const whom = link.mayChoose
    ? "Chosen for the edge worker as well: load the page again to see what it changes. "
    : "A signed link forces variants, here and in what the edge worker changes. ";
  return element("p", whom, off);
}

function element<K extends keyof HTMLElementTagNameMap>(name: K, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}
