// `npm run fuzz`: arbitrary input for everything that reads what others send (fuzz/), by libFuzzer.
//
//   npm run fuzz                      every target for a minute, one after the other
//   npm run fuzz -- link sdp          these targets
//   npm run fuzz -- --minutes 10      each for ten minutes; 0: only what the corpus has
//   npm run fuzz -- --keep            afterwards, the smallest set of inputs that reaches as much becomes fuzz/corpus
//
// What is found on the way is kept in target/fuzz/corpus. An input that breaks a promise is kept in target/fuzz/artifacts,
// and `npm run fuzz -- link --input FILE` gives it to a target again.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { root, target } from "./lib/paths.mjs";
import { run } from "./lib/run.mjs";
import { main, step } from "./lib/step.mjs";
import { cargoTool, requireToolchain } from "./lib/tools.mjs";

const project = join(root, "fuzz");
const work = join(target, "fuzz");
/** Inputs that are in the repository anyway: one of each message. */
const golden = ["relay", "link"].map((protocol) => join(root, "crates/proto/tests/golden", protocol));
/** The most inputs of a target that are kept in the repository, and the most bytes of one. */
const KEPT = 24;
const KEPT_BYTES = 512;

await main(async () => {
  requireToolchain();
  const { names, minutes, keep, input } = options(process.argv.slice(2));
  const fuzz = await cargoTool("cargo-fuzz");
  // Everything in crates/proto is safe code: without a sanitizer it runs several times as often, and stable Rust does.
  const flags = ["--sanitizer", "none", "--fuzz-dir", project, "--target-dir", work];
  const cargo = (command, ...more) => run(fuzz, ["fuzz", command, ...flags, ...more], { minutes: minutes + 30 });
  await step("targets (cargo fuzz build)", () => cargo("build"));

  const rows = [];
  for (const name of names) {
    const [found, kept, artifacts] = [join(work, "corpus", name), join(project, "corpus", name), join(work, "artifacts", name)];
    for (const folder of [found, kept, artifacts]) mkdirSync(folder, { recursive: true });
    const dictionary = join(project, "dict", `${name}.dict`);
    const common = existsSync(dictionary) ? [`-dict=${dictionary}`] : [];
    if (input) {
      await run(fuzz, ["fuzz", "run", ...flags, name, input], { stream: true });
      continue;
    }
    const limit = minutes === 0 ? "-runs=0" : `-max_total_time=${Math.round(minutes * 60)}`;
    const libFuzzer = [...common, limit, `-artifact_prefix=${artifacts}/`, "-timeout=5", "-print_final_stats=1"];
    const output = await step(`${name}, ${minutes} min`, () => cargo("run", name, found, kept, ...golden, "--", ...libFuzzer));
    rows.push(row(name, output));
    if (keep) await step(`the corpus of ${name}`, () => keepLittle(name, { cargo, found, kept }));
  }
  console.table(rows);
});

function options(words) {
  const value = (flag) => (words.includes(flag) ? words.splice(words.indexOf(flag), 2)[1] : undefined);
  const input = value("--input");
  const minutes = Number(value("--minutes") ?? 1);
  if (!Number.isFinite(minutes) || minutes < 0) throw new Error("--minutes needs a number.");
  const all = readdirSync(join(project, "targets")).map((file) => file.replace(".rs", ""));
  const keep = words.includes("--keep");
  const named = words.filter((word) => word !== "--keep");
  const strange = named.find((word) => !all.includes(word));
  if (strange) throw new Error(`There is no target ${strange}: they are ${all.sort().join(", ")}.`);
  if (input && named.length !== 1) throw new Error("--input needs one target.");
  return { names: named.length > 0 ? named : all, minutes, keep, input };
}

/** libFuzzer's last words: how often, how fast, and how much of the code was reached. */
function row(target, output) {
  const last = [...output.matchAll(/cov: (\d+) ft: (\d+) corp: (\d+)/g)].at(-1) ?? [];
  const number = (name) => Number(output.match(new RegExp(`stat::${name}:\\s+(\\d+)`))?.[1] ?? 0);
  return {
    target,
    executions: number("number_of_executed_units"),
    "a second": number("average_exec_per_sec"),
    edges: Number(last[1]),
    features: Number(last[2]),
    inputs: Number(last[3]),
  };
}

/** Of all that was found, few inputs that reach much: of those that reach every edge, the longest. */
async function keepLittle(name, { cargo, found, kept }) {
  const small = join(work, "small", name);
  rmSync(small, { recursive: true, force: true });
  mkdirSync(small, { recursive: true });
  // Edges, not how often each was taken: that is ten times as many inputs.
  await cargo("run", name, small, kept, found, "--", "-set_cover_merge=1", `-max_len=${KEPT_BYTES}`, "-use_counters=0");
  const size = (file) => statSync(join(small, file)).size;
  const longest = readdirSync(small).sort((a, b) => size(b) - size(a) || (a < b ? -1 : 1));
  rmSync(kept, { recursive: true, force: true });
  mkdirSync(kept, { recursive: true });
  for (const file of longest.slice(0, KEPT)) cpSync(join(small, file), join(kept, file));
}
