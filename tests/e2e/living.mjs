// A registry of what the package makes in a page and has to end: installed before the package is loaded.

/** Runs in the page: `window.living` counts what lives. */
export function countTheLiving() {
  const living = { closures: 0, listeners: 0, timers: 0, connections: 0, channels: 0, sockets: 0, tracks: 0 };
  window.living = living;

  // wasm-bindgen registers each closure that it gives to the browser, with the state of the closure, and each handle with a number.
  window.FinalizationRegistry = class extends FinalizationRegistry {
    register(target, held, token) {
      if (typeof held === "object") living.closures += 1;
      super.register(target, held, token);
    }
    unregister(token) {
      const known = super.unregister(token);
      if (known && "cnt" in token) living.closures -= 1;
      return known;
    }
  };

  const { addEventListener, removeEventListener } = EventTarget.prototype;
  // What is no object of the browser's goes with those who hold it.
  const counts = (target) => !/EventTarget|AbortSignal/.test(Object.prototype.toString.call(target));
  const known = new WeakMap();
  const listenersOf = (target) => known.get(target) ?? known.set(target, new Map()).get(target);
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    const target = this ?? window;
    if (counts(target)) {
      const listeners = listenersOf(target);
      const of = listeners.get(type) ?? listeners.set(type, new Set()).get(type);
      if (!of.has(listener)) living.listeners += 1;
      of.add(listener);
    }
    return addEventListener.call(target, type, listener, options);
  };
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    const target = this ?? window;
    if (known.get(target)?.get(type)?.delete(listener)) living.listeners -= 1;
    return removeEventListener.call(target, type, listener, options);
  };

  const { setTimeout, clearTimeout } = window;
  const timers = new Set();
  const timerIsOver = (id) => {
    timers.delete(id);
    living.timers = timers.size;
  };
  window.setTimeout = (action, ...more) => {
    const id = setTimeout(() => {
      timerIsOver(id);
      action();
    }, ...more);
    timers.add(id);
    living.timers = timers.size;
    return id;
  };
  window.clearTimeout = (id) => {
    timerIsOver(id);
    clearTimeout(id);
  };

  /** Counts an object from now until `end` is called for the first time. */
  const count = (kind) => {
    let lives = true;
    living[kind] += 1;
    return () => {
      if (lives) living[kind] -= 1;
      lives = false;
    };
  };
  const channel = (made) => {
    const end = count("channels");
    for (const type of ["close", "error"]) addEventListener.call(made, type, end);
    return made;
  };
  const RTCPeerConnection = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends RTCPeerConnection {
    #end = count("connections");
    createDataChannel(...how) {
      return channel(super.createDataChannel(...how));
    }
    close() {
      this.#end();
      super.close();
    }
  };
  window.WebSocket = class extends WebSocket {
    constructor(...to) {
      super(...to);
      addEventListener.call(this, "close", count("sockets"));
    }
  };
  const { getUserMedia } = MediaDevices.prototype;
  MediaDevices.prototype.getUserMedia = async function (...what) {
    const stream = await getUserMedia.apply(this, what);
    for (const track of stream.getTracks()) {
      const end = count("tracks");
      const stop = track.stop.bind(track);
      track.stop = () => {
        end();
        stop();
      };
    }
    return stream;
  };
}
