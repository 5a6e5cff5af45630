// Who comes and goes: a third person, a reload, a page that is closed.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { launch } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { test } from "../support/test.mjs";
import { CallPage, openWindow, talk } from "./call-page.mjs";
import { pair, shared } from "./shared.mjs";

test("a third person is told that the call is full, and the call goes on", async (t) => {
  const server = await startServer(t);
  const { a, b, room } = await pair(t, server);
  await a.call();
  await talk(a, b);

  const third = await CallPage.open(t, shared("chromium"), server, room);
  await third.press("startButton");
  await third.reaches("full");
  assert.equal(await third.text("connectionState"), "The call is full");
  await third.isTold(/call is full/);
  await third.choose("Try again");
  await third.reaches("full");

  await talk(a, b);
  assert.deepEqual([a.page.errors, b.page.errors], [[], []]);

  // When one of the two leaves, there is a place; it might be loaded anew, and is waited for.
  await b.page.close({ runBeforeUnload: true });
  await a.reaches("reconnecting", { ms: 6_000 });
  await a.reaches("ready", { ms: 12_000 });
  await third.choose("Try again");
  await third.reaches("ready");
  await third.call();
  await talk(a, third);
});

test("who crashed is waited for, and another who takes its place in the room is talked to", async (t) => {
  const server = await startServer(t, { args: ["--resume-window-ms", "1000"] });
  const room = randomUUID();
  const doomed = await launch(t, "chromium");
  const [a, b, third] = await Promise.all(
    [shared("chromium"), doomed, shared("chromium")].map((browser) => CallPage.open(t, browser, server, room)),
  );
  await Promise.all([a.start(), b.start()]);
  await a.call();
  await talk(a, b);

  doomed.process().kill("SIGKILL");
  await a.reaches("reconnecting", { ms: 6_000 });
  await third.press("startButton");
  for (;;) {
    await third.reaches(["full", "ready"]);
    if ((await third.text("connectionState")) !== "The call is full") break;
    await third.choose("Try again");
  }
  assert.match(await a.text("connectionState"), /trying again/);
  await third.call();
  await talk(a, third);
  assert.deepEqual([a.page.errors, third.page.errors], [[], []]);
});

test("a page that was reloaded comes back into the call by itself", async (t) => {
  const server = await startServer(t);
  const { a, b } = await pair(t, server);
  await a.call();
  await talk(a, b);

  for (const page of [a, b]) {
    await page.page.reload();
    await talk(a, b);
  }
  // The one whose page is back first calls the other.
  await Promise.all([a, b].map(({ page }) => page.reload()));
  await talk(a, b);
  assert.deepEqual([a.page.errors, b.page.errors], [[], []]);

  // Who had hung up before is in the room again, and in no call.
  await a.press("hangupButton");
  await b.reaches("ready");
  await b.page.reload();
  await b.reaches("ready");
  await a.call();
  await talk(a, b);

  // Who had left is not.
  await b.press("hangupButton");
  await b.press("leaveButton");
  await b.page.reload();
  await b.reaches("idle");
});

test("who leaves and starts again can be called again", async (t) => {
  const server = await startServer(t);
  const { a, b } = await pair(t, server);
  await a.press("leaveButton");
  await a.reaches("idle");
  await b.page.waitForSelector("#callButton:disabled", { timeout: 15_000 });
  await a.start();
  await b.call();
  await talk(a, b);
});

test("a page without ?room= makes a room nobody can guess, and the link leads into it", async (t) => {
  const server = await startServer(t);
  const first = new CallPage(await openWindow(t, shared("chromium"), `${server.url}/call/`));
  const room = new URL(first.page.url()).searchParams.get("room");
  assert.match(room, /^[\w-]{22}$/);
  const second = new CallPage(await openWindow(t, shared("chromium"), first.page.url()));
  await Promise.all([first.start(), second.start()]);
  await second.call();
  await talk(first, second);
});
