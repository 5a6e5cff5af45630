// The calls that are recorded: two peers of one page, joined in memory. Each gives the states its sides end in.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const exec = promisify(execFile);

export const scenarios = {
  /** A call with audio and video, and the offerer hangs up. */
  async call(page) {
    await page.evaluate(connect, { audio: true, video: true });
    return page.evaluate(hangUp);
  },

  /** A person at the answering side asks for a new connection. */
  async rebuild(page) {
    await page.evaluate(connect);
    await page.evaluate(() => {
      window.trace.person("answerer", "reconnect");
      window.peers.answerer.reconnect();
    });
    await page.evaluate(isConnected, 2);
    return page.evaluate(end);
  },

  /** The connection is closed at the answering side, and nobody is told. */
  async closed(page) {
    await page.evaluate(connect);
    await page.evaluate(() => {
      window.trace.person("answerer", "closeConnection");
      window.peers.answerer.connection.close();
    });
    await page.evaluate(isConnected, 2);
    return page.evaluate(end);
  },

  /** Nothing passes for so long that ICE is restarted. */
  async cut(page) {
    await page.evaluate(connect);
    await page.evaluate(isHeard);
    await firewall("add table inet traces; add chain inet traces input { type filter hook input priority 0; policy accept; }");
    await firewall("add rule inet traces input meta l4proto udp drop");
    await page.evaluate(isLost);
    await new Promise((done) => setTimeout(done, 6_000));
    await firewall("delete table inet traces");
    await page.evaluate(isConnected, 1);
    return page.evaluate(end);
  },
};

/** All of it takes effect at once. */
function firewall(commands) {
  return exec("nft", [commands]);
}

// What follows runs in the page, which `helpers` is given first.

export function helpers() {
  window.within = async (ms, what, condition) => {
    for (const began = performance.now(); !condition(); ) {
      if (performance.now() - began > ms) throw new Error(`Not within ${ms} ms: ${what}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  };
}

async function connect(kinds) {
  const { Peer, getUserMedia, init, memorySignaling } = await import("/rejoin/index.js");
  await init();
  const media = kinds && (await getUserMedia(kinds));
  const peers = memorySignaling().map((signaling) => Peer.connect(signaling, { media }));
  await Promise.all(peers.map((peer) => peer.connected({ signal: AbortSignal.timeout(20_000) })));
  window.peers = Object.fromEntries(peers.map((peer) => [window.trace.side(peer), peer]));
  await new Promise((done) => setTimeout(done, 300));
}

async function hangUp() {
  window.trace.person("offerer", "close");
  window.peers.offerer.close();
  await new Promise((done) => setTimeout(done, 500));
  return { offerer: window.peers.offerer.state.phase, answerer: window.peers.answerer.state.phase };
}

/** Waits until both sides are connected, by their connection of this number or a later one. */
function isConnected(number) {
  const opened = (side) => window.trace.entries.some(([, of, at, what]) => of === side && at >= number && what === "open");
  return window.within(60_000, "both connected again", () =>
    Object.entries(window.peers).every(([side, peer]) => peer.state.phase === "connected" && opened(side)),
  );
}

/** Waits until a ping was answered: who never answered is not missed. */
function isHeard() {
  return window.within(10_000, "an answer to a ping", () => window.trace.entries.some(([, , , what, beat]) => what === "beat" && beat === "pong"));
}

function isLost() {
  return window.within(20_000, "the loss", () => window.peers.offerer.state.phase !== "connected");
}

/** What follows belongs to it too: late events of connections that are closed. */
async function end() {
  await new Promise((done) => setTimeout(done, 1_500));
  return { offerer: window.peers.offerer.state.phase, answerer: window.peers.answerer.state.phase };
}
