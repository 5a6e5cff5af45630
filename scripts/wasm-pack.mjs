// `npm run wasm-pack`: the tests of `npm test -- web` by wasm-pack, as people know it.
//
//   npm run wasm-pack -- chromium          in one browser (chromium, firefox)
//   npm run wasm-pack -- firefox offer     tests with this in their name
import { delimiter } from "node:path";
import { browsers as known } from "./lib/browsers.mjs";
import { counted, sum } from "./lib/counts.mjs";
import { isolated } from "./lib/namespace.mjs";
import { run } from "./lib/run.mjs";
import { main, step } from "./lib/step.mjs";
import { cargoTool, requireToolchain } from "./lib/tools.mjs";
import { driver, prepare, server, withServer } from "./suites/web.mjs";

const words = process.argv.slice(2);
const named = Object.keys(known).filter((name) => words.includes(name));
const filter = words.filter((word) => !(word in known));

await main(async () => {
  requireToolchain();
  const wasmPack = await cargoTool("wasm-pack");
  const { folder, env } = await prepare();
  // It reads the manifests of all dependencies, those for other systems too, and the network goes.
  await step("dependencies (cargo fetch)", () => run("cargo", ["fetch", "--locked"]));
  env.CARGO_NET_OFFLINE = "true";
  // It downloads what it does not find there.
  env.PATH = [folder, process.env.PATH].join(delimiter);
  const counts = [];
  for (const name of named.length > 0 ? named : Object.keys(known)) {
    const flags = name === "chromium" ? ["--chrome", "--chromedriver"] : ["--firefox", "--geckodriver"];
    const [program] = Object.values(await driver(name));
    const test = ["test", "--headless", ...flags, program, "--mode", "no-install", "."];
    // To cargo build and cargo test; without them it would run the examples of the documentation too. What stands behind
    // -- is for the tests alone.
    const forCargo = ["--lib", "--test", "web", ...(filter.length > 0 ? ["--", ...filter] : [])];
    const [command, args] = isolated(process.execPath, [withServer, new URL(server).port, wasmPack, ...test, ...forCargo]);
    counts.push(await counted(`wasm-pack test in ${name}`, command, args, { env, minutes: 15 }));
  }
  const { passed, failed } = sum(counts);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
});
