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
      /** How often a lost message is sent again, 0 to 65,535; 0 is never. Default: until it arrives. */
      maxRetransmits?: number | undefined;
      maxPacketLifeTimeMs?: undefined;
    }
  | {
      /** For how long a lost message is sent again, in milliseconds, 0 to 65,535. Default: until it arrives. */
      maxPacketLifeTimeMs?: number | undefined;
      maxRetransmits?: undefined;
    }
);

/** The events of a {@link Channel}. */
export interface ChannelEventMap {
  /** A message came. */
  message: EventWith<{ data: ChannelMessage }>;
  /** The state is another; `"connecting"` after `"open"` means that the connection is being replaced. */
  statechange: EventWith<{ state: RTCDataChannelState }>;
  /** Something went wrong; a state change follows where the channel does not survive it. */
  error: EventWith<{ error: RejoinError }>;
}

/**
 * A channel to one peer, known to both sides by its label.
 *
 * It stays usable while the connection under it is replaced: the state turns to `"connecting"`, sends wait, and go on
 * over the new connection. What was already given to a connection that died may be lost, as with any data channel.
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

  /** Bytes that wait here: in the browser's buffer and in front of it. */
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
   * Sends `data`, after all that was sent before it: done when the browser has taken it.
   *
   * Waits while the channel is not open or its buffer is full: `await` each send, and nothing piles up.
   *
   * @param options Aborting takes the message back, unless the browser has it already.
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

  /** Closes the channel on both sides; what still waits to be sent is refused. Again changes nothing. */
  close(): void {
    this.#handle.close();
  }

  /** As {@link close}, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
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
