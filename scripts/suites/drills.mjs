// Calls between two hosts that are broken and have to come back: tests/drills. The figures are another command's, `npm run drills`.
import { counted, nodeTests } from "../lib/counts.mjs";
import { isolated } from "../lib/namespace.mjs";
import { buildPackage } from "../lib/package.mjs";
import { buildServer } from "../lib/site.mjs";
import { systemPackages } from "../lib/system.mjs";
import { assemblePage } from "../drills/world.mjs";

export async function drills({ browsers, filter }) {
  await systemPackages();
  await buildPackage();
  await buildServer();
  assemblePage();
  const [command, args] = isolated(process.execPath, nodeTests("tests/drills", filter));
  // The tests take the browsers to use from here.
  const env = { REJOIN_BROWSERS: browsers.join() };
  return [await counted("broken calls", command, args, { env, minutes: 15 })];
}
