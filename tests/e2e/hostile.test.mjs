// A signaling of the application's own that does everything it must not: nothing breaks, and nothing is left unhandled.
import assert from "node:assert/strict";
import { browserNames } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { test } from "../support/test.mjs";
import { openWindow } from "./call-page.mjs";
import { shared } from "./shared.mjs";

for (const name of browserNames) {
  test(`peers live with a signaling that misbehaves, or end with an error, in ${name}`, async (t) => {
    const page = await opened(t, name);
    const told = await page.evaluate(misbehaviour);
    for (const [what, { expected, became }] of Object.entries(told)) assert.equal(became, expected, what);
    await isSound(page);
  });

  test(`what is no message is not taken for one, and not copied, in ${name}`, async (t) => {
    const page = await opened(t, name);
    const { grown } = await page.evaluate(junk);
    // The memory holds no more than a few of the longest messages there are.
    assert.ok(grown <= 64, `the memory of the WebAssembly grew by ${grown} pages`);
    await isSound(page);
  });

  test(`values of wrong types are errors of the caller's, in ${name}`, async (t) => {
    const page = await opened(t, name);
    const became = await page.evaluate(wrongTypes);
    for (const [call, error] of Object.entries(became)) assert.match(error, /^(TypeError|RejoinError|ChannelError|MediaError|SignalingError|none)$/, call);
    await isSound(page);
  });
}

async function opened(t, name) {
  const server = await startServer(t);
  const page = await openWindow(t, shared(name), server.url);
  await page.evaluate(load);
  return page;
}

/** Two other peers connect, and nothing went wrong that nobody has handled. */
async function isSound(page) {
  assert.equal(await page.evaluate(healthy), "fine");
  assert.deepEqual(await page.evaluate(() => window.unhandled), []);
  assert.deepEqual(page.errors, []);
}

/** Runs in the page: `window.rejoin` is the package, `window.unhandled` what nobody handled, `window.pages()` the size of the memory. */
async function load() {
  window.unhandled = [];
  window.addEventListener("unhandledrejection", ({ reason }) => window.unhandled.push(`rejected: ${String(reason?.stack ?? reason)}`));
  window.addEventListener("error", ({ message }) => window.unhandled.push(`thrown: ${message}`));
  const native = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (...args) => {
    const result = await native(...args);
    const memory = Object.values(result.instance.exports).find((value) => value instanceof WebAssembly.Memory);
    window.pages = () => memory.buffer.byteLength / 65_536;
    return result;
  };
  window.rejoin = await import("/rejoin/index.js");
  await window.rejoin.init();
}

async function healthy() {
  const { Peer, memorySignaling } = window.rejoin;
  const [left, right] = memorySignaling();
  const pair = [Peer.connect(left), Peer.connect(right)];
  const words = pair[0].channel("words");
  await words.send("fine", { signal: AbortSignal.timeout(20_000) });
  const heard = pair[1].channel("words").messages({ signal: AbortSignal.timeout(20_000) });
  const { value } = await heard.next();
  // On a channel that is open, nothing goes for a signal that has aborted.
  const refused = await words.send("not wanted", { signal: AbortSignal.abort() }).catch(({ name }) => name);
  await words.send("last");
  const { value: last } = await heard.next();
  if (refused !== "AbortError" || last !== "last") throw new Error(`an aborted send gives ${refused}, then ${last}`);
  pair.forEach((peer) => peer.close());
  return value;
}

