// A page that is loaded anew comes back as the same peer, and the other side plays on.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { browserNames } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { test } from "../support/test.mjs";
import { Member } from "./reloading.mjs";
import { shared } from "./shared.mjs";

const pairs = [
  ["chromium", "chromium"],
  ["firefox", "firefox"],
  ["chromium", "firefox"],
].filter((names) => names.every((name) => browserNames.includes(name)));

for (const names of pairs) {
  test(`${names.join(" and ")}: who reloads is the same peer, and its stream at the other side the same object`, async (t) => {
    const server = await startServer(t);
    const [a, b] = await two(t, server, names);
    for (const [reloader, other] of [[a, b], [b, a], [a, b]]) {
      const id = await reloader.id();
      await other.remember();
      await Promise.all([a.news(), b.news()]);

      const from = performance.now();
      await reloader.reload();
      const joined = performance.now();
      await other.sees();
      t.diagnostic(`joined after ${Math.round(joined - from)} ms, seen after ${Math.round(performance.now() - from)} ms`);
      await reloader.sees();

      assert.equal(await reloader.id(), id);
      assert.deepEqual(await other.isWithTheSame(), { peer: true, stream: true, shown: true });
      const news = await other.news();
      console.log(names.join(), news.join());
      assert.equal(news.filter((event) => event === "replaced").length, 1, `${news}`);
      assert.deepEqual(news.filter((event) => ["memberleave", "memberjoin", "peer", "close", "stream", "streamremoved"].includes(event)), []);
    }
    assert.deepEqual([a.page.errors, b.page.errors], [[], []]);
  });
}

async function two(t, server, names) {
  const room = randomUUID();
  const members = await Promise.all(names.map((name) => Member.open(t, shared(name), server)));
  for (const member of members) await member.join(room);
  await Promise.all(members.map((member) => member.sees()));
  return members;
}
