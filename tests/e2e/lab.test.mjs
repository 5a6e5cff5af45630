// The panel that breaks the connection and tells how it heals.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
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
    for (const line of ["trouble: ", "state: reconnecting · rebuild", "connection 2 opened", "state: connected"]) {
      await a.shows(line);
    }
    await a.page.keyboard.press("Escape");
    await talk(a, b);
  });

  test(`silence is noticed and gets over, the picture stays and what was said arrives, in ${browser}`, async (t) => {
    const server = await startServer(t);
    const { a, b } = await pair(t, server, [browser, browser]);
    await a.call();
    await talk(a, b);
    const seen = await a.page.evaluateHandle(() => {
      const video = document.getElementById("remoteVideo");
      const seen = { stream: video.srcObject, pauses: 0, isSame: () => video.srcObject === seen.stream };
      video.addEventListener("pause", () => (seen.pauses += 1));
      return seen;
    });
    await a.press("labButton");
    await a.press("silenceButton");
    await a.page.keyboard.press("Escape");
    const [fromA, fromB] = [randomUUID(), randomUUID()];
    await Promise.all([a.say(fromA), b.say(fromB)]);
    await a.press("labButton");
    await a.shows("reconnecting · grace · silent");
    await Promise.all([a.reads(fromB), b.reads(fromA)]);
    await a.page.keyboard.press("Escape");
    await talk(a, b);
    assert.deepEqual(await seen.evaluate(({ pauses, isSame }) => [pauses, isSame()]), [0, true]);
    // Once each.
    for (const [page, text] of [[a, fromB], [b, fromA]]) {
      assert.equal((await page.text("chatLog")).split(text).length, 2);
    }
  });
}
