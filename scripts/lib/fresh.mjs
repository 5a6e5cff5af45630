// Skips work whose inputs have not changed since the last time.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { target } from "./paths.mjs";

/**
 * Runs `action` when an input (file, folder, or `{ text }`) differs from the last success, or an output is missing.
 *
 * @param {string} name the stamp's name
 */
export async function whenChanged(name, inputs, outputs, action) {
  const stamp = join(target, "stamps", name);
  const hash = hashOf(inputs);
  const same = existsSync(stamp) && readFileSync(stamp, "utf8") === hash;
  if (same && outputs.every((path) => existsSync(path))) return;
  rmSync(stamp, { force: true });
  await action();
  mkdirSync(join(target, "stamps"), { recursive: true });
  writeFileSync(stamp, hash);
}

function hashOf(inputs) {
  const hash = createHash("sha256");
  for (const input of inputs) {
    if (typeof input === "object") hash.update(input.text);
    else for (const path of filesOf(input)) hash.update(path).update(readFileSync(path));
  }
  return hash.digest("hex");
}

function filesOf(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}
