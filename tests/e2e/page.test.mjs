// The page itself: keyboard, narrow screens, the link.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { browserNames, until } from "../support/browser.mjs";
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
  await a.hasFocus("callButton");
  await a.page.keyboard.press("Enter");
  await a.reaches("connected");
  await a.hasFocus("hangupButton");
  await until(a.page, "an open chat", () => !document.getElementById("chatInput").disabled);
  await tabTo(a, "chatInput");
  await a.page.keyboard.type("by hand");
  await a.page.keyboard.press("Enter");
  await b.reads("by hand");
  await tabTo(a, "hangupButton");
  await a.page.keyboard.press("Space");
  await b.reaches("ready", { ms: 1_000 });
  await a.hasFocus("callButton");
});

test("who writes while the other hangs up goes on in the chat, and presses no button", async (t) => {
  const server = await startServer(t);
  const { a, b } = await pair(t, server);
  await a.call();
  await talk(a, b);
  await a.page.focus("#chatInput");
  await b.press("hangupButton");
  await a.hasFocus("chatLog");
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

for (const names of [["chromium", "chromium"], ["chromium", "firefox"]].filter((names) => names.every((name) => browserNames.includes(name)))) {
  test(`${names.join(" and ")}: a camera that is unplugged in the call and turned on again is seen again, each time`, async (t) => {
    const server = await startServer(t);
    const { a, b } = await pair(t, server, names);
    await a.call();
    await talk(a, b);
    await Promise.all([rememberStates(a), rememberStates(b)]);
    // One of the two made the offer. The page in Firefox is not told of an event that a test dispatches: there it only looks on.
    const sides = names.includes("firefox") ? [[a, b]] : [[a, b], [b, a]];
    for (const [from, to] of [...sides, ...sides]) {
      await unplug(from);
      await from.isTold(/camera was disconnected/);
      await until(to.page, "the word that there is no picture", () => document.getElementById("remoteNote").textContent !== "");
      await from.choose("Turn on");
      await from.isToldNothing();
      await from.hasFocus("muteButton");
      await Promise.all([from.sees("localVideo"), to.sees(), from.sees()]);
      await until(to.page, "nothing over the picture", () => document.getElementById("remoteNote").textContent === "");
    }
    assert.deepEqual(await Promise.all([statesSince(a), statesSince(b)]), [[], []]);
    assert.deepEqual([a.page.errors, b.page.errors], [[], []]);
  });
}

/** The camera goes: a device of the browser's own cannot be unplugged, so its track ends as by that. */
function unplug({ page }) {
  return page.evaluate(() => {
    const [camera] = document.getElementById("localVideo").srcObject.getVideoTracks();
    camera.dispatchEvent(new Event("ended"));
    camera.stop();
  });
}

function rememberStates({ page }) {
  return page.evaluate(() => {
    const shown = document.getElementById("connectionState");
    window.rememberedStates = [];
    new MutationObserver(() => {
      if (shown.dataset.state !== "connected") window.rememberedStates.push(shown.dataset.state);
    }).observe(shown, { attributes: true });
  });
}

function statesSince({ page }) {
  return page.evaluate(() => window.rememberedStates);
}

async function tabTo({ page }, id) {
  for (let steps = 0; steps < 30; steps++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((id) => document.activeElement?.id === id, id)) return;
  }
  throw new Error(`the Tab key does not lead to #${id}`);
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
