// The Rust tests that need a browser: tests/web and the unit tests of the root crate, with the real server beside them.
import { join } from "node:path";
import { counted } from "../lib/counts.mjs";
import { isolated } from "../lib/namespace.mjs";
import { root } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { buildServer } from "../lib/site.mjs";
import { step } from "../lib/step.mjs";
import { geckodriver, systemPackages } from "../lib/system.mjs";
import { find, wasmBindgen, wasmTarget, wasmTriple } from "../lib/tools.mjs";

export async function web({ browsers, filter }) {
  await systemPackages();
  await wasmTarget();
  const runner = join(await wasmBindgen(), "wasm-bindgen-test-runner");
  const env = {
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: runner,
    // Unit tests need not say that they run in a browser.
    WASM_BINDGEN_USE_BROWSER: "1",
    // Seconds, of one test program.
    WASM_BINDGEN_TEST_TIMEOUT: "300",
    WASM_BINDGEN_TEST_DRIVER_TIMEOUT: "60",
    // Compiled into the tests.
    REJOIN_TEST_SERVER: server,
  };
  const test = ["test", "-p", "rejoin", "--target", wasmTriple, "--lib", "--tests", "--no-fail-fast"];
  await buildServer();
  // Before the network goes.
  await step("tests for browsers (cargo)", () => run("cargo", [...test, "--no-run"], { env }));

  const counts = [];
  for (const name of browsers) {
    const driver = name === "chromium" ? { CHROMEDRIVER: find("chromedriver") } : { GECKODRIVER: await geckodriver() };
    const [command, args] = isolated(process.execPath, [withServer, new URL(server).port, "cargo", ...test, "--offline", ...filter]);
    counts.push(await counted(`tests in ${name}`, command, args, { env: { ...env, ...driver }, minutes: 12 }));
  }
  return counts;
}

/** Outside a namespace the port may be taken: set REJOIN_TEST_SERVER to an address with another. */
const server = process.env.REJOIN_TEST_SERVER ?? "ws://127.0.0.1:18080/ws";
const withServer = join(root, "scripts/with-server.mjs");
