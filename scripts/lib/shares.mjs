// What each area of the package weighs: by how much the compressed code shrinks without the area's functions. What areas
// have in common, such as the same few instructions, is no area's.
import { gzipSync } from "node:zlib";

/** The areas, each with what the names of its functions contain; the first that fits has a function. */
const AREAS = [
  ["camera, microphone, elements (`getUserMedia`, `LocalStream`, `attach`)", /browser::media|proto::media|local_?stream|local_?track|attachment|get_?user_?media/i],
  ["rooms (`Room`, `RoomChannel`)", /room::room\b|npm::room|roomhandle|roomchannelhandle|RoomChannel/],
  ["the signaling client (`SignalingClient`, reconnecting to the server)", /signaling_client|proto::(session|relay)|browser::(websocket|network)|signalingclienthandle/],
  ["channels (`Channel`)", /data_channel|room::channels?\b|npm::channel|channelhandle|proto::(channel|durable)/],
  ["peers and their recovery (`Peer`)", /proto::(link|negotiation|sdp|ice)|room::(driver|peer|connection|published|remote_media)\b|browser::peer_connection|npm::(peer|port|configuration|recovery)|(peer|port)handle/],
];
const REST = "what all of them share (promises, events, memory, strings)";

/**
 * @param {Uint8Array} wasm a module whose functions have names
 * @returns {Map<string, number>} bytes by area, most first, of the compressed code
 */
export function shares(wasm) {
  const { bodies, names, imported } = read(wasm);
  const areas = bodies.map((_, index) => areaOf(names.get(imported + index) ?? ""));
  const weigh = (without) => gzipSync(Buffer.concat(bodies.filter((_, index) => areas[index] !== without)), { level: 9 }).length;
  const whole = weigh(undefined);
  const own = AREAS.map(([area]) => [area, whole - weigh(area)]).sort(([, a], [, b]) => b - a);
  return new Map([...own, [REST, whole - own.reduce((sum, [, bytes]) => sum + bytes, 0)]]);
}

const areaOf = (name) => AREAS.find(([, has]) => has.test(name.replace(/\[[0-9a-f]+\]/g, "")))?.[0] ?? REST;

/** The bodies of the functions, the names of all functions, and how many of those are imported. */
function read(wasm) {
  const reader = { wasm, at: 8 };
  const found = { bodies: [], names: new Map(), imported: 0 };
  while (reader.at < wasm.length) {
    const id = wasm[reader.at++];
    const length = number(reader);
    const section = { wasm, at: reader.at };
    reader.at += length;
    if (id === 2) found.imported = number(section);
    if (id === 10) for (let count = number(section); count > 0; count -= 1) found.bodies.push(bytes(section));
    if (id === 0 && text(section) === "name") readNames(section, reader.at, found.names);
  }
  return found;
}

function readNames(section, end, names) {
  while (section.at < end) {
    const kind = section.wasm[section.at++];
    const next = number(section) + section.at;
    // 1: the names of functions.
    if (kind === 1) for (let count = number(section); count > 0; count -= 1) names.set(number(section), text(section));
    section.at = next;
  }
}

const text = (reader) => Buffer.from(bytes(reader)).toString();

function bytes(reader) {
  const length = number(reader);
  reader.at += length;
  return reader.wasm.subarray(reader.at - length, reader.at);
}

function number(reader) {
  let value = 0;
  for (let shift = 1; ; shift *= 128) {
    const byte = reader.wasm[reader.at++];
    value += (byte & 127) * shift;
    if (byte < 128) return value;
  }
}
