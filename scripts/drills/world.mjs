// Everything a drill needs, as real processes: two hosts with a browser each, and the servers on a third.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dist, root, server, target } from "../lib/paths.mjs";
import { find } from "../lib/tools.mjs";
import { launchOn } from "./browser-host.mjs";
import { makeNetwork } from "./network.mjs";
import { Program } from "./program.mjs";

/** Which browser is on the left and which on the right. */
export const pairs = {
  chromium: ["chromium", "chromium"],
  firefox: ["firefox", "firefox"],
  mixed: ["chromium", "firefox"],
};

/** Puts the drill's page together with what it loads. */
export function assemblePage() {
  rmSync(site, { recursive: true, force: true });
  mkdirSync(site, { recursive: true });
  cpSync(join(root, "tests/drills/page"), site, { recursive: true });
  cpSync(dist, join(site, "rejoin"), { recursive: true });
  cpSync(join(root, "node_modules/simple-peer/simplepeer.min.js"), join(site, "simplepeer.min.js"));
  cpSync(join(root, "node_modules/peerjs/dist/peerjs.min.js"), join(site, "peerjs.min.js"));
}

/**
 * @param {{ after: (end: () => unknown) => void }} t ends all of it
 * @param {[string, string]} browsers
 * @param {{ turn?: boolean, peerjs?: boolean }} [options] whether there is a TURN server, and a PeerJS server
 */
export async function makeWorld(t, [left, right], { turn = false, peerjs = true } = {}) {
  if (!existsSync(site)) throw new Error(`there is no ${site}: assemblePage() first`);
  const network = await makeNetwork(t);
  const { address } = network.servers;
  const servers = {
    signaling: await Program.start(t, network.servers, server, ["--host", address, "--port", String(SIGNALING_PORT), "--allow-origin", "*"], {
      ready: /listening on/,
      env: { REJOIN_KEY: "for drills only, and 32 characters long" },
    }),
    peerjs: peerjs && (await startPeerJs(t, network.servers)),
    turn: turn && (await startTurn(t, network.servers)),
  };
  const pages = (host) =>
    // On each host itself, for a page has camera and microphone only if it is from localhost or by https.
    Program.start(t, host, server, ["--host", "127.0.0.1", "--port", "8000", "--assets", site], {
      ready: /listening on/,
      env: { REJOIN_KEY: "for drills only, and 32 characters long" },
    });
  await Promise.all([pages(network.left), pages(network.right)]);
  return {
    network,
    servers,
    left: await launchOn(t, network.left, left),
    right: await launchOn(t, network.right, right),
    /** What the pages are told: where the servers are. */
    options: {
      signaling: `ws://${address}:${SIGNALING_PORT}/ws`,
      peerjs: { host: address, port: PEERJS_PORT, path: "/" },
      iceServers: turn ? [{ urls: `turn:${address}:${TURN_PORT}?transport=udp`, username: "drill", credential: "drill" }] : [],
      relayOnly: turn,
    },
  };
}

export const SIGNALING_PORT = 8080;
const PEERJS_PORT = 9000;
const TURN_PORT = 3478;
const PEERJS_SERVER = join(root, "node_modules/peer/dist/bin/peerjs.js");
const site = join(target, "drills-site");

function startPeerJs(t, host) {
  const args = [PEERJS_SERVER, "--host", host.address, "--port", String(PEERJS_PORT)];
  return Program.start(t, host, process.execPath, args, { ready: /Started PeerServer/ });
}

function startTurn(t, host) {
  const folder = mkdtempSync(join(tmpdir(), "drills-turn-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const args = [
    ...["-n", "--log-file=stdout", "--simple-log", "--no-tls", "--no-dtls", "--no-cli", "--fingerprint", "--lt-cred-mech"],
    ...["--realm=drills.test", "--user=drill:drill", `--listening-ip=${host.address}`, `--relay-ip=${host.address}`],
    ...[`--listening-port=${TURN_PORT}`, "--min-port=50000", "--max-port=50500"],
    ...[`--pidfile=${join(folder, "pid")}`, `--userdb=${join(folder, "users")}`],
  ];
  return Program.start(t, host, find("turnserver"), args, { ready: /Total General servers|IPv4\. UDP listener opened/, cwd: folder });
}
