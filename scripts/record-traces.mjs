// `npm run traces`: records what real browsers do in calls of rejoin, for the simulation to replay (crates/sim/traces).
//
//   npm run traces                    every scenario in both browsers
//   npm run traces -- firefox cut     one browser, one scenario
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { browsers as known } from "./lib/browsers.mjs";
import { isIsolated, isolated } from "./lib/namespace.mjs";
import { buildPackage } from "./lib/package.mjs";
import { root } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";
import { assembleSite, buildServer } from "./lib/site.mjs";
import { main, step } from "./lib/step.mjs";
import { keepTrace } from "./traces/recorder.mjs";
import { helpers, scenarios } from "./traces/scenarios.mjs";

/** Says that this is the process inside the network namespace. */
const INSIDE = "--inside";
const words = process.argv.slice(2).filter((word) => word !== INSIDE);
const chosen = (all) => (all.some((name) => words.includes(name)) ? all.filter((name) => words.includes(name)) : all);
const folder = join(root, "crates/sim/traces");

await main(async () => {
  if (!process.argv.includes(INSIDE)) {
    await buildPackage();
    await buildServer();
    await assembleSite();
    const [command, args] = isolated(process.execPath, [fileURLToPath(import.meta.url), INSIDE, ...words]);
    await run(command, args, { stream: true });
    return;
  }
  if (!isIsolated()) throw new Error("To cut a connection, this needs root on Linux.");
  mkdirSync(folder, { recursive: true });
  for (const browser of chosen(Object.keys(known))) {
    for (const scenario of chosen(Object.keys(scenarios))) {
      const trace = await step(`${scenario} in ${browser}`, () => record(browser, scenario));
      writeFileSync(join(folder, `${browser}-${scenario}.json`), text(trace));
    }
  }
});

async function record(name, scenario) {
  const { launch } = await import("../tests/support/browser.mjs");
  const { startServer } = await import("../tests/support/server.mjs");
  const ends = [];
  const scope = { after: (end) => ends.unshift(end) };
  try {
    const server = await startServer(scope);
    const browser = await launch(scope, name);
    const page = await browser.newPage({ type: "window" });
    await page.evaluateOnNewDocument(keepTrace);
    await page.evaluateOnNewDocument(helpers);
    await page.goto(server.url, { waitUntil: "load" });
    const end = await scenarios[scenario](page);
    return { browser: await browser.version(), scenario, end, entries: await page.evaluate(() => window.trace.entries) };
  } finally {
    for (const end of ends) await end();
  }
}

/** An entry a line. */
function text({ entries, ...head }) {
  const lines = entries.map((entry) => `    ${JSON.stringify(entry)}`);
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "entries": [\n${lines.join(",\n")}\n  ]\n}\n`;
}
