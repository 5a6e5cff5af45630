// An app on the installed package, built by Vite for production, and run in real browsers.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before } from "node:test";
import { build, createLogger } from "vite";
import { browserNames, launch, open, until } from "../support/browser.mjs";
import { test } from "../support/test.mjs";
import { copySource, entries, installed } from "./project.mjs";
import { serve } from "./serve.mjs";

/** By entry: the folder that Vite wrote, its files, and what Vite warned of. */
const built = {};
/** The same of an app that uses nothing of what it imports. */
const unused = {};

before(async () => {
  const project = await installed();
  for (const entry of entries) {
    built[entry] = await bundle(join(project, entry.replace("/", "-")), "main.ts", entry);
    unused[entry] = await bundle(join(project, `${entry.replace("/", "-")}-unused`), "unused.ts", entry);
  }
});

for (const entry of entries) {
  test(`Vite builds an app on ${entry} without a warning, with the package in it once`, () => {
    const { folder, files, warnings } = built[entry];
    assert.deepEqual(warnings, []);
    const kinds = files.map((file) => file.split(".").pop()).sort();
    assert.deepEqual(kinds, entry === "rejoin" ? ["html", "js", "wasm"] : ["html", "js"]);
    assert.equal(scriptOf(folder, files).split("rejoin is not loaded yet").length - 1, 1);
  });

  test(`an app that imports ${entry} and does not use it has nothing of it`, () => {
    const { folder, files } = unused[entry];
    assert.doesNotMatch(scriptOf(folder, files), /FinalizationRegistry|RTCPeerConnection/);
  });

  for (const name of browserNames) {
    test(`two peers of an app on ${entry} talk, in ${name}`, async (t) => {
      // Of the entry with everything in the script, the page may fetch nothing.
      const source = entry === "rejoin" ? "'self'" : "'none'";
      const headers = { "Content-Security-Policy": `script-src 'self' 'wasm-unsafe-eval'; connect-src ${source}` };
      const { folder, files } = built[entry];
      const { url, requested } = await serve(t, folder, headers);
      const page = await open(await launch(t, name), url);
      await until(page, "the answer", () => document.title !== "waiting", { ms: 30_000 });
      assert.equal(await page.title(), "you asked: who is there?");
      assert.deepEqual(page.log, []);
      const paths = files.map((file) => `/${file === "index.html" ? "" : file}`);
      assert.deepEqual(requested.toSorted(), paths.toSorted());
    });
  }
}

async function bundle(folder, source, entry) {
  mkdirSync(folder);
  copyFileSync(new URL("app/index.html", import.meta.url), join(folder, "index.html"));
  copySource(new URL(`app/${source}`, import.meta.url), join(folder, "main.ts"), entry);
  const warnings = [];
  const warn = (message) => warnings.push(message);
  const customLogger = { ...createLogger("silent"), warn, warnOnce: warn };
  await build({ root: folder, configFile: false, logLevel: "warn", customLogger });
  const output = join(folder, "dist");
  const files = readdirSync(output, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath ?? file.path, file.name).slice(output.length + 1));
  return { folder: output, files, warnings };
}

function scriptOf(folder, files) {
  const scripts = files.filter((file) => file.endsWith(".js"));
  return scripts.map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
}
