// The page of a reliability drill: a call of one contender, with video, audio, numbered messages both ways and a bulk
// transfer, and a record of all that happens to them. Options are in the address; `window.drill` is for the driver.
// Times are those of Date.now(), for all processes of a machine share that clock.
import { contenders } from "./contenders.js";
import { prepare, remedies } from "./remedies.js";
import { videoStats } from "./stats.js";

const options = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const video = document.getElementById("video");

/** What happened: `{ at, what, … }`. */
const events = [];
const note = (what, values) => events.push({ at: Date.now(), what, ...values });

/** When a frame was shown. */
const frames = [];

/** The numbers of what this page sent, under a name that another life of this page has not. */
const life = `${options.side}-${Math.random().toString(36).slice(2)}`;
const sent = { numbers: 0, bulk: 0 };
/** What could not be sent: the contender said so. */
const refused = { numbers: [], bulk: [] };
/** What came, by the life that sent it. */
const received = { numbers: {}, bulk: {} };
/** What the lives of this page before its reloads had to say. */
const earlier = JSON.parse(sessionStorage.getItem("earlier") ?? "[]");
addEventListener("pagehide", () => sessionStorage.setItem("earlier", JSON.stringify(report())));
let sending = true;
let state = "new";

const on = {
  state(next) {
    if (next === state) return;
    state = next;
    note("state", { state });
  },
  /** The connection to the server. */
  server: (state) => note("server", { state }),
  stream(stream) {
    if (video.srcObject === stream) return;
    note("stream", { id: stream.id, another: video.srcObject !== null });
    video.srcObject = stream;
    video.play().catch((error) => note("refused to play", { message: error.message }));
  },
  streamGone: (stream) => note("stream gone", { id: stream.id }),
  text(text) {
    const [life, number] = text.split(" ");
    take(received.numbers, life, Number(number));
  },
  bytes(buffer) {
    const view = new DataView(buffer);
    take(received.bulk, new TextDecoder().decode(new Uint8Array(buffer, 8, view.getUint32(4))), view.getUint32(0));
  },
  note,
};

function take(table, life, number) {
  const from = (table[life] ??= { seen: new Set(), doubled: 0, disordered: 0, highest: -1, at: [] });
  if (from.seen.has(number)) from.doubled += 1;
  else if (number < from.highest) from.disordered += 1;
  from.seen.add(number);
  from.highest = Math.max(from.highest, number);
  from.at.push(Date.now());
}

for (const name of ["pause", "ended", "emptied"]) video.addEventListener(name, () => note(name, { current: video.currentTime }));
// A page that is frozen has its videos paused, and nobody plays them when it goes on.
document.addEventListener("resume", () => void video.play());
const look = () => {
  frames.push(Date.now());
  video.requestVideoFrameCallback(look);
};
video.requestVideoFrameCallback(look);

window.drill = {
  events,
  frames,
  get state() {
    return state;
  },
  /** When the newest message came, 0 before. */
  get heard() {
    return Math.max(0, ...Object.values(received.numbers).map(({ at }) => at.at(-1)));
  },
  /** When the newest frame was shown, 0 before. */
  get seen() {
    return frames.at(-1) ?? 0;
  },
  stop: () => (sending = false),
  report,
  reconnect: () => call.reconnect?.(),
  connections: () => window.connections(),
  /** Does what was to be tried, of remedies.js. */
  async remedy() {
    note("remedy", { name: options.remedy });
    await Promise.resolve(call.pc).then(remedies[options.remedy]).catch((error) => note("error", { message: String(error) }));
    note("remedy done");
  },
};

/** What this page's lives did, the last one last. */
function report() {
  const now = { life, events, frames, sent, refused, received: { numbers: listed(received.numbers), bulk: listed(received.bulk) } };
  return [...earlier, now];
}

function listed(table) {
  return Object.fromEntries(Object.entries(table).map(([life, { seen, ...rest }]) => [life, { ...rest, seen: ranges(seen) }]));
}

/** As [first, last] each. */
function ranges(numbers) {
  const list = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    if (list.at(-1)?.[1] === number - 1) list.at(-1)[1] = number;
    else list.push([number, number]);
  }
  return list;
}

if (options.slowMs) {
  const { setRemoteDescription } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.setRemoteDescription = async function (description) {
    await new Promise((done) => setTimeout(done, options.slowMs));
    return setRemoteDescription.call(this, description);
  };
}
const media = await navigator.mediaDevices.getUserMedia({ video: { width: 320, height: 240, frameRate: 15 }, audio: true });
note("media");
const call = await contenders[options.contender](options, media, { ...on, made: (connection) => prepare(options.remedy, connection) });
note("started");
if (options.sampleMs) {
  setInterval(async () => {
    for (const connection of window.connections()) note("stats", await videoStats(connection));
  }, options.sampleMs);
}

/** From the first moment on that something can be sent: what cannot be sent later is counted as refused. */
call.ready.then(() => {
  note("ready");
  setInterval(() => {
    if (!sending) return;
    const number = sent.numbers++;
    Promise.resolve()
      .then(() => call.sendText(`${life} ${number}`))
      .catch(() => refused.numbers.push(number));
  }, 50);
  if (options.side === "left") void bulk();
});

/** Paced, and never more than one chunk ahead of what the contender takes. */
async function bulk() {
  const name = new TextEncoder().encode(life);
  while (sending) {
    const buffer = new ArrayBuffer(16_384);
    const view = new DataView(buffer);
    view.setUint32(0, sent.bulk);
    view.setUint32(4, name.length);
    new Uint8Array(buffer).set(name, 8);
    const number = sent.bulk++;
    try {
      await call.sendBytes(buffer);
    } catch {
      refused.bulk.push(number);
    }
    await new Promise((done) => setTimeout(done, 40));
  }
}