async function misbehaviour() {
  const { Peer, memorySignaling } = window.rejoin;
  const no = () => {
    throw new Error("no");
  };
  /** Changes the one end of a good signaling, and says what becomes of its peer. */
  async function becomes(change) {
    const [left, right] = memorySignaling();
    const far = Peer.connect(right);
    let near;
    try {
      near = Peer.connect(change(left, () => near));
    } catch {
      return "refused";
    } finally {
      if (!near) far.close();
    }
    const connected = near.connected({ signal: AbortSignal.timeout(2_500) });
    const became = await connected.then(() => "connected", (error) => (error.name === "TimeoutError" ? "waiting" : error.name));
    near.close();
    far.close();
    return became;
  }

  const cases = {
    "a send that throws": ["waiting", (good) => ({ ...good, send: no })],
    "a send that throws what is no error": ["waiting", (good) => ({ ...good, send: () => { throw undefined; } })],
    "a send that throws now and then": ["connected", (good) => {
      let count = 0;
      return { ...good, send: (message) => (count++ % 2 === 0 ? no() : good.send(message)) };
    }],
    "a send whose promise rejects": ["connected", (good) => ({ ...good, send: async (message) => { good.send(message); no(); } })],
    "a send whose promise never settles": ["connected", (good) => ({ ...good, send: (message) => { good.send(message); return new Promise(() => {}); } })],
    "a send whose then throws": ["connected", (good) => ({ ...good, send: (message) => { good.send(message); return { then: no }; } })],
    "a send whose then is a getter that throws": ["connected", (good) => ({ ...good, send: (message) => { good.send(message); return { get then() { return no(); } }; } })],
    "a send that is none": ["waiting", (good) => ({ ...good, send: "no function" })],
    "a send that answers with its own message at once": ["connected", (good) => {
      let own;
      return {
        subscribe: (listener) => good.subscribe((own = listener)),
        send(message) {
          own?.message(message);
          good.send(message);
        },
      };
    }],
    "a send that says down and up at once": ["connected", (good) => {
      let own;
      return {
        subscribe: (listener) => good.subscribe((own = listener)),
        send(message) {
          own?.down();
          own?.up();
          good.send(message);
        },
      };
    }],
    "a send that closes the peer": ["ClosedError", (good, peer) => ({ ...good, send: (message) => { peer()?.close(); good.send(message); } })],
    "a send that asks for a reconnection, once": ["connected", (good, peer) => {
      let asked = false;
      return {
        ...good,
        send(message) {
          if (!asked) peer()?.reconnect();
          asked ||= peer() !== undefined;
          good.send(message);
        },
      };
    }],
    "a send that asks the peer everything": ["connected", (good, peer) => ({
      ...good,
      send(message) {
        const { state, streams, timeline, connection, muted } = peer() ?? {};
        if (state && !(streams && timeline && muted && (connection ?? true))) no();
        peer()?.channel(`channel ${Math.random()}`).close();
        good.send(message);
      },
    })],
    "a subscribe that throws": ["refused", (good) => ({ ...good, subscribe: no })],
    "a subscribe that is none": ["refused", (good) => ({ ...good, subscribe: undefined })],
    "a subscribe that returns a number": ["refused", (good) => ({ ...good, subscribe: (listener) => void good.subscribe(listener) ?? 7 })],
    "a subscribe that returns nothing": ["connected", (good) => ({ ...good, subscribe: (listener) => void good.subscribe(listener) })],
    "a subscribe that speaks before it returns": ["connected", (good) => ({
      ...good,
      subscribe(listener) {
        for (let n = 0; n < 10; n++) {
          listener.down();
          listener.message("early");
          listener.up();
        }
        return good.subscribe(listener);
      },
    })],
    "no signaling at all": ["refused", () => null],
    "callbacks after the close": ["connected", (good, peer) => ({
      ...good,
      subscribe(listener) {
        const after = setInterval(() => {
          if (peer()?.state.phase !== "closed") return;
          for (let n = 0; n < 3_000; n++) listener.message(`{"type":"sync","from":"life${n}"}`);
          listener.down();
          listener.up();
          clearInterval(after);
        });
        return good.subscribe(listener);
      },
    })],
  };
  const told = {};
  for (const [what, [expected, change]] of Object.entries(cases)) told[what] = { expected, became: await becomes(change) };
  return told;
}

