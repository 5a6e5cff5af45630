import { type PeerHandle, type RoomChannelHandle, RoomHandle } from "./wasm/rejoin.js";
import type { ChannelOptions } from "./channel.js";
import { Emitter, type EventWith, type WaitOptions } from "./emitter.js";
import { ClosedError } from "./errors/closed-error.js";
import { awaited, call } from "./errors/from-wasm.js";
import type { SignalingError } from "./errors/signaling-error.js";
import { requireInit } from "./init.js";
import { type JsonValue, jsonText } from "./json.js";
import { LocalStream } from "./media/local-stream.js";
import { OneEach } from "./one.js";
import { type ConnectionOptions, type IceOptions, Peer } from "./peer.js";
import { RoomChannel } from "./room-channel.js";
import { type Member, type RawMember, memberOf } from "./signaling/member.js";
import { type SignalingOptions, readable, withJsonInfo } from "./signaling/signaling-client.js";
import { type SignalingState, stateOf } from "./signaling/state.js";

/** What a room is joined with. */
export interface RoomOptions extends SignalingOptions, ConnectionOptions, WaitOptions {
  /** What every peer is sent, from the start. Default: nothing, which receives only. */
  media?: LocalStream | undefined;
  /**
   * `"auto"` connects everybody with everybody: a mesh, good for a handful of people. `"manual"` connects with those that
   * {@link Room.connect} names, and answers those that connect with this side. Default: `"auto"`.
   */
  connect?: "auto" | "manual" | undefined;
}

/** The events of a {@link Room}. */
export interface RoomEventMap {
  /** A connection to this peer begins, from either side: publish to it, open channels, listen. */
  peer: EventWith<{ peer: Peer }>;
  /** The connection to this peer is over; reasons as of the `"close"` event of a {@link Peer}. */
  peerclose: EventWith<{ peer: Peer; reason: string }>;
  /** Somebody came into the room. */
  memberjoin: EventWith<{ member: Member }>;
  /** Somebody's info has changed, or whether it is suspended. */
  memberchange: EventWith<{ member: Member }>;
  /**
   * Somebody left the room: `"left"`, `"expired"`, `"removed"`, `"kicked"` or `"unknown"`. A live connection to it goes on
   * until it ends by itself; a peer that only lost its place, and may come back, is closed after `absenceTimeoutMs`.
   */
  memberleave: EventWith<{ memberId: string; reason: string }>;
  /** The state of the connection to the server has changed. */
  signalingstate: EventWith<{ state: SignalingState }>;
  /** The server did not do what it was asked for. */
  error: EventWith<{ error: SignalingError }>;
}

/**
 * A room of a `rejoin-signaling` server, and a {@link Peer} for each member this side is connected with.
 *
 * It comes back by itself when the connection to the server is lost, and live connections to peers do not notice.
 * It stays joined until {@link leave}, or the end of a block with `using`.
 *
 * ```ts
 * const room = await Room.join({ room: "hard-to-guess", capacity: 2, media: local });
 * room.addEventListener("peer", ({ peer }) => {
 *   peer.addEventListener("stream", ({ stream }) => attach(video, stream));
 * });
 * ```
 */
export class Room extends Emitter<RoomEventMap> {
  readonly #handle: RoomHandle;
  readonly #peers = new OneEach((handle: PeerHandle) => Peer.wrap(handle));
  readonly #channels = new OneEach((handle: RoomChannelHandle) => RoomChannel.wrap(handle));

  private constructor(handle: RoomHandle) {
    super();
    this.#handle = handle;
    handle.listen((name, values) => {
      if (!values || !("peer" in values)) return this.heard(name, readable(values));
      const peer = this.#peers.of(values.peer as PeerHandle);
      this.heard(name, { ...values, peer });
      // After the last that is told of it, and not before: several may be closed at once.
      if (name === "peerclose") this.#peers.forget((other) => other === peer);
    });
  }

  /**
   * Joins a room: done when the server has let this side in.
   *
   * Add listeners at once, before the next `await`: peers may be there already, and are told then.
   *
   * @throws {@link SignalingError} where the server refuses for good, such as `"roomFull"`; a server that is away is waited
   * for, as long as `maxAttempts` and `signal` allow.
   * @throws {@link RejoinError} `"invalidOption"`; {@link NotInitializedError} before `await init()`.
   */
  static async join(options: RoomOptions): Promise<Room> {
    requireInit();
    const { media, signal } = options;
    const shared = media && LocalStream.handleOf(media).share();
    return new Room(await awaited(RoomHandle.join(withJsonInfo(options), shared, signal)));
  }

  /** The id of this side in the room. */
  get peerId(): string | undefined {
    return this.#handle.peerId();
  }

  /** Everybody else in the room, connected with or not. */
  get members(): Member[] {
    return this.#handle.members().map((member) => memberOf(member as RawMember));
  }

  /** Those this side is connected with, or is connecting to. */
  get peers(): Peer[] {
    return this.#handle.peers().map((handle) => this.#peers.of(handle));
  }

  /** Where the connection to the server stands. */
  get signalingState(): SignalingState {
    return stateOf(this.#handle.signalingState() ?? { phase: "closed" });
  }

  /**
   * Connects with a member, or gives the connection there is.
   *
   * @throws {@link ConnectionError} `"unknownMember"` where it is not in the room, `"notJoined"` where this side is not.
   */
  connect(memberId: string): Peer {
    return this.#peers.of(call(() => this.#handle.connect(memberId)));
  }

  /** Sends `stream` to every peer, also to those that come later. */
  publish(stream: LocalStream): void {
    this.#handle.publish(LocalStream.handleOf(stream));
  }

  /** No longer sends `stream` to anybody; its devices stay open. */
  unpublish(stream: LocalStream): void {
    this.#handle.unpublish(LocalStream.handleOf(stream));
  }

  /**
   * One channel of this label to every peer, also to those that come later.
   *
   * @throws {@link ChannelError} `"cannotOpen"`, `"mismatch"`; {@link ClosedError} where the room has been left.
   */
  channel(label: string, options: ChannelOptions = {}): RoomChannel {
    const handle = call(() => this.#handle.channel(label, options));
    if (!handle) throw new ClosedError("the room has been left", "hungUp");
    this.#channels.forget((channel) => channel.closed);
    return this.#channels.of(handle);
  }

  /**
   * Tells everybody something about this side, at most about 4,000 bytes as JSON; undefined is nothing.
   *
   * @throws {@link RejoinError} `"invalidOption"` where it is longer; nothing is changed then.
   */
  setInfo(info: JsonValue | undefined): void {
    call(() => this.#handle.setInfo(info === undefined ? info : jsonText(info)));
  }

  /**
   * Takes these servers and this policy for every peer, those there are too: from the next connection, or restart of ICE, on.
   * For credentials of TURN that expire; those of the signaling server come anew with each join by themselves.
   *
   * @throws {@link RejoinError} `"invalidOption"`; nothing is changed then.
   */
  setConfiguration(options: IceOptions): void {
    call(() => this.#handle.setConfiguration(options));
  }

  /** Connects to the signaling server now instead of later, also after it has given up. Joined, or left, it does nothing. */
  reconnect(): void {
    this.#handle.reconnect();
  }

  /** Hangs up on everybody and leaves the room. Calling it again does nothing. */
  leave(): void {
    this.#handle.leave();
  }

  /** As {@link leave}, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.leave();
  }
}
