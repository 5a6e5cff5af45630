// node:test's `test` with a deadline, and with evidence when it fails: a picture and the log of every open page.
import { after, test as nodeTest } from "node:test";
import { openPages, screenshot } from "./browser.mjs";

/**
 * @param {string} name a sentence
 * @param {(t: import("node:test").TestContext) => Promise<void>} story
 * @param {object} [options]
 * @param {number} [options.seconds] the deadline, 120 by default
 */
export function test(name, story, { seconds = 120 } = {}) {
  // node's own deadline is for a page that does not even give evidence.
  return nodeTest(name, { timeout: (seconds + 30) * 1_000 }, async (t) => {
    let deadline;
    const late = new Promise((_, fail) => {
      deadline = setTimeout(() => fail(new Error(`not done within ${seconds} s`)), seconds * 1_000);
    });
    try {
      await Promise.race([story(t), late]);
    } catch (error) {
      await evidence(name);
      throw error;
    } finally {
      clearTimeout(deadline);
    }
  });
}

// What a story that came too late left open does not keep the file from ending.
after(() => setTimeout(() => process.exit(), 10_000).unref());

async function evidence(name) {
  for (const [index, page] of openPages().entries()) {
    const file = `failed ${name} ${index + 1}`.replace(/[^\w]+/g, "-");
    const picture = await screenshot(page, file).catch((error) => `no picture: ${error.message}`);
    console.error([`page ${index + 1}, ${page.url()}, ${picture}`, ...page.log].join("\n    "));
  }
}
