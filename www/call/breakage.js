// @ts-check
// How a page breaks what it stands on, so that a person sees it heal: the sockets to the server, and the connections to
// other pages, as the library finds them. Loaded before the first is opened.

/** @type {Set<WebSocket>} */
const sockets = new Set();
let awayUntil = 0;

/** Closes the socket to the server, and each that follows for so many milliseconds. */
export function loseServer(/** @type {number} */ ms) {
  awayUntil = performance.now() + ms;
  for (const socket of sockets) socket.close();
}

window.WebSocket = class extends WebSocket {
  /**
   * @param {string | URL} url
   * @param {string | string[]} [protocols]
   */
  constructor(url, protocols) {
    super(url, protocols);
    sockets.add(this);
    this.addEventListener("close", () => sockets.delete(this));
    if (performance.now() < awayUntil) this.close();
  }
};

let silent = false;
/** @type {(() => void)[]} What is done when the silence is over, in order: messages that wait, in both directions. */
let waiting = [];

/**
 * Lets no message of a connection out or in for so many milliseconds, and no byte seem to come: what a network that
 * loses every packet looks like from here. Then all arrives late, as it does when a network is back.
 */
export function goSilent(/** @type {number} */ ms) {
  if (silent) return;
  silent = true;
  setTimeout(() => {
    silent = false;
    const late = waiting;
    waiting = [];
    for (const arrive of late) arrive();
  }, ms);
}

window.RTCPeerConnection = class extends RTCPeerConnection {
  /** @type {Promise<RTCStatsReport> | undefined} The last count before the silence. */
  #stats;

  /** @param {RTCConfiguration} [configuration] */
  constructor(configuration) {
    super(configuration);
    this.addEventListener("datachannel", ({ channel }) => holdMessages(channel));
  }

  /**
   * @override
   * @param {string} label
   * @param {RTCDataChannelInit} [options]
   */
  createDataChannel(label, options) {
    return holdMessages(super.createDataChannel(label, options));
  }

  /**
   * @override
   * @param {MediaStreamTrack | null} [selector]
   */
  getStats(selector) {
    if (!silent || !this.#stats) this.#stats = super.getStats(selector);
    return this.#stats;
  }
};

/**
 * Its messages wait while it is silent here.
 *
 * @param {RTCDataChannel} channel
 */
function holdMessages(channel) {
  // The first listener: it can keep a message from all others.
  channel.addEventListener("message", (event) => {
    if (!silent) return;
    event.stopImmediatePropagation();
    waiting.push(() => channel.dispatchEvent(new MessageEvent("message", { data: event.data })));
  });
  const send = channel.send.bind(channel);
  channel.send = (/** @type {any} */ data) => {
    if (!silent) return send(data);
    // Bytes are only lent.
    const kept = ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice() : data;
    waiting.push(() => {
      if (channel.readyState === "open") send(kept);
    });
  };
  return channel;
}