async function junk() {
  const { Peer, memorySignaling } = window.rejoin;
  const [left, right] = memorySignaling();
  const listeners = [];
  const spied = { ...left, subscribe: (listener) => left.subscribe((listeners.push(listener), listener)) };
  const pair = [Peer.connect(spied), Peer.connect(right)];
  await Promise.all(pair.map((peer) => peer.connected({ signal: AbortSignal.timeout(20_000) })));
  const before = window.pages();
  const hugeText = "x".repeat(100_000_000);
  const values = [
    undefined, null, 0, 7, NaN, true, 7n, Symbol("no"), {}, [], ["text"], () => {}, new Date(), new Blob(["{}"]), new ArrayBuffer(9), new String("{}"),
    { length: 2 ** 31 }, { length: 9, charCodeAt: () => 200, slice: () => "x" }, new Proxy({}, {}), "", "\ud800", "\0", "{", "[".repeat(100_000), hugeText,
    JSON.stringify({ type: "sync", from: hugeText }),
  ];
  for (let round = 0; round < 20; round++) {
    for (const value of values) listeners[0].message(value);
    await new Promise((done) => setTimeout(done));
  }
  // More than may wait, in one turn.
  for (let n = 0; n < 100_000; n++) listeners[0].message("x");
  await new Promise((done) => setTimeout(done));
  const { phase } = pair[0].state;
  if (phase !== "connected") throw new Error(`the peer is ${phase}`);
  pair.forEach((peer) => peer.close());
  return { grown: window.pages() - before };
}

async function wrongTypes() {
  const { LocalStream, Peer, SignalingClient, attach, getUserMedia, memorySignaling } = window.rejoin;
  const [left, right] = memorySignaling();
  const pair = [Peer.connect(left), Peer.connect(right)];
  const channel = pair[0].channel("words");
  await channel.ready({ signal: AbortSignal.timeout(20_000) });
  const client = SignalingClient.connect({ room: "wrong-types" });
  const joinAndLeave = async (options) => {
    const client = SignalingClient.connect(options);
    await client.joined({ signal: AbortSignal.timeout(20_000) });
    client.close();
  };
  await client.joined({ signal: AbortSignal.timeout(20_000) });
  const odd = {
    undefined: undefined,
    null: null,
    "a number": 7,
    "no number": NaN,
    "a switch": true,
    "a symbol": Symbol("no"),
    "an object": {},
    "an array": [],
    "a function": () => {},
    "a word": "sideways",
    "a length": { length: 2 ** 31 },
  };
  const calls = {
    "Peer.connect": (value) => Peer.connect(memorySignaling()[0], value).close(),
    "Peer.connect with a policy": (value) => Peer.connect(memorySignaling()[0], { iceTransportPolicy: value }).close(),
    "Peer.connect with servers": (value) => Peer.connect(memorySignaling()[0], { iceServers: value }).close(),
    "Peer.connect with a server": (value) => Peer.connect(memorySignaling()[0], { iceServers: [value] }).close(),
    "Peer.connect with media": (value) => Peer.connect(memorySignaling()[0], { media: value }).close(),
    "Peer.connect with recovery": (value) => Peer.connect(memorySignaling()[0], { recovery: { graceTimeoutMs: value } }).close(),
    "peer.channel": (value) => pair[0].channel(value).close(),
    "peer.channel with options": (value) => pair[0].channel(`${Math.random()}`, value).close(),
    "peer.channel with a priority": (value) => pair[0].channel(`${Math.random()}`, { priority: value }).close(),
    "peer.publish": (value) => pair[0].publish(value),
    "peer.unpublish": (value) => pair[0].unpublish(value),
    "peer.connected": (value) => pair[0].connected({ signal: value }),
    "channel.sendJson": (value) => channel.sendJson(value),
    "LocalStream.from": (value) => LocalStream.from(value).stop(),
    attach: (value) => attach(document.createElement("video"), value).detach(),
    "attach to": (value) => attach(value, new MediaStream()).detach(),
    "client.send": (value) => client.send(value, value),
    "client.setInfo": (value) => client.setInfo(value),
    "SignalingClient.connect": (value) => joinAndLeave({ room: value }),
    "SignalingClient.connect to": (value) => joinAndLeave({ room: "x", url: value }),
    getUserMedia: async (value) => (await getUserMedia(value)).stop(),
  };
  const became = {};
  for (const [name, call] of Object.entries(calls)) {
    for (const [kind, value] of Object.entries(odd)) {
      let error = "none";
      try {
        await call(value);
      } catch (thrown) {
        error = thrown.name;
      }
      became[`${name} with ${kind}`] = error;
    }
  }
  client.close();
  pair.forEach((peer) => peer.close());
  return became;
}
