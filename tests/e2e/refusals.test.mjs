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
  const a = await CallPage.open(t, browser, server);
  await a.page.browserContext().overridePermissions(server.url, []);
  await a.press("startButton");
  await a.isTold(/does not let this page use camera and microphone/);
  await a.reaches("idle");
  await a.choose("Join without");
  await a.reaches("ready");
});

test("Firefox: a refused permission is explained", async (t) => {
  if (!browserNames.includes("firefox")) return t.skip("Firefox is not asked for");
  const server = await startServer(t);
  const prefs = { "media.navigator.permission.disabled": false, "permissions.default.camera": 2, "permissions.default.microphone": 2 };
  const browser = await launch(t, "firefox", { prefs });
  const a = await CallPage.open(t, browser, server);
  await a.press("startButton");
  await a.isTold(/does not let this page use camera and microphone/);
});

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
