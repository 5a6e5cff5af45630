// The panel that breaks the connection and tells how it heals.
import assert from "node:assert/strict";
import { browserNames } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { test } from "../support/test.mjs";
import { talk } from "./call-page.mjs";
import { pair } from "./shared.mjs";

for (const browser of browserNames) {
  test(`a connection that a person cuts heals, and the panel tells how, in ${browser}`, async (t) => {
    const server = await startServer(t);
    const { a, b } = await pair(t, server, [browser, browser]);
    await a.call();
    await talk(a, b);
    await a.breaksAndHeals();
    const told = await a.text("timelineLog");
    for (const line of ["trouble: ", "state: reconnecting · rebuild", "connection 2 opened", "state: connected"]) {
      assert.ok(told.includes(line), `"${line}" in "${told}"`);
    }
    await a.page.keyboard.press("Escape");
    await talk(a, b);
  });
}
