// Real browsers on the real pages with the real server: tests/e2e.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { counted } from "../lib/counts.mjs";
import { isolated } from "../lib/namespace.mjs";
import { buildPackage } from "../lib/package.mjs";
import { root } from "../lib/paths.mjs";
import { assembleSite, buildServer } from "../lib/site.mjs";
import { systemPackages } from "../lib/system.mjs";

export async function e2e({ browsers, filter }) {
  await systemPackages();
  await buildPackage();
  await buildServer();
  await assembleSite();
  const folder = join(root, "tests/e2e");
  const files = readdirSync(folder).filter((name) => name.endsWith(".test.mjs")).sort();
  const [command, args] = isolated(process.execPath, [
    "--test",
    "--test-reporter=spec",
    "--test-concurrency=1",
    "--test-timeout=180000",
    ...filter.map((word) => `--test-name-pattern=${word}`),
    ...files.map((name) => join(folder, name)),
  ]);
  // The tests take the browsers to use from here.
  const env = { REJOIN_BROWSERS: browsers.join() };
  return [await counted("pages in browsers", command, args, { env, minutes: 25 })];
}
