// Writes docs/reliability.md from the data file.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/paths.mjs";
import { readData } from "./data.mjs";
import { drills } from "./parts.mjs";
import { PATIENCE_MS } from "./run.mjs";
import { pairs } from "./world.mjs";

export function writeReport() {
  const rows = readData();
  const sections = drills.map((drill) => section(drill, rows.filter((row) => row.drill === drill.name))).filter(Boolean);
  const facts = [
    `${rows.length} runs, versions ${[...new Set(rows.flatMap((row) => row.versions.split(", ")))].sort().join(", ")},`,
    `rejoin at ${[...new Set(rows.map(({ commit }) => commit))].join(", ")}.`,
    `The machine had 2 cores and other work to do: its load was ${median(rows.map(({ load }) => load))} in the middle and ${Math.max(...rows.map(({ load }) => load))} at most.`,
  ];
  writeFileSync(PAGE, [text("head"), facts.join(" "), "", ...sections, text("tail")].join("\n"));
}

function section(drill, rows) {
  if (rows.length === 0) return "";
  const lines = [`## ${drill.name[0].toUpperCase()}${drill.name.slice(1)}`, "", HEAD, HEAD.replace(/[^|]+/g, "---")];
  for (const pair of Object.keys(pairs)) {
    for (const contender of drill.contenders) {
      const runs = rows.filter((row) => row.pair === pair && row.contender === contender);
      if (runs.length > 0) lines.push(line(pair, contender, runs));
    }
  }
  return [...lines, ""].join("\n");
}

const HEAD = "| browsers | | back | noticed | connected | first message | first picture | still | lost | doubled | out of order | refused | pause, ended | other stream |";

function line(pair, contender, runs) {
  const healed = runs.filter(({ outcome }) => outcome === "healed").length;
  const cells = [
    pair,
    contender === "rejoin" ? "**rejoin**" : contender,
    `${healed} of ${runs.length}`,
    times(runs, "noticeMs", "not"),
    times(runs, "stateMs", runs.every(({ noticeMs }) => noticeMs.every((ms) => ms === null)) ? "stayed" : "never"),
    times(runs, "messageMs", "never"),
    times(runs, "pictureMs", "never"),
    times(runs, "stillMs", "–"),
    ...[
      [({ lost, bulkLost }) => total(lost) + bulkLost],
      [({ doubled, bulkDoubled }) => total(doubled) + bulkDoubled],
      [({ disordered }) => total(disordered)],
      [({ refused }) => total(refused)],
      [({ pauses }) => total(pauses)],
      [({ otherStreams }) => total(otherStreams)],
    ].map(([count]) => most(runs.map(count))),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** Of the side that was later in each run: the middle and the most; how often it did not happen. */
function times(runs, what, never) {
  const of = runs.map((run) => worst(run[what], what === "noticeMs" || what === "stateMs"));
  const happened = of.filter((ms) => ms !== null);
  if (happened.length === 0) return never;
  const not = of.length - happened.length;
  return `${median(happened)} (${Math.max(...happened)})${not > 0 ? `, ${never === "never" ? "never" : "not"} in ${not}` : ""}`;
}

/** Null is worse than any time, or where a side may stay as it is, is left out. */
function worst(sides, mayStay) {
  if (mayStay ? sides.every((ms) => ms === null) : sides.includes(null)) return null;
  return Math.max(...sides.map((ms) => ms ?? 0));
}

function most(counts) {
  const highest = Math.max(...counts);
  return highest === 0 ? "0" : `${median(counts)} (${highest})`;
}

function total(list) {
  return list.reduce((sum, value) => sum + value, 0);
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return Math.round((sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) * 5) / 10;
}

/** What a person wrote: the page's beginning and end. */
function text(name) {
  return readFileSync(new URL(`report-${name}.md`, import.meta.url), "utf8").replaceAll("{patience}", String(PATIENCE_MS / 1_000));
}

const PAGE = join(root, "docs/reliability.md");
