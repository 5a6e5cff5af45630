// The package is packed, unpacked into an empty project and used from there.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { npm, root } from "../../scripts/lib/paths.mjs";

const execute = promisify(execFile);
let project;
let installed;

before(async () => {
  project = mkdtempSync(join(tmpdir(), "rejoin-package-"));
  installed = join(project, "node_modules/rejoin");
  mkdirSync(installed, { recursive: true });
  await execute("npm", ["pack", "--pack-destination", project], { cwd: npm });
  const tarball = readdirSync(project).find((name) => name.endsWith(".tgz"));
  await execute("tar", ["-xzf", join(project, tarball), "-C", installed, "--strip-components=1"]);
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }));
});

after(() => rmSync(project, { recursive: true, force: true }));

test("the tarball holds the script, its WebAssembly and its types", () => {
  for (const file of ["index.js", "index.d.ts", "rejoin_bg.wasm"]) {
    assert.ok(existsSync(join(installed, "dist", file)), file);
  }
});

test("the types compile strictly, without DOM iterables or newer libraries", async () => {
  copyFileSync(new URL("user.ts", import.meta.url), join(project, "user.ts"));
  const options = ["--strict", "--noEmit", "--target", "es2020", "--lib", "es2020,dom", "--types", ""];
  const modules = ["--module", "es2020", "--moduleResolution", "bundler", "--skipLibCheck", "false"];
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await execute(process.execPath, [tsc, ...options, ...modules, "user.ts"], { cwd: project }).catch((error) => {
    assert.fail(error.stdout);
  });
});

test("an import does nothing, so that a server can render pages that use the package", async () => {
  const before = Object.keys(globalThis);
  const module = await import(join(installed, "dist/index.js"));
  assert.equal(typeof module.init, "function");
  assert.deepEqual(Object.keys(globalThis), before);
});
