// A third peer in the room that sends junk to the two others: their call does not care.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { until } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { test } from "../support/test.mjs";
import { openWindow } from "./call-page.mjs";
import { watch } from "./senses.mjs";
import { shared } from "./shared.mjs";

test("a call of two lives through a third that sends junk of every kind", async (t) => {
  const server = await startServer(t);
  const room = randomUUID();
  const [a, b, liar] = await Promise.all([1, 2, 3].map(() => openWindow(t, shared("chromium"), server.url)));
  await a.evaluate(join, room);
  await b.evaluate(join, room);
  await until(a, "b in the room", () => window.room.members.length === 1);
  await a.evaluate(() => window.room.connect(window.room.members[0].id));
  await inCall(a, b);

  const told = await liar.evaluate(lie, room);
  assert.equal(told.victims, 2);
  assert.ok(told.answers > 0, "no honest side has answered the liar's greeting, so that nothing was tried");
  await inCall(a, b);

  // The liar is still there, as a connection that never comes to be; who has it can close it.
  for (const page of [a, b]) {
    const before = await page.evaluate(() => window.room.peers.map(({ state }) => state.phase).sort());
    assert.ok(before.includes("connected"), before.join());
  }
  await liar.evaluate(() => window.socket.close());
  await inCall(a, b);

  // And after a hang-up the two find each other again.
  await a.evaluate((id) => window.room.peers.find((peer) => peer.id === id).close(), await b.evaluate(() => window.room.peerId));
  await until(b, "the hang-up", () => window.friend === undefined);
  await b.evaluate((id) => window.room.connect(id), await a.evaluate(() => window.room.peerId));
  await inCall(a, b);
  assert.deepEqual([a.errors, b.errors], [[], []]);
});

/** Both see new frames of the other, and both hear a new word. */
async function inCall(a, b) {
  for (const page of [a, b]) await until(page, "the friend connected", () => window.friend?.state.phase === "connected", { ms: 20_000 });
  await Promise.all([a.evaluate(watch, "#picture"), b.evaluate(watch, "#picture")]);
  for (const [from, to] of [[a, b], [b, a]]) {
    const word = randomUUID();
    await from.evaluate((word) => window.friend.channel("words").send(word), word);
    await until(to, "the word", (word) => window.heard.includes(word), { args: [word] });
  }
}

/** Runs in an honest page: joins, and shows whom it sees. */
async function join(name) {
  const { Room, attach, getUserMedia, init } = await import("/rejoin/index.js");
  await init();
  const media = await getUserMedia({ video: true, audio: true });
  const video = document.body.appendChild(document.createElement("video"));
  video.id = "picture";
  window.heard = [];
  const room = await Room.join({ room: name, media, connect: "manual", capacity: 3, signal: AbortSignal.timeout(15_000) });
  window.room = room;
  let attachment;
  room.addEventListener("peer", ({ peer }) => {
    // The friend is who sends something; the liar never gets so far.
    peer.addEventListener("stream", ({ stream }) => {
      window.friend = peer;
      attachment?.detach();
      attachment = attach(video, stream);
    });
    peer.channel("words").addEventListener("message", ({ data }) => window.heard.push(data));
    peer.addEventListener("close", () => {
      if (window.friend === peer) window.friend = undefined;
    });
  });
}

