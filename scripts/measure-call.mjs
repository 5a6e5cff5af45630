// `npm run measure`: how long it takes from pressing Call to the first frame of the other side, in the demo's pages.
//
//   npm run measure -- 20             so many calls for each pair (10 by default), each with fresh pages
//   npm run measure -- chromium       the Chromium pair alone
import { fileURLToPath } from "node:url";
import { browsers as known } from "./lib/browsers.mjs";
import { isolated } from "./lib/namespace.mjs";
import { buildPackage } from "./lib/package.mjs";
import { run } from "./lib/run.mjs";
import { assembleSite, buildServer } from "./lib/site.mjs";
import { main, step } from "./lib/step.mjs";

/** Says that this is the process inside the network namespace. */
const INSIDE = "--inside";
const words = process.argv.slice(2).filter((word) => word !== INSIDE);
const runs = Number(words.find((word) => /^\d+$/.test(word)) ?? 10);
const names = Object.keys(known).filter((name) => words.includes(name));
const pairs = [
  ["chromium", "chromium"],
  ["chromium", "firefox"],
  ["firefox", "chromium"],
].filter((pair) => names.length === 0 || pair.every((name) => names.includes(name)));

await main(async () => {
  if (!process.argv.includes(INSIDE)) {
    await buildPackage();
    await buildServer();
    await assembleSite();
    const [command, args] = isolated(process.execPath, [fileURLToPath(import.meta.url), INSIDE, ...words]);
    await run(command, args, { stream: true });
    return;
  }
  const rows = [];
  for (const pair of pairs) {
    const times = await step(`${pair.join(" calls ")}, ${runs} times`, () => measure(pair));
    for (const kind of ["first call", "called again"]) rows.push(row(pair, kind, times[kind]));
  }
  console.log("\nFrom pressing Call to the first frame of the other side, at the caller, in milliseconds:");
  console.table(rows);
});

/** One browser of each name and one server for all calls; fresh pages and a fresh room for each. */
async function measure([first, second]) {
  const { launch } = await import("../tests/support/browser.mjs");
  const { startServer } = await import("../tests/support/server.mjs");
  const { CallPage } = await import("../tests/e2e/call-page.mjs");
  const { randomUUID } = await import("node:crypto");
  const ends = [];
  const scope = { after: (end) => ends.unshift(end) };
  const times = { "first call": [], "called again": [] };
  try {
    const server = await startServer(scope);
    const browserA = await launch(scope, first);
    const browserB = first === second ? browserA : await launch(scope, second);
    for (let count = 0; count < runs; count++) {
      const room = randomUUID();
      const a = await CallPage.open(scope, browserA, server, room);
      const b = await CallPage.open(scope, browserB, server, room);
      await Promise.all([a.start(), b.start()]);
      for (const kind of Object.keys(times)) {
        times[kind].push(await callAndWait(a));
        await b.sees();
        await a.press("hangupButton");
        await b.reaches("ready");
      }
      await Promise.all([a, b].map(({ page }) => page.browserContext().close()));
    }
  } finally {
    for (const end of ends) await end();
  }
  return times;
}

async function callAndWait({ page }) {
  await page.waitForSelector("#callButton:not([disabled])", { timeout: 15_000 });
  return page.evaluate(
    () =>
      new Promise((done, fail) => {
        const video = document.getElementById("remoteVideo");
        const from = performance.now();
        video.requestVideoFrameCallback(() => done(performance.now() - from));
        setTimeout(() => fail(new Error("no frame within 30 s")), 30_000);
        document.getElementById("callButton").click();
      }),
  );
}

function row(pair, kind, times) {
  const sorted = times.toSorted((a, b) => a - b).map(Math.round);
  const middle = sorted.length / 2;
  const p50 = (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
  return { caller: pair[0], called: pair[1], "": kind, calls: sorted.length, p50, least: sorted[0], most: sorted.at(-1) };
}
