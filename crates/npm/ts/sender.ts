import type { ChannelData } from "./channel.js";
import { awaited } from "./errors/from-wasm.js";

/** @internal Sends in order, although a Blob must be read first: what is sent after it waits its turn. */
export class Sender {
  #turn: Promise<unknown> | undefined;

  /** @param hand Hands a text or bytes to the WebAssembly. */
  constructor(private readonly hand: (data: string | Uint8Array, signal?: AbortSignal) => Promise<void>) {}

  send(data: ChannelData, signal?: AbortSignal): Promise<void> {
    const before = this.#turn;
    if (!before && !(data instanceof Blob)) return awaited(this.hand(content(data), signal));
    const read = data instanceof Blob ? data.arrayBuffer() : data;
    // Within an object, so that the turn ends when the message is handed over and not when it is sent.
    const handed = Promise.all([read, before]).then(([read]) => ({ sent: this.hand(content(read), signal) }));
    const turn = handed.catch(() => {});
    this.#turn = turn;
    void turn.then(() => {
      if (this.#turn === turn) this.#turn = undefined;
    });
    return awaited(handed.then(({ sent }) => sent));
  }
}

function content(data: Exclude<ChannelData, Blob>): string | Uint8Array {
  if (typeof data === "string") return data;
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
}
