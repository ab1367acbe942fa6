import type { ReactElement } from "react";
import type { Evaluations, Page } from "../../src/index.js";
import { EdgewiseProvider, useFlag, usePage, useVariant } from "../../src/react.js";

/** What happened while the application was rendered. */
export const counted = { renders: 0, errors: [] as string[] };

export function App(props: { page: Page | undefined; bootstrap?: Evaluations }): ReactElement {
  return (
    <EdgewiseProvider {...props}>
      <Button />
      <Variant />
    </EdgewiseProvider>
  );
}

function Button(): ReactElement {
  counted.renders += 1;
  const page = usePage();
  return <button onClick={() => page?.track("click")}>{useFlag("color", "blue")}</button>;
}

function Variant(): ReactElement {
  return <output>{useVariant("checkout") ?? "none"}</output>;
}
