import type { ChannelHandle } from "./wasm/rejoin.js";
import { Emitter, type EventWith, type WaitOptions } from "./emitter.js";
import { awaited } from "./errors/from-wasm.js";
import type { RejoinError } from "./errors/rejoin-error.js";
import { type JsonValue, jsonText } from "./json.js";
import { pulled } from "./pulled.js";
import { Sender } from "./sender.js";
import { withError } from "./values.js";

/** What can be sent. */
export type ChannelData = string | ArrayBuffer | ArrayBufferView | Blob;

/** What arrives: text as a string, anything else as an `ArrayBuffer`. */
export type ChannelMessage = string | ArrayBuffer;

/** How a channel treats its messages; the two limits exclude each other. Default: ordered and reliable. */
export type ChannelOptions = {
  /** Whether messages arrive in the order they were sent in. Default: true. */
  ordered?: boolean | undefined;
  /** A name for what is spoken on the channel, at most 65,535 bytes. Default: empty. */
  protocol?: string | undefined;
  /** How much the channel counts beside the others of its connection. Default: `"low"`, as in the specification. */
  priority?: RTCPriorityType | undefined;
} & (
  | {
      /**
       * Whether every message arrives exactly once, over as many connections as that takes. Both sides must say so, where
       * both open the channel. Default: false; what was given to a connection that is lost is lost with it.
       */
      durable?: boolean | undefined;
      maxRetransmits?: undefined;
      maxPacketLifeTimeMs?: undefined;
    }
  | {
      durable?: undefined;
      /** How often a lost message is sent again, 0 to 65,535; 0 is never. Default: until it arrives. */
      maxRetransmits?: number | undefined;
      maxPacketLifeTimeMs?: undefined;
    }
  | {
      durable?: undefined;
      /** For how long a lost message is sent again, in milliseconds, 0 to 65,535. Default: until it arrives. */
      maxPacketLifeTimeMs?: number | undefined;
      maxRetransmits?: undefined;
    }
);

/** The events of a {@link Channel}. */
export interface ChannelEventMap {
  /** A message came. */
  message: EventWith<{ data: ChannelMessage }>;
  /** The state has changed; `"connecting"` after `"open"` means that the connection is being replaced. */
  statechange: EventWith<{ state: RTCDataChannelState }>;
  /** Something went wrong; a state change follows where the channel does not survive it. */
  error: EventWith<{ error: RejoinError }>;
  /** A durable channel has no connection: what is sent waits. */
  paused: EventWith<object>;
  /** A durable channel goes on where it was paused. */
  resumed: EventWith<object>;
  /**
   * Messages of a durable channel are lost, or it is not known whether they are: the page that had them has ended, or the
   * channel. Each side numbers what it sends, from 1.
   */
  lost: EventWith<LostMessages>;
}

/** Messages of a durable channel that did not arrive, or of which it is not known. */
export interface LostMessages {
  /** Whose they were: this side's (also of the page that this one took the place of), or the other side's. */
  readonly direction: "sent" | "received";
  /** The number of the first. */
  readonly from: number;
  /** The number of the last; undefined for all that there may have been. */
  readonly to: number | undefined;
}

/**
 * A channel to one peer, known to both sides by its label.
 *
 * It stays usable while the connection under it is replaced: the state turns to `"connecting"`, sends wait, and go on
 * over the new connection. What was already given to a connection that died may be lost, as with any data channel; unless
 * the channel is {@link ChannelOptions | durable}: then every message arrives exactly once while both pages live, and
 * what a page takes with it is told by `"lost"`. Up to 16 MiB, or 16,384 messages, may be on their way; then `send` waits
 * until the other side has read some.
 *
 * Read it by `"message"` events or by `for await (const message of channel)`, not by both: a message goes to one
 * reader. Until there is a reader, messages wait.
 */
export class Channel extends Emitter<ChannelEventMap> {
  readonly #handle: ChannelHandle;
  #read = false;
  readonly #sender = new Sender((data, signal) => this.#handle.send(data, signal));

  private constructor(handle: ChannelHandle) {
    super();
    this.#handle = handle;
    handle.listen((name, values) => this.heard(name, withError(values)));
  }

  /** @internal */
  static wrap(handle: ChannelHandle): Channel {
    return new Channel(handle);
  }

  /** The name by which both sides know it. */
  get label(): string {
    return this.#handle.label();
  }

  /** The state now. */
  get state(): RTCDataChannelState {
    return this.#handle.state();
  }

  /**
   * Bytes that wait here: in the browser's buffer and in front of it; on a durable channel all that the other side has not
   * read yet, as far as is known.
   */
  get bufferedAmount(): number {
    return this.#handle.bufferedAmount();
  }

  /**
   * Waits until messages flow.
   *
   * @throws {@link ClosedError} where the channel is closed first.
   */
  ready({ signal }: WaitOptions = {}): Promise<void> {
    return awaited(this.#handle.ready(signal));
  }

  /**
   * Sends `data`, after all that was sent before it: done when the browser has taken it; on a durable channel, when it is
   * sure to be delivered while both pages live.
   *
   * Waits while the channel is not open (a durable one takes messages all the same) or its buffer is full: `await` each
   * send, and nothing piles up.
   *
   * @param options Aborting takes the message back, unless it is taken already.
   * @throws {@link ChannelError} `"tooLarge"`, `"queueFull"`; {@link ClosedError} where the channel is closed first.
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

  /** The messages from the oldest unread one on; ends when the channel is closed and everything has been read. */
  messages({ signal }: WaitOptions = {}): AsyncIterableIterator<ChannelMessage> {
    return pulled(() => this.#handle.receive(signal));
  }

  /** As {@link messages}: `for await (const message of channel)`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ChannelMessage> {
    return this.messages();
  }

  /**
   * Closes the channel on both sides: done when it is closed. What still waits to be sent is refused. Calling it again does nothing.
   *
   * A durable channel takes no more messages, and is closed when both sides have received what was sent, 30 s later at the
   * latest. Await that before the peer is closed: a peer that hangs up waits for nothing.
   */
  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** Closes the channel on both sides now; also a durable one, whose messages on their way are lost. */
  abort(): void {
    this.#handle.abort();
  }

  /** As {@link close}, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    void this.close();
  }

  /** @internal */
  protected override listening(name: keyof ChannelEventMap): void {
    super.listening(name);
    if (name !== "message" || this.#read) return;
    this.#read = true;
    this.#handle.listenToMessages((name, values) => {
      if (name) this.heard(name, values);
    });
  }
}
