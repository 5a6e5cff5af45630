// The data file: a line of JSON for each contender's run.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/paths.mjs";

export const DATA = join(root, "docs/drills.jsonl");

export function readData() {
  if (!existsSync(DATA)) return [];
  return readFileSync(DATA, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

export function append(row) {
  appendFileSync(DATA, `${JSON.stringify(row)}\n`);
}

/** Keeps the rows that `keep` says. */
export function filterData(keep) {
  writeFileSync(DATA, readData().filter(keep).map((row) => `${JSON.stringify(row)}\n`).join(""));
}
