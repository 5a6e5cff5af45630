import { type ChannelHandle, PeerHandle, PortHandle } from "./wasm/rejoin.js";
import { Channel, type ChannelOptions } from "./channel.js";
import { Emitter, type EventWith, type WaitOptions } from "./emitter.js";
import { awaited, call } from "./errors/from-wasm.js";
import { requireInit } from "./init.js";
import { LocalStream } from "./media/local-stream.js";
import { OneEach } from "./one.js";
import type { Signaling } from "./signaling/signaling.js";

/** The servers by which connections find their way. */
export interface IceOptions {
  /** The STUN and TURN servers, as in `RTCConfiguration`; in a room, those of the server are added. Default: none, which connects within one network only. */
  iceServers?: readonly RTCIceServer[] | undefined;
  /** `"relay"` goes through TURN only: hides the addresses, costs the relay's bandwidth. Default: `"all"`. */
  iceTransportPolicy?: RTCIceTransportPolicy | undefined;
}

/** What connections are made with. */
export interface ConnectionOptions extends IceOptions {
  /** When a connection counts as lost, and how it is brought back. */
  recovery?: RecoveryOptions | undefined;
}

/**
 * When a connection counts as lost, and how it is brought back. Times are in milliseconds, whole numbers; what is missing
 * is the default. Nobody gives up by default: it goes on while the peer is wanted.
 */
export interface RecoveryOptions {
  /** How long nothing may be heard of the other side before it is asked whether it is there. Default 1000. */
  pingIntervalMs?: number | undefined;
  /** How long nothing may be heard of it before contact counts as lost. Default 2500; browsers take 6000 to 10,000. */
  silenceTimeoutMs?: number | undefined;
  /** How long lost contact may come back by itself before ICE is restarted. Default 1000. */
  graceTimeoutMs?: number | undefined;
  /** How long a restart of ICE may take. Default 5000. */
  restartTimeoutMs?: number | undefined;
  /** How often ICE is restarted before a new connection is made; every second one is relayed where there is TURN. Default 4. */
  restarts?: number | undefined;
  /** How long the first connection may take; half as much again after each that failed. Default 10,000. */
  connectTimeoutMs?: number | undefined;
  /** The longest it may take. Default 40,000. */
  maxConnectTimeoutMs?: number | undefined;
  /** The bound of the first delay between two connections that failed; it doubles. Default 500. */
  initialDelayMs?: number | undefined;
  /** The bound of every delay. Default 15,000. */
  maxDelayMs?: number | undefined;
  /** How many connections in a row may fail before the state is `"failed"`. Default: no limit. */
  maxAttempts?: number | undefined;
  /** How long it is tried before the state is `"failed"`. Default: no limit. */
  maxElapsedMs?: number | undefined;
  /**
   * How long a peer is still waited for that has lost its place in the room and has no connection to this page: it may come
   * back under its id, and all goes on. Default 120,000; 0 closes it at once.
   */
  absenceTimeoutMs?: number | undefined;
}

/** How a peer connects. */
export interface PeerOptions extends ConnectionOptions {
  /** What is sent from the start. Default: nothing, which receives only. */
  media?: LocalStream | undefined;
}

/** Where the connection to a peer stands. */
export interface PeerState {
  /**
   * - `"new"`: nobody has asked for it yet
   * - `"connecting"`: the first connection is being set up
   * - `"connected"`: media and data flow
   * - `"reconnecting"`: contact is lost; it is being brought back
   * - `"failed"`: all attempts are used up; {@link Peer.reconnect} starts anew
   * - `"closed"`: over
   */
  readonly phase: "new" | "connecting" | "connected" | "reconnecting" | "failed" | "closed" | "unknown";
  /**
   * While reconnecting, what is done about it, from the mildest:
   * - `"grace"`: it may come back by itself
   * - `"restart"`: ICE is restarted on the connection there is
   * - `"relay"`: ICE is restarted with relayed candidates only (where there is a TURN server)
   * - `"rebuild"`: a new connection takes the place of the old one
   */
  readonly step?: "grace" | "restart" | "relay" | "rebuild";
  /** While connecting or reconnecting: which attempt, from 1; 0 while the old connection may still come back by itself. */
  readonly attempt?: number;
  /** While reconnecting, failed or closed: why, in one word, such as `"disconnected"` or `"remoteHungUp"`. */
  readonly reason?: string;
  /** While reconnecting: how long until the next attempt, in milliseconds, from the moment of this state; missing while one is under way. */
  readonly retryInMs?: number;
}

