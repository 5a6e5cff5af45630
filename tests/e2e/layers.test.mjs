// Below the room: one peer over a signaling of one's own, from TypeScript's side of the package.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { browserNames, open, until } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { test } from "../support/test.mjs";
import { openWindow } from "./call-page.mjs";
import { shared } from "./shared.mjs";

for (const name of browserNames) {
  test(`two peers of one page connect in memory, with media and data both ways, in ${name}`, async (t) => {
    const server = await startServer(t);
    const page = await openWindow(t, shared(name), server.url);
    const result = await page.evaluate(inMemory);
    assert.deepEqual(result, { heard: ["for b", "for a"], sizes: [true, true], reasons: ["hungUp", "remoteHungUp"] });
    assert.deepEqual(page.errors, []);
  });

  test(`a peer connects over a signaling that loses, doubles and reorders, in ${name}`, async (t) => {
    const server = await startServer(t);
    const page = await openWindow(t, shared(name), server.url);
    const { lost, doubled, late, heard } = await page.evaluate(overBadSignaling);
    assert.equal(heard, "through");
    assert.ok(lost > 0 && doubled > 0 && late > 0, JSON.stringify({ lost, doubled, late }));
    assert.deepEqual(page.errors, []);
  });
}

test("two tabs connect over a BroadcastChannel with the server dead, and again after a reload", async (t) => {
  const server = await startServer(t);
  const browser = await shared("chromium");
  const [a, b] = [await open(browser, server.url), await open(browser, server.url)];
  t.after(() => Promise.all([a.close(), b.close()]));
  const name = randomUUID();
  await Promise.all([load(a), load(b)]);
  await server.kill();
  await Promise.all([a.evaluate(overBroadcast, name), b.evaluate(overBroadcast, name)]);
  await exchange(a, b);

  await server.restart();
  await b.reload();
  await load(b);
  await b.evaluate(overBroadcast, name);
  await exchange(a, b);

  await b.evaluate(() => window.peer.close());
  await until(a, "the hang-up", () => window.closed_ === "remoteHungUp", { ms: 1_000 });
});

/** Both say something new, and hear the other. */
async function exchange(a, b) {
  const [fromA, fromB] = [randomUUID(), randomUUID()];
  await Promise.all([
    a.evaluate((text) => window.say(text), fromA),
    b.evaluate((text) => window.say(text), fromB),
    until(a, "word from b", (text) => window.heard.includes(text), { args: [fromB] }),
    until(b, "word from a", (text) => window.heard.includes(text), { args: [fromA] }),
  ]);
}

function load(page) {
  return page.evaluate(async () => {
    window.rejoin = await import("/rejoin/index.js");
    await window.rejoin.init();
  });
}

async function overBroadcast(name) {
  const { BroadcastSignaling, Peer } = window.rejoin;
  const peer = Peer.connect(new BroadcastSignaling(name));
  const channel = peer.channel("words");
  window.peer = peer;
  window.heard = [];
  channel.addEventListener("message", ({ data }) => window.heard.push(data));
  peer.addEventListener("close", ({ reason }) => (window.closed_ = reason));
  window.say = (text) => channel.send(text);
  await peer.connected({ signal: AbortSignal.timeout(20_000) });
}

async function inMemory() {
  const { Peer, attach, getUserMedia, init, memorySignaling } = await import("/rejoin/index.js");
  await init();
  const within = { signal: AbortSignal.timeout(30_000) };
  const [left, right] = memorySignaling();
  const media = await getUserMedia({ video: true, audio: true });
  const a = Peer.connect(left, { media });
  const b = Peer.connect(right, { media });
  const closed = [a, b].map((peer) => new Promise((done) => peer.addEventListener("close", ({ reason }) => done(reason))));
  await Promise.all([a.connected(within), b.connected(within)]);

  const sizes = await Promise.all([a, b].map(picture));
  await a.channel("words").send("for b");
  await b.channel("words").send("for a");
  const heard = await Promise.all([b, a].map((peer) => next(peer.channel("words"))));

  a.close();
  const reasons = await Promise.all(closed);
  media.stop();
  return { heard, sizes, reasons };

  async function picture(peer) {
    const video = document.body.appendChild(document.createElement("video"));
    const stream = peer.streams[0] ?? (await new Promise((done) => peer.addEventListener("stream", ({ stream }) => done(stream), { once: true })));
    const attachment = attach(video, stream);
    await new Promise((done) => video.requestVideoFrameCallback(done));
    const seen = video.videoWidth > 0 && video.videoHeight > 0 && stream.getAudioTracks().length === 1;
    attachment.detach();
    video.remove();
    return seen;
  }

  async function next(channel) {
    for await (const message of channel.messages(within)) return message;
  }
}

async function overBadSignaling() {
  const { Peer, init } = await import("/rejoin/index.js");
  await init();
  const within = { signal: AbortSignal.timeout(60_000) };
  const listeners = [new Set(), new Set()];
  const counts = { lost: 0, doubled: 0, late: 0 };
  let sent = 0;
  // Every fourth message is lost, every third comes twice, every other one later than the next.
  const end = (own, other) => ({
    send(message) {
      sent += 1;
      if (sent % 4 === 0) return void (counts.lost += 1);
      const deliver = () => other.forEach((listener) => listener.message(message));
      const late = sent % 2 === 0;
      if (late) counts.late += 1;
      setTimeout(deliver, late ? 60 : 0);
      if (sent % 3 === 0) {
        counts.doubled += 1;
        setTimeout(deliver, 30);
      }
    },
    subscribe(listener) {
      own.add(listener);
      return () => own.delete(listener);
    },
  });
  const a = Peer.connect(end(listeners[0], listeners[1]));
  const b = Peer.connect(end(listeners[1], listeners[0]));
  await Promise.all([a.connected(within), b.connected(within)]);
  await a.channel("words").send("through");
  let heard;
  for await (const message of b.channel("words").messages(within)) {
    heard = message;
    break;
  }
  a.close();
  return { ...counts, heard };
}
