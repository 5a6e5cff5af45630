// `npm run build`: the npm package, into crates/npm/dist.
import { buildPackage } from "./lib/package.mjs";
import { elapsed, main } from "./lib/step.mjs";

await main(async () => {
  await buildPackage();
  console.log(`The package is in crates/npm/dist (${elapsed()}).`);
});
