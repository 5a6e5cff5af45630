// The npm package as its users get it, in an app of theirs, in real browsers: tests/npm.
import { counted, nodeTests } from "../lib/counts.mjs";
import { isolated } from "../lib/namespace.mjs";
import { buildPackage } from "../lib/package.mjs";
import { systemPackages } from "../lib/system.mjs";

export async function npm({ browsers, filter }) {
  await systemPackages();
  await buildPackage();
  const [command, args] = isolated(process.execPath, nodeTests("tests/npm", filter));
  // The tests take the browsers to use from here.
  const env = { REJOIN_BROWSERS: browsers.join() };
  return [await counted("the package", command, args, { env, minutes: 10 })];
}
