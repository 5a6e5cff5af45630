// The server dies and comes back: a call does not care, and a new one works.
import assert from "node:assert/strict";
import { launch } from "../support/browser.mjs";
import { Server } from "../support/server.mjs";
import { test } from "../support/test.mjs";
import { CallPage, pair, talk } from "./call-page.mjs";

test("a call goes on while the server is dead, and a new call works when it is back", async (t) => {
  const server = await Server.start();
  t.after(() => server.stop());
  const { a, b } = await pair(t, server);
  await a.call();
  await talk(a, b);

  await server.kill();
  await Promise.all([a.isTold(/server is away/i), b.isTold(/server is away/i)]);
  await talk(a, b);

  await server.restart();
  await Promise.all([a.isToldNothing(), b.isToldNothing()]);
  await talk(a, b);
  await a.press("hangupButton");
  await b.reaches("ready", { ms: 1_000 });
  await b.call();
  await talk(a, b);
});

test("a hang-up while the server is dead is seen at once, and both find each other when it is back", async (t) => {
  const server = await Server.start();
  t.after(() => server.stop());
  const { a, b } = await pair(t, server);
  await a.call();
  await talk(a, b);
  await server.kill();
  await a.press("hangupButton");
  await b.reaches("ready", { ms: 1_000 });
  await server.restart();
  await b.call();
  await talk(a, b);
});

test("a start while the server is away waits for it", async (t) => {
  const server = await Server.start();
  t.after(() => server.stop());
  const browser = await launch(t, "chromium");
  const a = await CallPage.open(browser, server);
  await server.kill();
  await a.press("startButton");
  await a.isTold(/server does not answer/i);
  assert.match(await a.text("connectionState"), /Waiting for the server/);
  await server.restart();
  await a.reaches("ready");
  await a.isToldNothing();
});

test("a start that waits for the server can be cancelled", async (t) => {
  const server = await Server.start();
  t.after(() => server.stop());
  const browser = await launch(t, "chromium");
  const a = await CallPage.open(browser, server);
  await server.kill();
  await a.press("startButton");
  await a.reaches("joining");
  await a.rememberDevices();
  await a.press("leaveButton");
  await a.reaches("idle");
  await a.devicesAreReleased();
});