/** Runs in the liar's page: a bare WebSocket that knows the protocols well enough to abuse them. */
async function lie(room) {
  const socket = new WebSocket(`ws://${location.host}/ws`, "rejoin.v1");
  window.socket = socket;
  const got = [];
  const waiting = [];
  let over;
  const look = () => waiting.splice(0).forEach((again) => again());
  socket.addEventListener("message", ({ data }) => {
    got.push(JSON.parse(data));
    look();
  });
  socket.addEventListener("close", ({ code, reason }) => {
    over = `${code} ${reason}`;
    look();
  });
  setTimeout(() => {
    over ??= "not at all, but nobody has said what was waited for within 20 s";
    look();
  }, 20_000);
  const until = async (found) => {
    for (;;) {
      const message = got.find(found);
      if (message) return message;
      if (over) throw new Error(`the liar's socket is closed: ${over}; the last word was ${JSON.stringify(got.at(-1))}`);
      await new Promise((again) => waiting.push(again));
    }
  };
  await new Promise((done) => socket.addEventListener("open", done));
  const say = (message) => socket.send(JSON.stringify(message));
  say({ type: "hello", room, capacity: 3 });
  const { peers } = await until(({ type }) => type === "welcome");
  for (const { peer } of peers) {
    const signal = (data) => say({ type: "signal", to: peer, data: typeof data === "string" ? data : JSON.stringify(data) });
    const text = ["", "null", "[]", "{", "0", '"sync"', "{}", '{"type":7}', "[".repeat(5_000), "\u0000\ud800", "x".repeat(20_000)];
    for (const junk of text) signal(junk);
    const from = "1".repeat(16);
    const malformed = [
      { type: "sync" },
      { type: "sync", from: "" },
      { type: "sync", from: "a/b" },
      { type: "sync", from: "x".repeat(1_000) },
      { type: "sync", from, number: 0 },
      { type: "sync", from, number: -1, epoch: 1.5, ack: "1" },
      { type: "sync", from, needAudio: 4_294_967_295, needVideo: 255 },
      { type: "candidates", from, candidates: "all" },
      { type: "candidates", from, candidates: Array(65).fill(null) },
      { type: "description", from, sdpType: "bribe", sdp: "" },
      { type: "description", from, sdp: 1 },
      { type: "sources", from, sources: Array(33).fill({ stream: "s" }) },
      { type: "sources", from, sources: [{ stream: 1 }] },
    ];
    for (const message of malformed) signal(message);

    // A proper greeting, so that a link comes to be, and then everything a peer must not do on it.
    const header = { from, wanted: true, epoch: 0, base: 1, ack: 0 };
    signal({ ...header, type: "sync", answer: true, probe: 7 });
    const { data } = await until(({ type, from }) => type === "signal" && from === peer);
    const their = JSON.parse(data);
    let number = 0;
    const numbered = (body) => signal({ ...header, to: their.from, proof: their.probe, number: ++number, ...body });
    numbered({ type: "sync", answer: true });
    numbered({ type: "negotiate", needAudio: 16, needVideo: 16 });
    const ice = "candidate:1 1 udp 1 10.99.0.77 9 typ host";
    for (const epoch of [0, 1, 2, 4_294_967_295]) {
      numbered({ type: "candidates", epoch, candidates: [{ candidate: ice, sdpMid: "7", usernameFragment: "none" }, null] });
      numbered({ type: "candidates", epoch, candidates: [{ candidate: "junk", sdpMid: "" }, { candidate: ice, sdpMLineIndex: 65_535 }] });
      numbered({ type: "description", epoch, sdpType: "answer", sdp: "v=0\r\n" });
      numbered({ type: "description", epoch, sdpType: "offer", sdp: "this is no sdp" });
      numbered({ type: "description", epoch, sdpType: "rollback", sdp: "" });
      numbered({ type: "description", epoch, sdpType: "pranswer", sdp: `v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n${"a=x\r\n".repeat(2_000)}` });
      numbered({ type: "rebuild", epoch, reason: "fun" });
      numbered({ type: "sources", epoch, sources: [{ stream: "s", name: "n", audioMuted: true }] });
      numbered({ type: "made up", epoch });
    }
    numbered({ type: "ack", ack: 4_294_967_295 });
    numbered({ type: "ack", base: 4_294_967_295 });
    signal({ ...header, type: "ack", to: their.from, number: 4_294_967_295 });
    signal({ ...header, type: "bye", to: "2".repeat(16), number: 1, reason: "fun" });
    // From other lives, each a new one.
    for (let life = 0; life < 10; life++) signal({ ...header, from: `life${life}`, type: "sync", answer: true });
    say({ type: "ping" });
    await until(({ type }) => type === "pong");
    got.splice(got.findIndex(({ type }) => type === "pong"), 1);
  }
  return { victims: peers.length, answers: got.filter(({ type }) => type === "signal").length };
}
