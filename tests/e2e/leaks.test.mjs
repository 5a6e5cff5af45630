// What is opened and closed a thousand times leaves nothing: nothing that lives, no object of the browser's, no growing memory.
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { browserNames } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { test } from "../support/test.mjs";
import { openWindow } from "./call-page.mjs";
import { countTheLiving } from "./living.mjs";
import { shared } from "./shared.mjs";

const BATCH = 100;

for (const name of browserNames) {
  test(`a thousand peers come and go in one page of ${name}`, async (t) => {
    const page = await opened(t, name);
    await aThousand(t, page, name, peers);
    await isGone(page, name, ["RTCPeerConnection", "RTCDataChannel"]);
    assert.deepEqual(page.errors, []);
  }, { seconds: 300 });

  test(`a thousand channels and a thousand streams come and go in one page of ${name}`, async (t) => {
    const page = await opened(t, name);
    await aThousand(t, page, name, channels);
    await aThousand(t, page, name, streams);
    await isGone(page, name, ["RTCPeerConnection", "RTCDataChannel", "MediaStreamTrack"]);
    assert.deepEqual(page.errors, []);
  }, { seconds: 300 });

  test(`a thousand sockets come and go in one page of ${name}`, async (t) => {
    const page = await opened(t, name);
    await aThousand(t, page, name, sockets);
    await isGone(page, name, ["WebSocket"]);
    assert.deepEqual(page.errors, []);
  }, { seconds: 300 });

  test(`a call is connected anew a hundred times in one page of ${name}`, async (t) => {
    const page = await opened(t, name);
    await page.evaluate(call);
    const [sizes, living] = [[], []];
    for (let batch = 0; batch < 5; batch++) {
      sizes.push(await page.evaluate(() => window.connectAnew(20)));
      if (name === "chromium") await collectGarbage(page);
      // The connections before it have ended by then.
      await page.waitForFunction(() => window.living.connections === 2, { timeout: 15_000 });
      living.push(await page.evaluate(() => ({ ...window.living })));
    }
    t.diagnostic(`pages of WebAssembly memory after each twenty, in ${name}: ${sizes.join(" ")}; living at the end: ${JSON.stringify(living.at(-1))}`);
    if (name === "chromium") assert.equal(sizes.at(-1), sizes[1], `pages of WebAssembly memory: ${sizes}`);
    for (const what of ["connections", "listeners", "tracks", "sockets"]) {
      assert.equal(living.at(-1)[what], living[0][what], `${what} after twenty and after a hundred: ${JSON.stringify(living)}`);
    }
    assert.deepEqual(await page.evaluate(() => window.endCall()), { messages: 200, events: [] });
    await nothingLives(page);
    await isGone(page, name, ["RTCPeerConnection", "RTCDataChannel", "MediaStreamTrack"]);
    assert.deepEqual(page.errors, []);
  }, { seconds: 300 });
}

async function opened(t, name) {
  const server = await startServer(t);
  const page = await openWindow(t, shared(name), server.url);
  await page.evaluate(countTheLiving);
  await page.evaluate(load);
  return page;
}

/** After two hundred the WebAssembly has the memory it needs for as many as there like, and in the end nothing lives. */
async function aThousand(t, page, name, things) {
  const sizes = [];
  for (let batch = 0; batch < 10; batch++) {
    sizes.push(await page.evaluate(things, BATCH));
    // What JavaScript has let go of is freed when the garbage is collected, which comes late in a page that has little.
    if (name === "chromium") await collectGarbage(page);
  }
  t.diagnostic(`${things.name} in ${name}: pages of WebAssembly memory after each hundred: ${sizes.join(" ")}`);
  // Firefox collects when it likes.
  if (name === "chromium") assert.equal(sizes.at(-1), sizes[1], `pages of WebAssembly memory: ${sizes}`);
  t.diagnostic(`living then: ${await nothingLives(page)}`);
}

/** The registry is back at its start: one closure, that of the queue of tasks. */
async function nothingLives(page) {
  const start = { closures: 1, listeners: 0, timers: 0, connections: 0, channels: 0, sockets: 0, tracks: 0 };
  const living = () => page.evaluate(() => window.living);
  // A peer that was closed repeats its goodbye for up to 10 s.
  for (let seconds = 0; seconds < 30 && !isDeepStrictEqual(await living(), start); seconds++) {
    await new Promise((done) => setTimeout(done, 1_000));
  }
  assert.deepEqual(await living(), start);
  return JSON.stringify(start);
}

async function collectGarbage(page) {
  const session = await page.createCDPSession();
  await session.send("HeapProfiler.collectGarbage");
  await session.detach();
  // A turn for those who are told of what was collected.
  await page.evaluate(() => new Promise((done) => setTimeout(done, 0)));
}

/** No object of these classes is left after the garbage has been collected. Only Chromium can be asked for its objects. */
async function isGone(page, name, types) {
  if (name !== "chromium") return;
  for (const type of types) {
    let left;
    // The browser gives some up only after the network has closed.
    for (let tries = 0; tries < 20 && left !== 0; tries++) {
      if (tries > 0) await new Promise((done) => setTimeout(done, 500));
      await collectGarbage(page);
      const prototype = await page.evaluateHandle((type) => window[type].prototype, type);
      const objects = await page.queryObjects(prototype);
      left = await objects.evaluate((objects) => objects.filter((object) => !Object.hasOwn(object, "constructor")).length);
      await objects.dispose();
      await prototype.dispose();
    }
    assert.equal(left, 0, `${type} objects left`);
  }
}

