// What is recorded of a page's connections: what rejoin asks of each, and what it says.

/**
 * Runs in the page before its scripts. `window.trace` has the entries, each `[ms, side, number of the connection, what, …]`:
 *
 * - asked by rejoin: `open`, `setLocalDescription`, `setRemoteDescription`, `addIceCandidate`, `restartIce`, `close`;
 * - said by the browser: `local`, `remoteSet`, `failed`, `candidate`, `needed`, `state`, `channel`, `beat`, `bytes`.
 */
export function keepTrace() {
  const entries = [];
  const counts = { offerer: 0, answerer: 0 };
  const began = performance.now();
  const now = () => Math.round(performance.now() - began);
  const traces = new Set();

  class Trace {
    #opened = now();
    #number;
    side;

    constructor(native) {
      this.native = native;
      traces.add(this);
    }

    /** Which side it is is known by the first description. */
    becomes(side) {
      if (this.side) return;
      this.side = side;
      this.#number = ++counts[side];
      entries.push([this.#opened, side, this.#number, "open"]);
    }

    add(...what) {
      if (this.side) entries.push([now(), this.side, this.#number, ...what]);
    }
  }

  window.RTCPeerConnection = class extends RTCPeerConnection {
    #trace = new Trace(this);

    constructor(...options) {
      super(...options);
      this.addEventListener("icecandidate", ({ candidate }) => {
        const { candidate: text, usernameFragment } = candidate ?? {};
        this.#trace.add("candidate", ...(candidate ? [text && "candidate", usernameFragment] : []));
      });
      this.addEventListener("negotiationneeded", () => this.#trace.add("needed"));
      this.addEventListener("connectionstatechange", () => this.#trace.add("state", this.connectionState));
    }

    createDataChannel(label, ...options) {
      const channel = super.createDataChannel(label, ...options);
      if (label === "rejoin") {
        channel.addEventListener("open", () => this.#trace.add("channel", "open"));
        channel.addEventListener("close", () => this.#trace.add("channel", "closed"));
        channel.addEventListener("message", ({ data }) => {
          if (typeof data !== "string") this.#trace.add("beat", new Uint8Array(data)[0] === 0 ? "ping" : "pong");
        });
      }
      return channel;
    }

    setLocalDescription(...description) {
      this.#trace.becomes("offerer");
      return this.#ask("setLocalDescription", super.setLocalDescription(...description), () => {
        const { type, sdp } = this.localDescription;
        return ["local", type, sdp.match(/a=ice-ufrag:(\S+)/)[1], [...sdp.matchAll(/^m=(\w+)/gm)].map(([, kind]) => kind).join(" ")];
      });
    }

    setRemoteDescription(description) {
      this.#trace.becomes(description.type === "offer" ? "answerer" : "offerer");
      return this.#ask("setRemoteDescription", super.setRemoteDescription(description), () => ["remoteSet"]);
    }

    addIceCandidate(candidate) {
      return this.#ask("addIceCandidate", super.addIceCandidate(candidate), () => undefined);
    }

    restartIce() {
      this.#trace.add("restartIce");
      super.restartIce();
    }

    async getStats(...of) {
      const report = await super.getStats(...of);
      const pairs = [...report.values()].filter(({ type }) => type === "candidate-pair");
      this.#trace.add("bytes", pairs.reduce((sum, { bytesReceived }) => sum + (bytesReceived ?? 0), 0));
      return report;
    }

    close() {
      this.#trace.add("close");
      super.close();
    }

    async #ask(what, result, describe) {
      this.#trace.add(what);
      try {
        const value = await result;
        const said = describe();
        if (said) this.#trace.add(...said);
        return value;
      } catch (error) {
        this.#trace.add("failed", what, error.name);
        throw error;
      }
    }
  };

  window.trace = {
    /** The side of a peer that has a connection. */
    side: (peer) => peer.connection && [...traces].find(({ native }) => native === peer.connection)?.side,
    /** A person does something. */
    person: (side, what) => entries.push([now(), side, 0, what]),
    entries,
  };
}
