// `npm run drills`: breaks calls between real browsers in every way a network can, and measures how they come back: rejoin, and
// beside it in the same cut the same by hand, simple-peer and PeerJS.
//
//   npm run drills -- --list                       the parts
//   npm run drills -- --part link-3                one part (or several, with commas)
//   npm run drills -- --runs 5                     runs of each drill and pair of browsers (5 by default)
//   npm run drills -- --browsers chromium,mixed    pairs (chromium, firefox, mixed)
//   npm run drills -- --only rejoin,PeerJS         contenders
//   npm run drills -- --again                      also what is in the data file already, which it replaces
//   npm run drills -- --minutes 15                 starts no run after that time; the next call goes on
//   npm run drills -- --report                     writes docs/reliability.md from the data file
//   npm run drills -- --probe                      keeps nothing and prints what happened
//
// Each run is a line in docs/drills.jsonl. Needs root on Linux, for network namespaces.
import { fileURLToPath } from "node:url";
import { isolated } from "./lib/namespace.mjs";
import { buildPackage } from "./lib/package.mjs";
import { run } from "./lib/run.mjs";
import { buildServer } from "./lib/site.mjs";
import { main } from "./lib/step.mjs";
import { systemPackages } from "./lib/system.mjs";
import { nodeModules, requireToolchain } from "./lib/tools.mjs";
import { readOptions } from "./drills/options.mjs";
import { drills } from "./drills/parts.mjs";
import { writeReport } from "./drills/report.mjs";
import { runDrills } from "./drills/run.mjs";
import { assemblePage } from "./drills/world.mjs";

/** Says that this is the process inside the network namespace. */
const INSIDE = "--inside";

await main(async () => {
  const words = process.argv.slice(2).filter((word) => word !== INSIDE);
  const options = readOptions(words);
  if (options.list) {
    for (const { part, name, contenders } of drills) console.log(`${part.padEnd(9)} ${name} (${contenders.join(", ")})`);
    return;
  }
  if (options.report) return writeReport();
  if (process.argv.includes(INSIDE)) return runDrills(options);
  requireToolchain();
  await nodeModules();
  await systemPackages();
  await buildPackage();
  await buildServer();
  assemblePage();
  const [command, args] = isolated(process.execPath, [fileURLToPath(import.meta.url), INSIDE, ...words]);
  await run(command, args, { stream: true, minutes: 120 });
});
