// The page itself: keyboard, narrow screens, the link.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { until } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { test } from "../support/test.mjs";
import { CallPage, talk } from "./call-page.mjs";
import { pair, shared } from "./shared.mjs";

test("a call can be made, written in and ended with the keyboard alone", async (t) => {
  const server = await startServer(t);
  const room = randomUUID();
  const a = await CallPage.open(t, shared("chromium"), server, room);
  const b = await CallPage.open(t, shared("chromium"), server, room);
  await b.start();

  await tabTo(a, "startButton");
  await a.page.keyboard.press("Enter");
  await a.reaches("ready");
  await hasFocus(a, "callButton");
  await a.page.keyboard.press("Enter");
  await a.reaches("connected");
  await hasFocus(a, "hangupButton");
  await until(a.page, "an open chat", () => !document.getElementById("chatInput").disabled);
  await tabTo(a, "chatInput");
  await a.page.keyboard.type("by hand");
  await a.page.keyboard.press("Enter");
  await b.reads("by hand");
  await tabTo(a, "hangupButton");
  await a.page.keyboard.press("Space");
  await b.reaches("ready", { ms: 1_000 });
  await hasFocus(a, "callButton");
});

test("nothing is cut off on a phone of 360 pixels", async (t) => {
  const server = await startServer(t);
  const { a, b } = await pair(t, server);
  await a.page.setViewport({ width: 360, height: 640 });
  await b.page.setViewport({ width: 640, height: 360 });
  await fits(a, ["startButton", "callButton", "leaveButton", "muteButton", "cameraButton", "copyLinkButton", "connectionState"]);
  await a.call();
  await talk(a, b);
  await fits(a, ["hangupButton", "muteButton", "cameraButton", "chatInput", "chatSend", "connectionState"]);
  await fits(b, ["hangupButton", "muteButton", "cameraButton", "chatInput", "chatSend", "connectionState"]);
});

test("the link is copied", async (t) => {
  const server = await startServer(t);
  const a = await CallPage.open(t, shared("chromium"), server, "tea-at-five");
  await a.page.browserContext().overridePermissions(server.url, ["clipboard-read", "clipboard-sanitized-write"]);
  await a.page.bringToFront();
  await a.press("copyLinkButton");
  await until(a.page, "the word that it is done", () => document.getElementById("copyLinkButton").textContent.includes("copied"));
  assert.equal(await a.page.evaluate(() => navigator.clipboard.readText()), `${server.url}/call/?room=tea-at-five`);
});

async function tabTo({ page }, id) {
  for (let steps = 0; steps < 30; steps++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((id) => document.activeElement?.id === id, id)) return;
  }
  throw new Error(`the Tab key does not lead to #${id}`);
}

function hasFocus({ page }, id) {
  return until(page, `the focus on #${id}`, (id) => document.activeElement?.id === id, { args: [id] });
}

/** Nothing to scroll sideways, and all that is shown of these is within the window's width. */
async function fits({ page }, ids) {
  const cut = await page.evaluate((ids) => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const outside = ids.filter((id) => {
      const { left, right } = document.getElementById(id).getBoundingClientRect();
      return left < 0 || right > clientWidth;
    });
    return scrollWidth > clientWidth ? [...outside, `${scrollWidth} > ${clientWidth}`] : outside;
  }, ids);
  assert.deepEqual(cut, []);
}