/** One thing that happened to a connection; see {@link Peer.timeline}. */
export interface TimelineEntry {
  /** When, as `performance.now()` counts. */
  readonly atMs: number;
  /** The number of the newest RTCPeerConnection at that time; 0 before the first. */
  readonly connection: number;
  /** What it is about. */
  readonly topic: "state" | "trouble" | "connection" | "connectionState" | "channel" | "asked" | "carrier" | "presence" | "network";
  /** What happened: a phase, a reason, a state of the specification's. */
  readonly value: string;
  /** Of a state. */
  readonly step?: PeerState["step"];
  /** Of a state. */
  readonly attempt?: number;
  /** Of a state, and of what the other side asked for. */
  readonly reason?: string;
  /** Of a state. */
  readonly retryInMs?: number;
  /** Of a trouble: the browser's own words. */
  readonly detail?: string;
}

/** What the other side sends and has muted; true where it sends no such thing. */
export interface MutedKinds {
  readonly audio: boolean;
  readonly video: boolean;
}

/** The events of a {@link Peer}. */
export interface PeerEventMap {
  /** The state has changed. */
  statechange: EventWith<{ state: PeerState }>;
  /**
   * A stream of the other side's: show it. The object stays the same over all reconnections, and over a reload of the other
   * side that publishes as many streams, in the same order, before it is connected again.
   */
  stream: EventWith<{ stream: MediaStream }>;
  /** The other side no longer sends this stream, or the peer is closed. */
  streamremoved: EventWith<{ stream: MediaStream }>;
  /** The other side opened a channel that this side had not opened. */
  channel: EventWith<{ channel: Channel }>;
  /** What the other side has muted has changed. */
  media: EventWith<{ muted: MutedKinds }>;
  /** The other side began anew (its page was reloaded): what it had opened is gone, what this side opened comes back. */
  replaced: Event;
  /** It is over; the last event. The reason: `"hungUp"` (here), `"remoteHungUp"`, `"peerGone"`, `"declined"`, `"kicked"`, `"protocol"`. */
  close: EventWith<{ reason: string }>;
}

/**
 * A connection to one other side that both keep up, with media and channels that outlive its reconnections.
 *
 * Made by a {@link Room}, or by {@link Peer.connect} over any signaling. It stays connected until {@link close}, or the
 * end of a block with `using`.
 */
export class Peer extends Emitter<PeerEventMap> {
  readonly #handle: PeerHandle;
  readonly #channels = new OneEach((handle: ChannelHandle) => Channel.wrap(handle));

