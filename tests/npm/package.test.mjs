// What the tarball holds, its types, and what an import does.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { before, test } from "node:test";
import { root } from "../../scripts/lib/paths.mjs";
import { copySource, entries, execute, installed } from "./project.mjs";

let project;

before(async () => {
  project = await installed();
});

test("the tarball holds both scripts, the WebAssembly, the types, the README and both licences, and nothing else", () => {
  const files = packed();
  const types = (file) => file.startsWith("dist/") && file.endsWith(".d.ts");
  assert.deepEqual(files.filter((file) => !types(file)), [
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "dist/index.js",
    "dist/inline.js",
    "dist/rejoin_bg.wasm",
    "package.json",
  ]);
  assert.deepEqual(["dist/index.d.ts", "dist/inline.d.ts"].filter((file) => !files.includes(file)), []);
  for (const file of ["LICENSE-APACHE", "LICENSE-MIT"]) assert.equal(textOf(file), readFileSync(join(root, file), "utf8"));
});

test("no file of the tarball names one that is not in it", () => {
  const files = packed();
  const names = files.map((file) => basename(file));
  for (const script of files.filter((file) => file.endsWith(".js"))) {
    for (const [, map] of textOf(script).matchAll(/sourceMappingURL=(\S+)/g)) assert.ok(names.includes(map), `${script}: ${map}`);
  }
  const links = [...textOf("README.md").matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link);
  assert.deepEqual(links.filter((link) => !/^(https:|#)/.test(link)), []);
  assert.ok(links.some((link) => link.endsWith("/docs/protocol.md")));
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
      await compile(folder, ["--skipLibCheck", "false", ...options, "user.ts", "main.ts"]);
    });
  }

  test(`an import of ${entry} does nothing, so that a server can render pages that use it`, async () => {
    const { names, added, touched } = await imported(entry);
    assert.ok(names.includes("init"));
    assert.deepEqual({ added, touched }, { added: [], touched: [] });
  });
}

test("the samples of the README compile strictly", async () => {
  const folder = join(project, "samples");
  mkdirSync(folder);
  const samples = [...textOf("README.md").matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, sample]) => sample);
  assert.ok(samples.length > 1);
  const files = samples.map((sample, index) => {
    // Those after the first go on with what it made.
    const before = sample.includes('from "rejoin"') ? "" : 'import { type LocalStream, type Peer, Room } from "rejoin";\ndeclare const media: LocalStream, peer: Peer;\n';
    writeFileSync(join(folder, `${index}.ts`), before + sample);
    return `${index}.ts`;
  });
  const options = ["--target", "es2022", "--lib", "es2022,dom", "--module", "es2022", "--moduleResolution", "bundler"];
  await compile(folder, [...options, ...files]);
});

test("both entries export the same", async () => {
  const [beside, inline] = await Promise.all(entries.map(imported));
  assert.deepEqual(inline.names, beside.names);
});

/** The files of the tarball. */
function packed() {
  const folder = join(project, "node_modules/rejoin");
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath ?? file.path, file.name).slice(folder.length + 1).replaceAll("\\", "/"))
    .sort();
}

/** A file of the tarball. */
function textOf(file) {
  return readFileSync(join(project, "node_modules/rejoin", file), "utf8");
}

async function compile(folder, args) {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  await execute(process.execPath, [tsc, "--strict", "--noEmit", "--types", "", ...args], { cwd: folder }).catch((error) => {
    assert.fail(error.stdout || error.message);
  });
}

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
