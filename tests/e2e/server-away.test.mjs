// The server dies and comes back: a call does not care, and a new one works.
import assert from "node:assert/strict";
import { startServer } from "../support/server.mjs";
import { test } from "../support/test.mjs";
import { CallPage, talk } from "./call-page.mjs";
import { pair, shared } from "./shared.mjs";

/** The longest pause between two attempts to reach the server is 15 s. */
const BACK_MS = 25_000;

test("a call goes on while the server is dead, and a new call works when it is back", async (t) => {
  const server = await startServer(t);
  const { a, b } = await pair(t, server);
  await a.call();
  await talk(a, b);

  await server.kill();
  await Promise.all([a.isTold(/server is away/i), b.isTold(/server is away/i)]);
  await talk(a, b);

  await server.restart();
  await Promise.all([a.isToldNothing({ ms: BACK_MS }), b.isToldNothing({ ms: BACK_MS })]);
  await talk(a, b);
  await a.press("hangupButton");
  await b.reaches("ready", { ms: 1_000 });
  await b.call();
  await talk(a, b);
});

test("a hang-up while the server is dead is seen within a second, and a new call works when it is back", async (t) => {
  const server = await startServer(t);
  const { a, b } = await pair(t, server);
  await a.call();
  await talk(a, b);
  await server.kill();
  await a.press("hangupButton");
  await Promise.all([a.reaches("ready"), b.reaches("ready", { ms: 1_000 })]);
  await b.isTold(/has hung up/);
  await server.restart();
  await a.isToldNothing({ ms: BACK_MS });
  await b.call();
  await talk(a, b);
});

test("a start while the server is away waits for it", async (t) => {
  const server = await startServer(t);
  const a = await CallPage.open(t, shared("chromium"), server);
  await server.kill();
  await a.press("startButton");
  await a.isTold(/server does not answer/i);
  assert.match(await a.text("connectionState"), /Waiting for the server/);
  await server.restart();
  await a.reaches("ready");
  await a.isToldNothing();
});

test("a start that waits for the server can be cancelled", async (t) => {
  const server = await startServer(t);
  const a = await CallPage.open(t, shared("chromium"), server);
  await server.kill();
  await a.press("startButton");
  await a.reaches("joining");
  await a.rememberDevices();
  await a.press("leaveButton");
  await a.reaches("idle");
  await a.devicesAreReleased();
});
