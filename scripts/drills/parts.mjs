// The drills: what is broken, how, and for how long. `act` gives the moment of the cut and the moment from which it can heal.
import { setTimeout as pause } from "node:timers/promises";
import { SIGNALING_PORT } from "./world.mjs";

const all = ["rejoin", "by hand", "simple-peer", "PeerJS"];
const rejoin = ["rejoin"];

/**
 * @typedef {object} Drill
 * @property {string} part
 * @property {string} name for a person
 * @property {string[]} contenders
 * @property {(world: object, calls: import("./call.mjs").Call[]) => Promise<{ from: number, back: number }>} act
 * @property {boolean} [turn] through a TURN server only
 * @property {boolean} [opening] acts while the calls are being set up
 * @property {object} [page] what the pages are told besides
 * @property {string[]} [pairs] of browsers that can do it; all by default
 */

/** @type {Drill[]} */
export const drills = [
  ...[3, 12, 45].flatMap((seconds) => [
    {
      part: `link-${seconds}`,
      name: `link down ${seconds} s`,
      contenders: all,
      act: (world) => during(world.network.cutLink, seconds, world.network.repair),
    },
    {
      part: `link-${seconds}`,
      name: `link and server down ${seconds} s`,
      contenders: seconds === 12 ? all : rejoin,
      act: (world) => during(world.network.cutAll, seconds, world.network.repair),
    },
  ]),
  {
    part: "server",
    name: "server killed in a call, back after 3 s",
    contenders: all,
    act: ({ servers }) => during(() => kill(servers), 3, () => restart(servers)),
  },
  {
    part: "server",
    name: "server killed again while both resume",
    contenders: rejoin,
    async act({ servers }, calls) {
      const from = Date.now();
      await kill(servers);
      await restart(servers);
      // As soon as the first of the two is back.
      const [call] = calls;
      await Promise.race(call.pages.map((page) => page.until("the server again", serverIs, { args: [from, "joined"] })));
      await kill(servers);
      await pause(1_000);
      const back = Date.now();
      await restart(servers);
      await Promise.all(call.pages.map((page) => page.until("the server for good", serverIs, { args: [back, "joined"] })));
      // And it is of use: the calls can be made anew through it.
      return { from, back };
    },
  },
  {
    part: "server",
    name: "server killed in the handshake, back after 3 s",
    contenders: rejoin,
    opening: true,
    // So long does each browser take over a description, or the moment would be too short to be hit.
    page: { slowMs: 500 },
    async act({ servers }, [call]) {
      const offered = () => window.connections().some(({ signalingState }) => signalingState === "have-local-offer");
      await Promise.race(call.pages.map((page) => page.until("an offer that is not answered", offered)));
      return during(() => kill(servers), 3, () => restart(servers));
    },
  },
  {
    part: "socket",
    name: "WebSocket reset, refused for 2 s",
    contenders: rejoin,
    act: ({ network }) => during(() => network.refuse(SIGNALING_PORT), 2, network.repair),
  },
  {
    part: "turn",
    name: "TURN server killed in a relayed call, back after 3 s",
    contenders: all,
    turn: true,
    act: ({ servers }) => during(() => servers.turn.kill(), 3, () => servers.turn.restart()),
  },
  ...[5, 20].flatMap((seconds) => [
    {
      part: "freeze",
      name: `left page frozen ${seconds} s`,
      contenders: all,
      pairs: ["chromium", "mixed"],
      act: (_, calls) =>
        during(
          () => Promise.all(calls.map(({ left }) => left.freeze("frozen"))),
          seconds,
          () => Promise.all(calls.map(({ left }) => left.freeze("active"))),
        ),
    },
    {
      part: "freeze",
      name: `left browser stopped ${seconds} s`,
      contenders: all,
      act: ({ left }) => during(left.stop, seconds, left.goOn),
    },
  ]),
  {
    part: "reload",
    name: "left page reloaded",
    contenders: all,
    act: (_, calls) => at(() => Promise.all(calls.map(({ left }) => left.reload()))),
  },
  {
    part: "both",
    name: "both sides ask for a new connection at once",
    contenders: rejoin,
    act: (_, calls) => at(() => inAll(calls, () => window.drill.reconnect())),
  },
  {
    part: "both",
    name: "the connections of both sides are closed at once",
    contenders: rejoin,
    act: (_, calls) => at(() => inAll(calls, () => window.drill.connections().forEach((connection) => connection.close()))),
  },
];

/** The moments before each of the two commands: the figures include the few milliseconds these take. */
async function during(cut, seconds, repair) {
  const from = Date.now();
  await cut();
  await pause(from + seconds * 1_000 - Date.now());
  const back = Date.now();
  await repair();
  return { from, back };
}

async function at(action) {
  const from = Date.now();
  await action();
  return { from, back: from };
}

function inAll(calls, action) {
  return Promise.all(calls.flatMap(({ pages }) => pages.map((page) => page.evaluate(action))));
}

function kill({ signaling, peerjs }) {
  return Promise.all([signaling.kill(), peerjs && peerjs.kill()]);
}

function restart({ signaling, peerjs }) {
  return Promise.all([signaling.restart(), peerjs && peerjs.restart()]);
}

/** Runs in the page: whether the newest word on the server, after that time, is this. */
function serverIs(from, state) {
  const newest = window.drill.events.findLast(({ what }) => what === "server");
  return newest.at > from && newest.state === state;
}
