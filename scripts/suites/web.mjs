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
  const { folder, env, test } = await prepare();
  env.CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER = join(folder, "wasm-bindgen-test-runner");
  const counts = [];
  for (const name of browsers) {
    const args = [withServer, new URL(server).port, "cargo", ...test, "--offline", ...filter];
    const [command, inside] = isolated(process.execPath, args);
    const options = { env: { ...env, ...(await driver(name)) }, minutes: 12 };
    counts.push(await counted(`tests in ${name}`, command, inside, options));
  }
  return counts;
}

/** What the tests need is there and built, before the network goes. */
export async function prepare() {
  await systemPackages();
  await wasmTarget();
  const folder = await wasmBindgen();
  const env = {
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
  await step("tests for browsers (cargo)", () => run("cargo", [...test, "--no-run"], { env }));
  return { folder, env, test };
}

/** The variable by which wasm-bindgen-test-runner finds the driver of a browser. */
export async function driver(name) {
  return name === "chromium" ? { CHROMEDRIVER: find("chromedriver") } : { GECKODRIVER: await geckodriver() };
}

/** Outside a namespace the port may be taken: set REJOIN_TEST_SERVER to an address with another. */
export const server = process.env.REJOIN_TEST_SERVER ?? "ws://127.0.0.1:18080/ws";
export const withServer = join(root, "scripts/with-server.mjs");
