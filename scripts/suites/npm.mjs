// The npm package as its users get it: tests/npm.
import { counted, nodeTests } from "../lib/counts.mjs";
import { buildPackage } from "../lib/package.mjs";

export async function npm({ filter }) {
  await buildPackage();
  return [await counted("the package", process.execPath, nodeTests("tests/npm", filter), { minutes: 5 })];
}