/** Runs in the page: `window.load` gives the package, and the size of its memory. */
function load() {
  let memory;
  const native = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (...args) => {
    const result = await native(...args);
    memory = Object.values(result.instance.exports).find((value) => value instanceof WebAssembly.Memory);
    return result;
  };
  window.load = async () => {
    const rejoin = await import("/rejoin/index.js");
    await rejoin.init();
    return { ...rejoin, pages: () => memory.buffer.byteLength / 65_536 };
  };
}

/** Runs in the page: so many peers, in pairs over memory, each with a message there and back. */
async function peers(count) {
  const { Peer, memorySignaling, pages } = await window.load();
  for (let done = 0; done < count; done += 2) {
    const [left, right] = memorySignaling();
    const pair = [Peer.connect(left), Peer.connect(right)];
    const [near, far] = pair.map((peer) => peer.channel("words"));
    await near.send(`${done}`);
    for await (const message of far) {
      if (message !== `${done}`) throw new Error(`heard ${message} instead of ${done}`);
      break;
    }
    pair.forEach((peer) => peer.close());
  }
  return pages();
}

/** Runs in the page: so many channels over one connection. */
async function channels(count) {
  const { Peer, memorySignaling, pages } = await window.load();
  const [left, right] = memorySignaling();
  const pair = [Peer.connect(left), Peer.connect(right)];
  await Promise.all(pair.map((peer) => peer.connected()));
  for (let done = 0; done < count; done++) {
    const [near, far] = pair.map((peer) => peer.channel(`words ${done}`));
    await near.send("a word");
    for await (const message of far) {
      if (message !== "a word") throw new Error(`heard ${message}`);
      break;
    }
    near.close();
    far.close();
  }
  pair.forEach((peer) => peer.close());
  return pages();
}

/** Runs in the page: so many streams, shown and stopped. */
async function streams(count) {
  const { attach, getUserMedia, pages } = await window.load();
  const video = document.body.appendChild(document.createElement("video"));
  for (let done = 0; done < count; done++) {
    const stream = await getUserMedia({ video: { width: 160, height: 120 } });
    const attachment = attach(video, stream);
    attachment.detach();
    stream.stop();
  }
  video.remove();
  return pages();
}

/** Runs in the page: a call of two peers over memory, with video both ways and a durable channel, that can be connected anew. */
async function call() {
  const { Peer, attach, getUserMedia, memorySignaling, pages } = await window.load();
  // The last track of a stream is the hardest to replace: one is video only.
  const camera = await getUserMedia({ video: { width: 160, height: 120 } });
  const both = await getUserMedia({ video: { width: 160, height: 120 }, audio: true });
  const [left, right] = memorySignaling();
  const peers = [Peer.connect(left, { media: camera }), Peer.connect(right, { media: both })];
  const channels = peers.map((peer) => peer.channel("words", { durable: true }));
  const streams = peers.map((peer) => new Promise((done) => peer.addEventListener("stream", done, { once: true })));
  await Promise.all([...streams, ...peers.map((peer) => peer.connected())]);
  const events = [];
  const attachments = peers.map((peer, side) => {
    const video = document.body.appendChild(document.createElement("video"));
    video.muted = true;
    const attachment = attach(video, peer.streams[0]);
    for (const name of ["pause", "ended", "emptied"]) video[`on${name}`] = () => events.push(`${name} on the ${["left", "right"][side]}`);
    return attachment;
  });
  const heard = channels.map((channel) => channel[Symbol.asyncIterator]());
  let messages = 0;
  const say = async (from) => {
    await channels[from].send(`${messages}`);
    const { value } = await heard[1 - from].next();
    if (value !== `${messages++}`) throw new Error(`heard ${value}`);
  };
  const next = (peer) => new Promise((done) => peer.addEventListener("statechange", done, { once: true }));

  window.connectAnew = async (times) => {
    for (let time = 0; time < times; time++) {
      // Each side in its turn; the other side hears of it.
      const changed = peers.map(next);
      peers[time % 2].reconnect();
      await Promise.all(changed);
      await Promise.all(peers.map((peer) => peer.connected()));
      await say(0);
      await say(1);
    }
    return pages();
  };
  window.endCall = async () => {
    const played = [...events];
    attachments.forEach((attachment) => attachment.detach());
    document.querySelectorAll("video").forEach((video) => video.remove());
    await Promise.all(heard.map((messages) => messages.return()));
    peers.forEach((peer) => peer.close());
    [camera, both].forEach((stream) => stream.stop());
    // They hold all of it.
    delete window.connectAnew;
    delete window.endCall;
    return { messages, events: played };
  };
}

/** Runs in the page: so many clients of the server, each in a room of its own. */
async function sockets(count) {
  const { SignalingClient, pages } = await window.load();
  for (let done = 0; done < count; done++) {
    const client = SignalingClient.connect({ room: crypto.randomUUID() });
    await client.joined();
    client.close();
  }
  return pages();
}
