import type { RoomChannelHandle } from "./wasm/rejoin.js";
import type { ChannelData, ChannelMessage, LostMessages } from "./channel.js";
import { Emitter, type EventWith, type WaitOptions } from "./emitter.js";
import type { RejoinError } from "./errors/rejoin-error.js";
import { type JsonValue, jsonText } from "./json.js";
import { pulled } from "./pulled.js";
import { Sender } from "./sender.js";
import { withError } from "./values.js";

/** What somebody in the room sent. */
export interface RoomMessage {
  /** The id of who sent it. */
  readonly from: string;
  /** What it is. */
  readonly data: ChannelMessage;
}

/** The events of a {@link RoomChannel}. */
export interface RoomChannelEventMap {
  /** A message came. */
  message: EventWith<RoomMessage>;
  /** Something went wrong with this member; its channel is closed where it does not survive that. */
  error: EventWith<{ memberId: string; error: RejoinError }>;
  /** Messages of a durable channel, to or from this member, are lost, or it is not known: as {@link ChannelEventMap.lost}. */
  lost: EventWith<LostMessages & { readonly memberId: string }>;
}

/**
 * One label to every peer of a room, those that come later too.
 *
 * Read it by `"message"` events or by `for await (const { from, data } of channel)`, not by both: a message goes to one
 * reader. Until there is a reader, messages wait. To write to one peer alone take the channel of the same label, with the
 * same options, from that {@link Peer}. A peer with whom this label is another kind of channel is left out.
 */
export class RoomChannel extends Emitter<RoomChannelEventMap> {
  readonly #handle: RoomChannelHandle;
  readonly #sender = new Sender((data, signal) => this.#handle.send(data, signal));
  #read = false;
  #closed = false;

  private constructor(handle: RoomChannelHandle) {
    super();
    this.#handle = handle;
    handle.listen((name, values) => this.heard(name, withError(values)));
  }

  /** @internal */
  static wrap(handle: RoomChannelHandle): RoomChannel {
    return new RoomChannel(handle);
  }

  /** The label it has at every peer. */
  get label(): string {
    return this.#handle.label();
  }

  /** Whether {@link close} was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Sends `data` to every peer there is: done when each browser buffer has taken it, or, of a durable channel, when it is
   * sure to be delivered while both pages live. A peer that is being reconnected is waited for; one that leaves
   * meanwhile is not.
   *
   * @throws {@link ChannelError} the first there is, but for peers whose channel is closed; the other peers get the message all the same.
   */
  send(data: ChannelData, { signal }: WaitOptions = {}): Promise<void> {
    return this.#sender.send(data, signal);
  }

  /**
   * Sends `value` as JSON text; see {@link send}.
   *
   * @throws {@link ChannelError} `"json"` where it has no JSON form; else as {@link send}.
   */
  async sendJson(value: JsonValue, options?: WaitOptions): Promise<void> {
    await this.send(jsonText(value), options);
  }

  /** The messages from the oldest unread one on; ends when the channel is closed here, or the room is left, and everything has been read. */
  messages({ signal }: WaitOptions = {}): AsyncIterableIterator<RoomMessage> {
    return pulled(() => this.#handle.receive(signal));
  }

  /** As {@link messages}: `for await (const { from, data } of channel)`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<RoomMessage> {
    return this.messages();
  }

  /** Closes it to everybody. Calling it again does nothing. */
  close(): void {
    this.#closed = true;
    this.#handle.close();
  }

  /** As {@link close}, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  protected override listening(name: keyof RoomChannelEventMap): void {
    super.listening(name);
    if (name !== "message" || this.#read) return;
    this.#read = true;
    this.#handle.listenToMessages((name, values) => {
      if (name) this.heard(name, values);
    });
  }
}
