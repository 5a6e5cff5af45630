// A page that is loaded anew comes back as the same peer, and the other side plays on.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { browserNames, until } from "../support/browser.mjs";
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
  test(`${names.join(" and ")}: who reloads is the same peer, and its stream the same object at the other side`, async (t) => {
    const server = await startServer(t);
    const { a, b } = await two(t, server, names);
    for (const [reloads, stays] of [[a, b], [b, a], [a, b]]) {
      const id = await reloads.id();
      await stays.remember();
      await stays.news();

      const from = performance.now();
      await reloads.reload();
      const joined = performance.now();
      await stays.sees();
      t.diagnostic(`in the room after ${Math.round(joined - from)} ms, seen after ${Math.round(performance.now() - from)} ms`);
      await reloads.sees();

      assert.equal(await reloads.id(), id);
      assert.deepEqual(await stays.isWithTheSame(), { peer: true, stream: true, shown: true });
      // No member, peer or stream came or went, and the element neither ended nor was emptied.
      assert.deepEqual(await stays.news(), ["replaced"]);
    }
    assert.deepEqual([a.page.errors, b.page.errors], [[], []]);
  });
}

for (const name of browserNames) {
  test(`a duplicate of a tab is somebody else, and both keep who they are over a reload, in ${name}`, async (t) => {
    const server = await startServer(t);
    const { a, b, room } = await two(t, server, [name, name]);
    const id = await a.id();
    await b.remember();
    const copy = await a.duplicate(t);
    assert.deepEqual(await copy.stored(), await a.stored());
    await copy.join(room);
    const other = await copy.id();
    assert.notEqual(other, id);
    await b.isWith(a, copy);
    assert.deepEqual(await a.page.evaluate(() => [window.room.peerId, window.room.signalingState.phase]), [id, "joined"]);

    await copy.reload();
    await a.reload();
    assert.deepEqual([await a.id(), await copy.id()], [id, other]);
    await b.isWith(a, copy);
    assert.ok((await b.isWithTheSame()).peer);
  });

  test(`what is stored is junk, forged, denied, full or under no lock: one is somebody new, in ${name}`, async (t) => {
    const server = await startServer(t);
    const { a, b } = await two(t, server, [name, name], { reloadMs: 500, video: false });
    const change = (to) =>
      a.page.evaluate((to) => {
        const key = Object.keys(sessionStorage).find((key) => key.startsWith("rejoin "));
        sessionStorage.setItem(key, to.replace("ID", window.room.peerId));
      }, to);
    for (const junk of ["", "junk", "{}", "ID", "ID ", "a b c", "ID forged", `ID ${"x".repeat(5_000)}`, "\u{1f44b} \0"]) {
      const id = await a.id();
      await change(junk);
      await a.reload();
      assert.notEqual(await a.id(), id, junk);
      await b.isWith(a);
    }
    // As if nothing had been: the next reload is the same again.
    const id = await a.id();
    await a.reload();
    assert.equal(await a.id(), id);

    const lacks = { denied: denyStorage, full: fillStorage, unlocked: takeLocks };
    for (const [lack, take] of Object.entries(lacks)) {
      const { identifier } = await a.page.evaluateOnNewDocument(take);
      const before = await a.id();
      await a.reload();
      const during = await a.id();
      if (lack !== "full") assert.notEqual(during, before, lack);
      await b.isWith(a);
      await a.page.removeScriptToEvaluateOnNewDocument(identifier);
    }
    assert.deepEqual([a.page.errors, b.page.errors], [[], []]);
  });
}

test("who leaves the room is nobody's successor, and a token is told to no other room", async (t) => {
  const server = await startServer(t);
  const { a, b } = await two(t, server, ["chromium", "chromium"], { reloadMs: 10_000, video: false });
  const id = await a.id();
  const [[key, value]] = await a.stored();
  assert.ok(key.includes(`:${server.port}/ws `) && value.startsWith(`${id} `), `${key}: ${value}`);
  const [, token] = value.split(" ");

  await a.page.evaluateOnNewDocument(() => {
    window.said = [];
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = function (text) {
      window.said.push(text);
      send.call(this, text);
    };
  });
  await a.page.reload();
  await a.join(randomUUID(), { reloadMs: 10_000, video: false });
  const said = await a.page.evaluate(() => window.said.join());
  assert.ok(said.includes('"hello"') && !said.includes(token), said);
  assert.equal((await a.stored()).length, 2);

  await b.page.evaluate(() => window.room.leave());
  assert.deepEqual(await b.stored(), []);
});

test("who comes back without a camera is the same peer, and its stream is over", async (t) => {
  const server = await startServer(t);
  const { a, b } = await two(t, server, ["chromium", "chromium"]);
  await b.remember();
  await b.news();
  await a.reload({ video: false });
  await until(b.page, "the end of the stream", () => window.room.peers[0].streams.length === 0);
  await b.isWith(a);
  assert.ok((await b.isWithTheSame()).peer);
  const news = await b.news();
  assert.deepEqual(news.filter((event) => ["peer", "close", "stream", "streamremoved"].includes(event)), ["streamremoved"]);
});

test("both reload at the same moment, and are with each other again", async (t) => {
  const server = await startServer(t);
  const { a, b } = await two(t, server, ["chromium", "chromium"]);
  const ids = await Promise.all([a.id(), b.id()]);
  await Promise.all([a.reload(), b.reload()]);
  await Promise.all([a.sees(), b.sees()]);
  assert.deepEqual(await Promise.all([a.id(), b.id()]), ids);
});

test("a page that is closed is waited for as long as it had asked, and no longer", async (t) => {
  const server = await startServer(t);
  const { a, b } = await two(t, server, ["chromium", "chromium"], { reloadMs: 3_000, video: false });
  await a.page.close({ runBeforeUnload: true });
  await until(b.page, "a suspended member", () => window.room.members[0]?.suspended);
  const from = performance.now();
  await until(b.page, "nobody", () => window.room.members.length === 0);
  const waited = performance.now() - from;
  assert.ok(waited > 2_000 && waited < 6_000, `${waited} ms`);
});

/** Two pages that are connected, and with pictures see each other. */
async function two(t, server, names, options) {
  const room = randomUUID();
  const [a, b] = await Promise.all(names.map((name) => Member.open(t, shared(name), server)));
  for (const member of [a, b]) await member.join(room, options);
  await Promise.all(options?.video === false ? [a.isWith(b), b.isWith(a)] : [a.sees(), b.sees()]);
  return { a, b, room };
}

/** These run in the page before its scripts. */
function denyStorage() {
  Object.defineProperty(window, "sessionStorage", {
    get() {
      throw new DOMException("denied", "SecurityError");
    },
  });
}

function fillStorage() {
  Storage.prototype.setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
}

function takeLocks() {
  Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
}
