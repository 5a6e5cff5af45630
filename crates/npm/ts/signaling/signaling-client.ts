import { SignalingClientHandle } from "../wasm/rejoin.js";
import { Emitter, type EventWith, type WaitOptions } from "../emitter.js";
import { awaited, call } from "../errors/from-wasm.js";
import type { SignalingError } from "../errors/signaling-error.js";
import { requireInit } from "../init.js";
import { type JsonValue, jsonText } from "../json.js";
import { type Member, type RawMember, memberOf } from "./member.js";
import { type SignalingState, stateOf } from "./state.js";
import { withError } from "../values.js";

/** Which server and room, and how patiently. */
export interface SignalingOptions {
  /** The server's address, `wss://…` or `ws://…`. Default: `/ws` at the server that this page came from. */
  url?: string | undefined;
  /** The room: who knows its name may join, so make it hard to guess. 1 to 128 characters of `A-Z a-z 0-9 . _ ~ -`. */
  room: string;
  /** An access token of your application, where the server runs with `--access-key-file`; 1 to 4096 bytes. Default: none. */
  token?: string | undefined;
  /** What the others in the room are told about this side, at most 4096 bytes as JSON. Default: nothing. */
  info?: JsonValue | undefined;
  /** How many may be in the room, 1 to 65,535, where this side is the first in it. Default: the server's bound. */
  capacity?: number | undefined;
  /**
   * How long the others wait for this page, in ms, when it is loaded anew: it is then the same peer to them, by the same
   * id. They wait as long for a page that was closed, and never longer than the server's resume window. Default: not at
   * all; the page leaves the room, and is somebody new.
   *
   * The page's identity is kept in `sessionStorage` until it leaves the room or closes the client, and a Web Lock on it
   * by the page: a duplicate of its tab is somebody new, within a second. Without storage, or without locks (on
   * insecure pages), each load is somebody new. A page keeps one identity for each server and room, and is not put
   * into the back/forward cache.
   */
  reloadMs?: number | undefined;
  /** How often connecting is tried in a row before it is given up. Default: without end. */
  maxAttempts?: number | undefined;
}

/** The events of a {@link SignalingClient}. */
export interface SignalingClientEventMap {
  /** The state has changed. */
  statechange: EventWith<{ state: SignalingState }>;
  /** In the room, for the first time or again; `fresh` where `peerId` is a new one. */
  joined: EventWith<{ peerId: string; fresh: boolean }>;
  /** Somebody is in the room who was not there before. */
  memberjoin: EventWith<{ member: Member }>;
  /** Somebody's info has changed, or whether it is suspended. */
  memberchange: EventWith<{ member: Member }>;
  /** Somebody is not in the room any more: `"left"`, `"expired"`, `"removed"`, `"kicked"` or `"unknown"`. */
  memberleave: EventWith<{ memberId: string; reason: string }>;
  /** A text from somebody in the room. */
  message: EventWith<{ from: string; data: string }>;
  /** The server did not do what it was asked for. */
  error: EventWith<{ error: SignalingError }>;
}

/**
 * A place in a room of a `rejoin-signaling` server: knows who is there, sends texts to them and gets theirs.
 *
 * It comes back by itself when the connection is lost or the server restarts, under the same id, and dials at once when
 * the network is back or the page is seen again. What is sent arrives at most once. A {@link Room} has one inside: use
 * this alone for rooms without WebRTC.
 */
export class SignalingClient extends Emitter<SignalingClientEventMap> {
  readonly #handle: SignalingClientHandle;

  private constructor(handle: SignalingClientHandle) {
    super();
    this.#handle = handle;
    handle.listen((name, values) => this.heard(name, readable(values)));
  }

  /**
   * Starts to connect, and returns at once; see {@link state} and {@link joined}.
   *
   * @throws {@link RejoinError} `"invalidOption"`; {@link SignalingError} `"address"` where the page may not connect to it.
   * A server that is away is no error: it is waited for.
   */
  static connect(options: SignalingOptions): SignalingClient {
    requireInit();
    return new SignalingClient(call(() => SignalingClientHandle.connect(withJsonInfo(options))));
  }

  /** Where the connection to the server stands. */
  get state(): SignalingState {
    return stateOf(this.#handle.state());
  }

  /** The id the server gave this side, from the first join on; also while the connection is lost. */
  get peerId(): string | undefined {
    return this.#handle.peerId();
  }

  /** The others in the room, as far as the server has told; while the connection is lost, as it was then. */
  get members(): Member[] {
    return this.#handle.members().map((member) => memberOf(member as RawMember));
  }

  /**
   * Waits until this side is in the room.
   *
   * A server that is away is waited for; show the user the {@link state} meanwhile.
   *
   * @throws {@link SignalingError} where the server refuses for good; {@link ClosedError} where it is closed first.
   */
  joined({ signal }: WaitOptions = {}): Promise<void> {
    return awaited(this.#handle.joined(signal));
  }

  /**
   * Sends a text to somebody in the room, at most once; where it is not there, an `"error"` event says so.
   *
   * @throws {@link SignalingError} `"notJoined"`, `"tooLarge"`, `"busy"`; {@link ClosedError}.
   */
  send(memberId: string, data: string): void {
    call(() => this.#handle.send(memberId, data));
  }

  /**
   * Changes what the others are told about this side, now or at the next join; undefined is nothing.
   *
   * @throws {@link RejoinError} `"invalidOption"` for more than 4096 bytes.
   */
  setInfo(info: JsonValue | undefined): void {
    call(() => this.#handle.setInfo(info === undefined ? info : jsonText(info)));
  }

  /** Tries now instead of later, also after it has given up. In the room, or closed, it does nothing. */
  reconnect(): void {
    this.#handle.reconnect();
  }

  /** Leaves the room for good. Calling it again does nothing. */
  close(): void {
    this.#handle.close();
  }

  /** As {@link close}, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** @internal The options as the WebAssembly reads them. */
export function withJsonInfo(options: { info?: JsonValue | undefined }): object {
  return options.info === undefined ? options : { ...options, info: jsonText(options.info) };
}

/** @internal The values of an event of a room or a signaling client, as the user sees them. */
export function readable(values: object | undefined): object | undefined {
  if (values && "state" in values) return { ...values, state: stateOf(values.state as object) };
  if (values && "member" in values) return { ...values, member: memberOf(values.member as RawMember) };
  return withError(values);
}
