// The package as its users get it: packed, and installed from the tarball, without a network, into a project of its own.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { promisify } from "node:util";
import { npm } from "../../scripts/lib/paths.mjs";

export const execute = promisify(execFile);

/** What users import: with the WebAssembly beside the script, and within it. */
export const entries = ["rejoin", "rejoin/inline"];

/** Gives the project's folder, which goes when the test file ends. */
export async function installed() {
  const project = mkdtempSync(join(tmpdir(), "rejoin-package-"));
  projects.push(project);
  const { stdout } = await execute("npm", ["pack", "--json", "--pack-destination", project], { cwd: npm });
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module", private: true }));
  await execute("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${JSON.parse(stdout)[0].filename}`], { cwd: project });
  return project;
}

const projects = [];
// Not within `installed`: of a hook it would be the end.
after(() => projects.forEach((project) => rmSync(project, { recursive: true, force: true })));

/** Copies a source that imports "rejoin", so that it imports `entry`. */
export function copySource(from, to, entry) {
  const source = readFileSync(from, "utf8");
  const changed = source.replaceAll('from "rejoin"', `from "${entry}"`);
  if (entry !== "rejoin" && changed === source) throw new Error(`${from} does not import "rejoin"`);
  writeFileSync(to, changed);
}
