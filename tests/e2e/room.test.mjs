// Rooms from TypeScript's side of the package: who is told of whom, servers that change, a server that comes back late.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { browserNames, until } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { test } from "../support/test.mjs";
import { openWindow } from "./call-page.mjs";
import { shared } from "./shared.mjs";

for (const name of browserNames) {
  test(`peers that are closed in one turn are told as the objects they were, in ${name}`, async (t) => {
    const page = await opened(t, name, await startServer(t));
    const told = await page.evaluate(closedAtOnce, randomUUID());
    assert.deepEqual(told, { same: [true, true], left: 0, again: true, events: 0, reasons: ["hungUp", "hungUp"] });
    assert.deepEqual(page.errors, []);
  });

  test(`the ICE servers of a later join are those of the peers that are there, in ${name}`, async (t) => {
    const server = await startServer(t, { args: ["--ice-server", "stun:127.0.0.1:34007"] });
    const page = await opened(t, name, server);
    await page.evaluate(join, randomUUID(), {});
    assert.deepEqual(await page.evaluate(servers), ["stun:127.0.0.1:34007"]);
    await server.kill();
    await until(page, "the loss of the server", () => window.rooms.every((room) => room.signalingState.phase !== "joined"));
    await server.restart({ args: ["--ice-server", "stun:127.0.0.1:34008"] });
    await until(page, "the return", () => window.rooms.every((room) => room.signalingState.phase === "joined"), { ms: 25_000 });
    assert.deepEqual(await page.evaluate(servers), ["stun:127.0.0.1:34007"], "the connection there is goes on");
    await page.evaluate(again);
    assert.deepEqual(await page.evaluate(servers), ["stun:127.0.0.1:34008"]);
    assert.equal(await page.evaluate(takesOthers), "invalidOption");
    await page.evaluate(again);
    assert.deepEqual(await page.evaluate(servers), ["stun:127.0.0.1:34009", "stun:127.0.0.1:34008"]);
    isSound(page);
  });

  test(`a room that has given its server up comes back when it is asked to, in ${name}`, async (t) => {
    const server = await startServer(t);
    const page = await opened(t, name, server);
    await page.evaluate(join, randomUUID(), { maxAttempts: 1 });
    await server.kill();
    await until(page, "the end of the attempts", () => window.rooms.every((room) => room.signalingState.phase === "failed"), { ms: 25_000 });
    await server.restart();
    assert.equal(await page.evaluate(() => window.peer.state.phase), "connected");
    await page.evaluate(() => window.rooms.forEach((room) => room.reconnect()));
    await until(page, "the return", () => window.rooms.every((room) => room.signalingState.phase === "joined"));
    const same = () => window.rooms[0].peers.length === 1 && window.rooms[0].peers[0] === window.peer;
    assert.equal(await page.evaluate(same), true, "the same peer");
    isSound(page);
  });
}

/** Nothing went wrong but what Firefox writes of a socket whose server dies. */
function isSound(page) {
  assert.deepEqual(page.errors.filter((error) => !error.includes("was interrupted while the page was loading")), []);
}

async function opened(t, name, server) {
  const page = await openWindow(t, shared(name), server.url);
  await page.evaluate(async () => {
    window.rejoin = await import("/rejoin/index.js");
    await window.rejoin.init();
  });
  return page;
}

/** Two rooms of the same name in this page, connected. */
async function join(name, options) {
  const { Room } = window.rejoin;
  const first = await Room.join({ room: name, ...options });
  const found = new Promise((done) => first.addEventListener("peer", ({ peer }) => done(peer)));
  window.rooms = [first, await Room.join({ room: name, ...options })];
  window.peer = await found;
  await window.peer.connected({ signal: AbortSignal.timeout(20_000) });
}

function servers() {
  return window.peer.connection.getConfiguration().iceServers.flatMap(({ urls }) => urls);
}

/** Another connection. */
async function again() {
  const before = window.peer.connection;
  window.peer.reconnect();
  const late = AbortSignal.timeout(20_000);
  while (window.peer.connection === before || window.peer.state.phase !== "connected") {
    late.throwIfAborted();
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** Gives the code of the refusal of what is no server. */
function takesOthers() {
  const [room, other] = window.rooms;
  for (const one of [room, other]) one.setConfiguration({ iceServers: [{ urls: "stun:127.0.0.1:34009" }] });
  try {
    room.setConfiguration({ iceServers: [{ urls: "http://127.0.0.1:9" }] });
  } catch (error) {
    return error.code;
  }
  return "none";
}

async function closedAtOnce(name) {
  const { Room } = window.rejoin;
  const room = await Room.join({ room: name });
  const others = [await Room.join({ room: name }), await Room.join({ room: name })];
  const late = AbortSignal.timeout(20_000);
  while (room.peers.length < 2) {
    late.throwIfAborted();
    await new Promise((done) => setTimeout(done, 20));
  }
  const peers = room.peers;
  await Promise.all(peers.map((peer) => peer.connected({ signal: late })));
  const told = [];
  const both = new Promise((done) => {
    room.addEventListener("peerclose", ({ peer, reason }) => {
      told.push({ peer, reason });
      if (told.length === 2) done();
    });
  });
  for (const peer of peers) peer.close();
  const left = room.peers.length;
  // In the same turn: another connection, and a channel to everybody.
  const next = room.connect(peers[0].id);
  room.channel("after").close();
  await both;
  let events = 0;
  for await (const _ of peers[0].events("statechange", { signal: late })) events += 1;
  await next.connected({ signal: late });
  const again = room.peers.includes(next) && !peers.includes(next);
  for (const one of [room, ...others]) one.leave();
  return { same: peers.map((peer) => told.some((one) => one.peer === peer)), left, again, events, reasons: told.map((one) => one.reason) };
}