  private constructor(handle: PeerHandle) {
    super();
    this.#handle = handle;
    handle.listen((name, values) =>
      this.heard(name, name === "channel" ? { channel: this.#known((values as { channel: ChannelHandle }).channel) } : values),
    );
  }

  /**
   * Connects to whoever is at the other end of `signaling`; both ends call this.
   *
   * Which side offers is settled between them. Returns at once: see {@link state} and {@link connected}.
   *
   * @throws {@link RejoinError} `"invalidOption"`; {@link NotInitializedError} before `await init()`.
   */
  static connect(signaling: Signaling, options: PeerOptions = {}): Peer {
    requireInit();
    const port = portOf(signaling);
    const peer = new Peer(call(() => PeerHandle.connect(port, options)));
    try {
      if (options.media) peer.publish(options.media);
      const unsubscribe = signaling.subscribe({
        message: (text) => port.message(bounded(text)),
        up: () => port.up(),
        down: () => port.down(),
      });
      peer.over.addEventListener("abort", unsubscribe);
    } catch (error) {
      peer.close();
      throw error;
    }
    return peer;
  }

  /** @internal */
  static wrap(handle: PeerHandle): Peer {
    return new Peer(handle);
  }

  /** Its id in the room; undefined for a peer outside a room. */
  get id(): string | undefined {
    return this.#handle.id();
  }

  /** Where the connection stands. */
  get state(): PeerState {
    return this.#handle.state() as PeerState;
  }

  /** The other side's streams. */
  get streams(): MediaStream[] {
    return this.#handle.streams();
  }

  /** What the other side has muted. */
  get muted(): MutedKinds {
    return this.#handle.muted();
  }

  /**
   * The RTCPeerConnection in use, for what rejoin does not wrap. It is another after a reconnection; how its senders encode
   * (`setParameters`) is carried over to that.
   */
  get connection(): RTCPeerConnection | undefined {
    return this.#handle.connection();
  }

  /** The browser's state of ICE and DTLS together; `"closed"` between two connections. */
  get connectionState(): RTCPeerConnectionState {
    return this.connection?.connectionState ?? "closed";
  }

  /** The browser's state of ICE; `"closed"` between two connections. */
  get iceConnectionState(): RTCIceConnectionState {
    return this.connection?.iceConnectionState ?? "closed";
  }

  /** The browser's state of gathering candidates; `"new"` between two connections. */
  get iceGatheringState(): RTCIceGatheringState {
    return this.connection?.iceGatheringState ?? "new";
  }

  /** The browser's state of the negotiation; `"closed"` between two connections. */
  get rtcSignalingState(): RTCSignalingState {
    return this.connection?.signalingState ?? "closed";
  }

  /** What the connection did, and why, the oldest first: the last 256 things. Made for `JSON.stringify`. */
  get timeline(): TimelineEntry[] {
    return this.#handle.timeline() as TimelineEntry[];
  }

  /**
   * Waits until it is connected.
   *
   * @throws {@link ConnectionError} where all attempts failed; {@link ClosedError} where it is closed first.
   */
  connected({ signal }: WaitOptions = {}): Promise<void> {
    return awaited(this.#handle.connected(signal));
  }

  /** Sends `stream`, now and after every reconnection, until it is unpublished. */
  publish(stream: LocalStream): void {
    this.#handle.publish(LocalStream.handleOf(stream));
  }

  /** No longer sends `stream`; its devices stay open. */
  unpublish(stream: LocalStream): void {
    this.#handle.unpublish(LocalStream.handleOf(stream));
  }

  /**
   * The channel of this label: the one there is, else a new one. Both sides may ask for the same label.
   *
   * @throws {@link ChannelError} `"cannotOpen"`, `"mismatch"`; {@link ClosedError} where the peer is closed.
   */
  channel(label: string, options: ChannelOptions = {}): Channel {
    return this.#known(call(() => this.#handle.channel(label, options)));
  }

  /**
   * Takes these servers and this policy in place of those before: from the next connection, or restart of ICE, on. In a room see
   * {@link Room.setConfiguration}, which takes the place of this.
   *
   * @throws {@link RejoinError} `"invalidOption"`; nothing is changed then.
   */
  setConfiguration(options: IceOptions): void {
    call(() => this.#handle.setConfiguration(options));
  }

  /** Makes a new connection now, whatever the state of the old one; also after it has failed. */
  reconnect(): void {
    this.#handle.reconnect();
  }

  /** Hangs up: the other side is told, and everything is closed. Calling it again does nothing. */
  close(): void {
    this.#handle.close();
  }

  /** As {@link close}, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #known(handle: ChannelHandle): Channel {
    this.#channels.forget((channel) => channel.state === "closed");
    return this.#channels.of(handle);
  }
}

/** In a scope of its own: the WebAssembly holds the function, and with it all that is in its scope, so a port there would never be let go. */
function portOf(signaling: Signaling): PortHandle {
  return new PortHandle((message) => {
    // A send may be asynchronous: what fails later is sent again as what was lost.
    Promise.resolve(signaling.send(message)).catch(() => {});
  });
}

/** What is no text, or longer than any message, is not copied into the WebAssembly: it counts as an empty text, which is no message. */
function bounded(text: unknown): string {
  return typeof text === "string" && text.length <= LONGEST ? text : "";
}

const LONGEST = 256 * 1024;
