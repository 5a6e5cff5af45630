// The Yew example: two people in a room by the crate alone; and nothing of rejoin's in the exports of what depends on it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test as plain } from "node:test";
import { yewPage } from "../../scripts/lib/paths.mjs";
import { browserNames, until } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { test } from "../support/test.mjs";
import { openWindow } from "./call-page.mjs";
import { listen, watch } from "./senses.mjs";
import { shared } from "./shared.mjs";

for (const name of browserNames) {
  test(`two pages of the Yew example see, hear and read each other, and one sees the other go, in ${name}`, async (t) => {
    const server = await startServer(t);
    const room = randomUUID();
    const pages = await Promise.all([0, 1].map(() => openWindow(t, shared(name), `${server.url}/yew/?room=${room}`)));
    const [a, b] = pages;
    await Promise.all(pages.map((page) => reads(page, ".person figcaption", "connected")));
    await Promise.all(pages.map((page) => reads(page, ".status", "Others here: 1.")));
    await Promise.all(pages.flatMap((page) => [
      page.evaluate(watch, "#me video"), page.evaluate(watch, ".person video"), page.evaluate(listen, ".person video"),
    ]));

    for (const [from, to] of [[a, b], [b, a]]) {
      const text = `hello ${randomUUID()}`;
      await from.type(".chat input", text);
      await from.click(".chat form button");
      await Promise.all([reads(from, ".chat li:last-child", `You ${text}`), reads(to, ".chat li:last-child", text)]);
    }

    await a.evaluate(() => (window.tracks = document.querySelector("#me video").srcObject.getTracks()));
    await a.click("#leave");
    await until(b, "the other gone", () => document.querySelectorAll(".person").length === 0, { ms: 2_000 });
    await reads(b, ".status", "Nobody else is here");
    await until(a, "camera and microphone given back", () => window.tracks.every(({ readyState }) => readyState === "ended"));
    assert.deepEqual(pages.flatMap(({ errors }) => errors), []);
  });
}

plain("what depends on the crate exports nothing of the crate's", () => {
  const module = new WebAssembly.Module(readFileSync(join(yewPage, "yew_call_bg.wasm")));
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  // Besides the memory and the example's start, wasm-bindgen's own: allocation, the table of objects, calls of closures, the end by a panic.
  const known = /^(memory|start|__(wbindgen|externref)_[a-z_]+|__abort_handler|__instance_terminated|wasm_bindgen__convert__closures_+invoke__h[0-9a-f]+)$/;
  assert.deepEqual(names.filter((name) => !known.test(name)), []);
  const types = readFileSync(join(yewPage, "yew_call.d.ts"), "utf8");
  const told = [...types.matchAll(/^export (?:default )?(?:declare )?(?:abstract )?\w+ (\w+)/gm)].map(([, name]) => name).sort();
  assert.deepEqual(told, ["InitInput", "InitOutput", "SyncInitInput", "__wbg_init", "initSync", "start"]);
});

/** Waits until an element with this text is there. */
function reads(page, selector, text) {
  const isThere = (selector, text) => [...document.querySelectorAll(selector)].some((element) => element.textContent.includes(text));
  return until(page, `"${text}" in ${selector}`, isThere, { ms: 20_000, args: [selector, text] });
}
