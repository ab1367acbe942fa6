/** A React application under strict mode, which renders and mounts everything twice. */
import { StrictMode } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import * as edgewise from "../../src/index.js";
import { App, counted } from "./app.js";

Object.assign(globalThis, {
  edgewise,
  counted,
  render: (page: edgewise.Page, bootstrap?: edgewise.Evaluations) => {
    const root = document.querySelector("#root")!;
    const app = (
      <StrictMode>
        <App page={page} {...(bootstrap && { bootstrap })} />
      </StrictMode>
    );
    if (root.firstChild) hydrateRoot(root, app, { onRecoverableError: (error) => counted.errors.push(String(error)) });
    else createRoot(root).render(app);
  },
});
