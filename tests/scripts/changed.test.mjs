import assert from "node:assert/strict";
import { test } from "node:test";
import { suitesFor } from "../../scripts/lib/changed.mjs";

const all = ["check", "native", "npm", "web", "e2e", "drills", "size"];

test("a change runs what it touches, each once and in order", () => {
  assert.deepEqual(suitesFor(["tests/e2e/a.mjs", "tests/web/b.rs", "www/c.js"], all), ["check", "web", "e2e"]);
  assert.deepEqual(suitesFor(["crates/npm/ts/room.ts"], all), ["check", "npm", "e2e", "size"]);
  assert.deepEqual(suitesFor(["crates/sim/tests/sim/main.rs"], all), ["check", "native"]);
  assert.deepEqual(suitesFor(["scripts/drills.mjs", "tests/drills/page/page.js", "fuzz/src/lib.rs"], all), ["check", "drills"]);
});

test("what everything stands on runs everything, and so does what nobody thought of", () => {
  for (const path of ["crates/proto/src/lib.rs", "src/lib.rs", "Cargo.lock", "scripts/test.mjs", "webdriver.json", "new/file"]) {
    assert.deepEqual(suitesFor([path], all), all, path);
  }
});

test("words alone run nothing", () => {
  assert.deepEqual(suitesFor(["README.md", "docs/protocol.md", "scripts/fuzz.mjs"], all), []);
});
