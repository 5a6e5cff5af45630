// `npm run bench`: rejoin against the same done by hand in JavaScript and against simple-peer, in the same run.
//
//   npm run bench -- 30              so many rounds (15 by default)
//   npm run bench -- firefox         in this browser alone
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { browsers as known } from "./lib/browsers.mjs";
import { isolated } from "./lib/namespace.mjs";
import { buildPackage } from "./lib/package.mjs";
import { root } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";
import { assembleSite, buildServer } from "./lib/site.mjs";
import { main, step } from "./lib/step.mjs";
import { entryFiles } from "./suites/size.mjs";

/** Says that this is the process inside the network namespace. */
const INSIDE = "--inside";
const words = process.argv.slice(2).filter((word) => word !== INSIDE);
const rounds = Number(words.find((word) => /^\d+$/.test(word)) ?? 15);
const asked = Object.keys(known).filter((name) => words.includes(name));
const names = asked.length > 0 ? asked : Object.keys(known);

/** The first is what the others are compared with. */
const contenders = ["by hand", "rejoin", "rejoin, durable", "simple-peer"];
const measures = [
  { what: "connect, data channel open", unit: "ms", page: "connect", args: [] },
  { what: "connect, first picture", unit: "ms", page: "picture", args: [] },
  { what: "300 messages of 240 KiB", unit: "messages/s", page: "messages", args: [300, 245_760] },
  { what: "2,000 messages of 16 KiB", unit: "messages/s", page: "messages", args: [2_000, 16_384] },
  { what: "10,000 messages of 32 bytes", unit: "messages/s", page: "messages", args: [10_000, 32] },
];
const SIMPLE_PEER = join(root, "node_modules/simple-peer/simplepeer.min.js");
const PEER_JS = join(root, "node_modules/peerjs/dist/peerjs.min.js");

await main(async () => {
  if (process.argv.includes(INSIDE)) {
    for (const name of names) await step(`${name}, ${rounds} rounds`, () => measure(name));
    return;
  }
  await buildPackage();
  await buildServer();
  await assembleSite();
  const [command, args] = isolated(process.execPath, [fileURLToPath(import.meta.url), INSIDE, ...words]);
  await run(command, args, { stream: true });
  sizes();
});

/** Each round measures every contender once, so that what slows the machine down slows all of them down. */
async function measure(name) {
  const { launch, open } = await import("../tests/support/browser.mjs");
  const { startServer } = await import("../tests/support/server.mjs");
  const ends = [];
  const scope = { after: (end) => ends.unshift(end) };
  const rows = [];
  try {
    const server = await startServer(scope);
    const page = await open(await launch(scope, name), server.url);
    await page.addScriptTag({ path: SIMPLE_PEER });
    const text = readFileSync(join(root, "scripts/bench/contenders.js"), "utf8");
    await page.evaluate(async (text) => {
      window.bench = await import(URL.createObjectURL(new Blob([text.replaceAll('"/rejoin/', `"${location.origin}/rejoin/`)], { type: "text/javascript" })));
    }, text);
    for (const { what, unit, page: measured, args } of measures) {
      const results = Object.fromEntries(contenders.map((contender) => [contender, []]));
      // The first round warms up.
      for (let round = 0; round <= (unit === "ms" ? rounds : Math.ceil(rounds / 5)); round++) {
        for (const contender of contenders) {
          const result = await page.evaluate((measured, ...args) => window.bench[measured](...args), measured, contender, ...args);
          if (round > 0) results[contender].push(result);
        }
      }
      const base = median(results[contenders[0]]);
      for (const contender of contenders) {
        const sorted = results[contender].toSorted((a, b) => a - b);
        const p50 = median(sorted);
        rows.push({ what, contender, p50: tidy(p50), least: tidy(sorted[0]), most: tidy(sorted.at(-1)), unit, "to by hand": (p50 / base).toFixed(2) });
      }
    }
  } finally {
    for (const end of ends) await end();
  }
  console.log(`\n${name}:`);
  console.table(rows);
}

function sizes() {
  const gzip = (files) => files.reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length, 0);
  const rejoin = gzip(entryFiles());
  const row = (what, bytes) => ({ what, "gzip -9, bytes": bytes, "rejoin to it": (rejoin / bytes).toFixed(2) });
  console.log("\nSize, as a page loads it:");
  console.table([row("rejoin, entry .", rejoin), row("simple-peer (no rooms, no signaling, no recovery)", gzip([SIMPLE_PEER])), row("PeerJS (no recovery)", gzip([PEER_JS]))]);
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

function tidy(value) {
  return value < 100 ? Number(value.toFixed(1)) : Math.round(value);
}
