// No permission, no camera, no https: the page says what to do, and a call without them works.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { networkInterfaces } from "node:os";
import { browserNames, launch, until } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { test } from "../support/test.mjs";
import { CallPage } from "./call-page.mjs";
import { shared } from "./shared.mjs";

const FAKE_UI = "--use-fake-ui-for-media-stream";
const FAKE_DEVICE = "--use-fake-device-for-media-stream";

test("a refused permission is explained, and one can join without", async (t) => {
  const server = await startServer(t);
  const browser = await launch(t, "chromium", { without: [FAKE_UI] });
  const room = randomUUID();
  const a = await CallPage.open(t, browser, server, room);
  await a.page.browserContext().overridePermissions(server.url, []);
  await joinsWithout(t, a, server, room);
});

test("Firefox: a refused permission is explained, and one can join without", async (t) => {
  if (!browserNames.includes("firefox")) return t.skip("Firefox is not asked for");
  const server = await startServer(t);
  const prefs = { "media.navigator.permission.disabled": false, "permissions.default.camera": 2, "permissions.default.microphone": 2 };
  const browser = await launch(t, "firefox", { prefs });
  const room = randomUUID();
  await joinsWithout(t, await CallPage.open(t, browser, server, room), server, room);
});

/** It is told, and the keyboard goes on from the button of the message that is gone then, and on to Call. */
async function joinsWithout(t, page, server, room) {
  await page.press("startButton");
  await page.isTold(/does not let this page use camera and microphone/);
  assert.match(await page.text("messageAlert"), /does not let this page use/);
  await page.reaches("idle");
  await page.choose("Join without");
  await page.reaches("ready");
  await page.isToldNothing();
  await page.hasFocus("leaveButton");
  const other = await CallPage.open(t, shared("chromium"), server, room);
  await other.start();
  await page.hasFocus("callButton");
}

test("without a camera one is told, joins without, and sees and reads the other", async (t) => {
  const server = await startServer(t);
  const room = randomUUID();
  const a = await CallPage.open(t, await launch(t, "chromium", { without: [FAKE_DEVICE] }), server, room);
  const b = await CallPage.open(t, shared("chromium"), server, room);
  await b.start();
  await a.press("startButton");
  await a.isTold(/No camera or no microphone was found/);
  await a.choose("Join without");
  await a.reaches("ready");

  await a.call();
  await Promise.all([a.reaches("connected"), b.reaches("connected")]);
  await a.sees();
  await until(b.page, "a note on the missing picture", () => document.getElementById("remoteNote").textContent.includes("without a camera"));
  await a.say("I have no camera");
  await b.reads("I have no camera");
  await a.press("hangupButton");
  await b.reaches("ready", { ms: 1_000 });
  await b.call();
  await a.sees();
});

test("a page over http from another machine says why there is no camera", async (t) => {
  const address = Object.values(networkInterfaces()).flat().find(({ family, internal }) => family === "IPv4" && !internal)?.address;
  if (!address) return t.skip("this machine has no address but its own");
  const server = await startServer(t, { host: "0.0.0.0" });
  const a = await CallPage.open(t, shared("chromium"), { url: `http://${address}:${server.port}` });
  await a.isTold(/without encryption/);
  assert.equal(await a.text("connectionState"), "Not started");
  await a.choose("Join without");
  await a.reaches("ready");
});
