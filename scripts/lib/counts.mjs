// Reads how many tests passed and failed from what test programs print.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { root } from "./paths.mjs";
import { run } from "./run.mjs";
import { step } from "./step.mjs";

/**
 * Runs a test program, its output passing through, and counts. A program that fails without saying which test failed,
 * or that runs no test at all, counts as one failure.
 */
export async function counted(name, command, args, options) {
  let output;
  let failed = false;
  try {
    output = await step(name, () => run(command, args, { stream: true, ...options }));
  } catch (error) {
    console.error(error.message);
    output = error.output ?? "";
    failed = true;
  }
  const counts = read(output);
  if (!failed && counts.passed + counts.failed === 0) console.error(`${name}: no test ran`);
  if (counts.failed === 0 && (failed || counts.passed === 0)) counts.failed = 1;
  return counts;
}

/** Node's arguments for all tests of a folder, one file at a time. */
export function nodeTests(folder, filter) {
  const path = join(root, folder);
  const files = readdirSync(path).filter((name) => name.endsWith(".test.mjs"));
  return [
    "--test",
    "--test-reporter=spec",
    "--test-concurrency=1",
    // Of a whole file.
    "--test-timeout=900000",
    ...filter.map((word) => `--test-name-pattern=${word}`),
    ...files.sort().map((name) => join(path, name)),
  ];
}

/** Runs a step that passes or fails as a whole. */
export async function whole(name, action) {
  try {
    await step(name, action);
    return { passed: 1, failed: 0 };
  } catch (error) {
    console.error(error.message);
    return { passed: 0, failed: 1 };
  }
}

export function sum(list) {
  const total = { passed: 0, failed: 0 };
  for (const { passed, failed } of list) {
    total.passed += passed;
    total.failed += failed;
  }
  return total;
}

function read(output) {
  const counts = { passed: 0, failed: 0 };
  const text = stripVTControlCharacters(output);
  // cargo test and wasm-bindgen-test
  for (const [, passed, failed] of text.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed/gm)) {
    counts.passed += Number(passed);
    counts.failed += Number(failed);
  }
  // node --test
  for (const [, what, number] of text.matchAll(/^(?:#|ℹ) (pass|fail|cancelled) (\d+)$/gm)) {
    counts[what === "pass" ? "passed" : "failed"] += Number(number);
  }
  return counts;
}
