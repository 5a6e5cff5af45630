// What the tarball holds, its types, and what an import does.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { root } from "../../scripts/lib/paths.mjs";
import { copySource, entries, execute, installed } from "./project.mjs";

let project;

before(async () => {
  project = await installed();
});

test("the tarball holds both scripts, the WebAssembly and the types", () => {
  for (const file of ["index.js", "index.d.ts", "inline.js", "inline.d.ts", "rejoin_bg.wasm"]) {
    assert.ok(existsSync(join(project, "node_modules/rejoin/dist", file)), file);
  }
});

const settings = {
  "without DOM iterables or newer libraries": ["--target", "es2020", "--lib", "es2020,dom", "--module", "es2022", "--moduleResolution", "bundler"],
  "as Node resolves them": ["--target", "es2022", "--lib", "es2022,dom", "--module", "nodenext", "--moduleResolution", "nodenext"],
};

for (const entry of entries) {
  for (const [how, options] of Object.entries(settings)) {
    test(`the types of ${entry} compile strictly, ${how}`, async () => {
      const folder = join(project, entry.replace("/", "-"));
      mkdirSync(folder, { recursive: true });
      copySource(new URL("user.ts", import.meta.url), join(folder, "user.ts"), entry);
      copySource(new URL("app/main.ts", import.meta.url), join(folder, "main.ts"), entry);
      const strict = ["--strict", "--noEmit", "--types", "", "--skipLibCheck", "false"];
      const tsc = join(root, "node_modules/typescript/bin/tsc");
      await execute(process.execPath, [tsc, ...strict, ...options, "user.ts", "main.ts"], { cwd: folder }).catch((error) => {
        assert.fail(error.stdout || error.message);
      });
    });
  }

  test(`an import of ${entry} does nothing, so that a server can render pages that use it`, async () => {
    const { names, added, touched } = await imported(entry);
    assert.ok(names.includes("init"));
    assert.deepEqual({ added, touched }, { added: [], touched: [] });
  });
}

test("both entries export the same", async () => {
  const [beside, inline] = await Promise.all(entries.map(imported));
  assert.deepEqual(inline.names, beside.names);
});

/** What an entry exports, and what its import did, in a process of its own; fails where that throws or writes something. */
async function imported(entry) {
  const script = join(project, `${entry.replace("/", "-")}.mjs`);
  writeFileSync(script, `(${watch})(() => import(${JSON.stringify(entry)}));`);
  const { stdout, stderr } = await execute(process.execPath, [script]);
  assert.equal(stderr, "");
  return JSON.parse(stdout);
}

/** Runs in that process. */
async function watch(load) {
  const before = Reflect.ownKeys(globalThis);
  const touched = [];
  for (const [object, names] of [
    [globalThis, ["atob", "fetch", "queueMicrotask", "setInterval", "setTimeout", "DecompressionStream"]],
    [WebAssembly, ["compile", "compileStreaming", "instantiate", "instantiateStreaming", "Instance", "Memory", "Module"]],
  ]) {
    for (const name of names) {
      const value = function () {
        touched.push(name);
      };
      Object.defineProperty(object, name, { value, configurable: true, writable: true });
    }
  }
  const names = Object.keys(await load());
  const added = Reflect.ownKeys(globalThis).filter((name) => !before.includes(name)).map(String);
  process.stdout.write(JSON.stringify({ names, added, touched }));
}
