// `npm run changed`: of `npm test` only the suites that a change touches.
//
//   npm run changed                what differs from main, committed or not
//   npm run changed -- HEAD        what is not committed
import { suitesFor } from "./lib/changed.mjs";
import { run } from "./lib/run.mjs";
import { main } from "./lib/step.mjs";

const all = ["check", "native", "npm", "web", "e2e", "drills", "size"];
const base = process.argv[2] ?? "main";

await main(async () => {
  const git = async (...args) => (await run("git", args)).split("\n").filter(Boolean);
  const [from] = await git("merge-base", base, "HEAD");
  const paths = [...(await git("diff", "--name-only", from)), ...(await git("ls-files", "--others", "--exclude-standard"))];
  const suites = suitesFor(paths, all);
  console.log(`${paths.length} files changed since ${base}: ${suites.join(", ") || "no suite is about them"}`);
  if (suites.length === 0) return;
  process.argv.splice(2, Infinity, ...suites);
  await import("./test.mjs");
});
