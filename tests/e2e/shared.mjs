// Browsers that the tests of one file share: to start one takes longer than most tests.
import { randomUUID } from "node:crypto";
import { after } from "node:test";
import { launch } from "../support/browser.mjs";
import { CallPage } from "./call-page.mjs";

/** The browser of this name, until the last test of the file has ended. */
export function shared(name) {
  if (!browsers.has(name)) browsers.set(name, launch({ after: (end) => ends.push(end) }, name));
  return browsers.get(name);
}

/** Two pages that pressed Start in the same room, in the browsers of these names. */
export async function pair(t, server, [first, second] = ["chromium", "chromium"]) {
  const room = randomUUID();
  const [a, b] = await Promise.all([CallPage.open(t, shared(first), server, room), CallPage.open(t, shared(second), server, room)]);
  await Promise.all([a.start(), b.start()]);
  return { a, b, room };
}

const browsers = new Map();
const ends = [];
after(() => Promise.all(ends.map((end) => end())));
