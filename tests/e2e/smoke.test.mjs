// The list of demos opens in every browser without an error.
import assert from "node:assert/strict";
import { browserNames, launch, open } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { test } from "../support/test.mjs";

for (const name of browserNames) {
  test(`the first page opens without an error in ${name}`, async (t) => {
    const server = await startServer(t);
    const page = await open(await launch(t, name), server.url);
    assert.notEqual(await page.title(), "");
    assert.deepEqual(page.errors, []);
  });
}
