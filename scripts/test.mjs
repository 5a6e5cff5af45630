// `npm test`: all suites, one after the other; the last line counts over all of them.
//
//   npm test -- native              one suite (check, native, npm, web, e2e, drills, size)
//   npm test -- web chromium        in one browser (chromium, firefox)
//   npm test -- web firefox offer   tests with this in their name; to cargo as it is, to node as a pattern
import { sum } from "./lib/counts.mjs";
import { elapsed, seconds } from "./lib/step.mjs";
import { browsers } from "./lib/browsers.mjs";
import { nodeModules, requireToolchain } from "./lib/tools.mjs";
import { check } from "./suites/check.mjs";
import { drills } from "./suites/drills.mjs";
import { e2e } from "./suites/e2e.mjs";
import { native } from "./suites/native.mjs";
import { npm } from "./suites/npm.mjs";
import { size } from "./suites/size.mjs";
import { web } from "./suites/web.mjs";

const suites = { check, native, npm, web, e2e, drills, size };
const words = process.argv.slice(2);
const named = (table) => Object.keys(table).filter((name) => words.includes(name));
const chosen = named(suites);
const options = {
  browsers: named(browsers).length > 0 ? named(browsers) : Object.keys(browsers),
  filter: words.filter((word) => !(word in suites) && !(word in browsers)),
};

const results = [];
for (const name of chosen.length > 0 ? chosen : Object.keys(suites)) {
  console.log(`\n━━ ${name}`);
  const from = performance.now();
  const counts = sum(await attempt(name));
  results.push({ name, ...counts, time: seconds(performance.now() - from) });
}

const total = sum(results);
console.log(`\n━━ all suites, ${elapsed()}`);
for (const { name, passed, failed, time } of results) {
  console.log(`${name.padEnd(8)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed   ${time}`);
}
process.exitCode = total.failed === 0 ? 0 : 1;
console.log(`${total.passed} passed, ${total.failed} failed`);

/** A suite that cannot even begin counts as one failure. */
async function attempt(name) {
  try {
    requireToolchain();
    await nodeModules();
    return await suites[name](options);
  } catch (error) {
    console.error(error.stack);
    return [{ passed: 0, failed: 1 }];
  }
}
