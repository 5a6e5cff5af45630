// The call: two browsers, two cameras, from one press of Call.
import assert from "node:assert/strict";
import { browserNames } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { test } from "../support/test.mjs";
import { talk } from "./call-page.mjs";
import { pair } from "./shared.mjs";

const pairs = [
  ["chromium", "chromium"],
  ["chromium", "firefox"],
].filter((names) => names.every((name) => browserNames.includes(name)));

for (const names of pairs) {
  test(`${names.join(" and ")} see, hear and read each other, hang up, and call again from the other side`, async (t) => {
    const server = await startServer(t);
      const { a, b } = await pair(t, server, names);
    await Promise.all([a.sees("localVideo"), b.sees("localVideo")]);

    await a.call();
    await talk(a, b);
    await Promise.all([a.rememberDevices(), b.rememberDevices()]);

    await a.press("hangupButton");
    await b.reaches("ready", { ms: 1_000 });
    await b.isTold(/hung up/);
    await Promise.all([a.reaches("ready"), a.devicesAreReleased(), b.devicesAreReleased()]);

    await b.call();
    await talk(a, b);
    await b.press("hangupButton");
    await a.reaches("ready", { ms: 1_000 });

    await a.call();
    await talk(a, b);
    assert.deepEqual([a.page.errors, b.page.errors], [[], []]);
  });

  test(`${names.join(" and ")}: a mute is shown on the other side`, async (t) => {
    const server = await startServer(t);
      const { a, b } = await pair(t, server, names);
    await b.call();
    await talk(a, b);
    const note = () => [...document.querySelectorAll("#remoteMicOff, #remoteCameraOff")].map((sign) => !sign.hasAttribute("hidden")).join();
    const shows = (page, wanted) => page.page.waitForFunction(`(${note})() === "${wanted}"`, { polling: 50, timeout: 5_000 });

    await a.press("muteButton");
    await shows(b, "true,false");
    await a.press("cameraButton");
    await shows(b, "true,true");
    assert.equal(await b.text("remoteNote"), "Their camera is off");
    await a.press("cameraButton");
    await a.press("muteButton");
    await shows(b, "false,false");
    await b.sees();
    await shows(a, "false,false");
  });
}

test("both press Call at the same moment, five times, and get one call each time", async (t) => {
  const server = await startServer(t);
  const { a, b } = await pair(t, server);
  for (let round = 0; round < 5; round++) {
    await Promise.all([callable(a), callable(b)]);
    const at = Date.now() + 300;
    await Promise.all([pressAt(a, at), pressAt(b, at)]);
    await talk(a, b);
    await a.press("hangupButton");
    await Promise.all([a.reaches("ready"), b.reaches("ready")]);
  }
  assert.deepEqual([a.page.errors, b.page.errors], [[], []]);
});

function callable({ page }) {
  return page.waitForSelector("#callButton:not([disabled])", { timeout: 15_000 });
}

/** Presses Call in the page at this time of the clock, which both pages share. */
function pressAt({ page }, at) {
  return page.evaluate(
    (at) =>
      new Promise((done) => {
        setTimeout(() => {
          document.getElementById("callButton").click();
          done();
        }, at - Date.now());
      }),
    at,
  );
}
