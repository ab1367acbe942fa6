/** React hooks over a {@link Page}. Rendering exposes nobody; what is shown does, once, after it is shown. */
import { createContext, createElement, useCallback, useContext, useEffect, useMemo, useSyncExternalStore } from "react";
import type { ReactElement, ReactNode } from "react";
import type { FlagFallback, FlagId, FlagValueOr } from "edgewise/lite";
import type { Answers } from "./answers.js";
import type { Page } from "./page.js";
import type { Evaluations } from "./remote.js";
import { NO_ANSWERS, RemoteAnswers } from "./remote.js";

export interface EdgewiseProviderProps {
  /** Undefined on a server, which has no page, and wherever there is none yet: then the bootstrap answers. */
  readonly page: Page | undefined;
  /** What the page was begun with: give it on the server and in the browser, so that both render the same. */
  readonly bootstrap?: Evaluations;
  readonly children?: ReactNode;
}

interface Provided {
  readonly page: Page | undefined;
  /** What the server renders by, and the browser's first rendering. */
  readonly rendered: Answers | undefined;
}

const Provision = createContext<Provided>({ page: undefined, rendered: undefined });

/** Gives the page to the components below. */
export function EdgewiseProvider({ page, bootstrap, children }: EdgewiseProviderProps): ReactElement {
  const value = useMemo(() => ({ page, rendered: bootstrap && new RemoteAnswers(bootstrap) }), [page, bootstrap]);
  return createElement(Provision.Provider, { value }, children);
}

/** The page itself, for `track` and the like; undefined where no provider gives one. */
export function usePage(): Page | undefined {
  return useContext(Provision).page;
}

/** The flag's value, kept up to date. Showing it exposes the visitor where an experiment decides. */
export function useFlag<F extends FlagId, T extends FlagFallback<F>>(flag: F, fallback: T): FlagValueOr<F, T> {
  useExposure((page) => page.exposeFlag(flag), flag);
  return useAnswer(
    (page) => page.peek(flag, fallback),
    (answers) => answers.value<unknown>(flag, fallback) as FlagValueOr<F, T>,
  );
}

/** The variant's id, kept up to date; null: the visitor is in none. Showing it exposes the visitor. */
export function useVariant(experiment: string): string | null {
  useExposure((page) => page.exposeExperiment(experiment), experiment);
  return useAnswer(
    (page) => page.answer(experiment).variant,
    (answers) => answers.variant(experiment).variant,
  );
}

/** What the page answers now, and again whenever its answers may have changed. */
function useAnswer<T>(now: (page: Page) => T, rendered: (answers: Answers) => T): T {
  const provided = useContext(Provision);
  const { page } = provided;
  const subscribe = useCallback((changed: () => void) => page?.subscribe(changed) ?? (() => undefined), [page]);
  const first = (): T => (page && !provided.rendered ? now(page) : rendered(provided.rendered ?? NO_ANSWERS));
  return useSyncExternalStore(subscribe, () => (page ? now(page) : first()), first);
}

/**
 * Tells what is shown, after it is shown. Whenever answers may have changed it is told again, although the value may be
 * the same: a control that looks like the fallback is exposed as well. The page tells each exposure once.
 */
function useExposure(tell: (page: Page) => void, shown: string): void {
  const page = usePage();
  useEffect(() => {
    if (!page) return undefined;
    tell(page);
    return page.subscribe(() => tell(page));
    // `tell` is another function each time, of the same meaning as long as what is shown is the same.
  }, [page, shown]);
}
