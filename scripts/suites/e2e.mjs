// Real browsers on the real pages with the real server: tests/e2e.
import { counted, nodeTests } from "../lib/counts.mjs";
import { isolated } from "../lib/namespace.mjs";
import { buildPackage } from "../lib/package.mjs";
import { assembleSite, buildServer } from "../lib/site.mjs";
import { systemPackages } from "../lib/system.mjs";
import { buildYew } from "../lib/yew.mjs";

export async function e2e({ browsers, filter }) {
  await systemPackages();
  await buildPackage();
  await buildServer();
  await assembleSite();
  await buildYew();
  const [command, args] = isolated(process.execPath, nodeTests("tests/e2e", filter));
  // The tests take the browsers to use from here.
  const env = { REJOIN_BROWSERS: browsers.join() };
  return [await counted("pages in browsers", command, args, { env, minutes: 25 })];
}
