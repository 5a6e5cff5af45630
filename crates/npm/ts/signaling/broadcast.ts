import type { Signaling, SignalingListener } from "./signaling.js";

/**
 * Carries a peer's messages over a `BroadcastChannel`: for two pages of one origin in one browser, with no server.
 *
 * A name belongs to two pages; with a third, whichever two find each other first are connected.
 */
export class BroadcastSignaling implements Signaling {
  readonly #channel: BroadcastChannel;

  /** @param name The name that both pages use. */
  constructor(name: string) {
    this.#channel = new BroadcastChannel(name);
  }

  /** See {@link Signaling.send}. */
  send(message: string): void {
    this.#channel.postMessage(message);
  }

  /** See {@link Signaling.subscribe}. */
  subscribe(listener: SignalingListener): () => void {
    const got = ({ data }: MessageEvent<unknown>) => {
      if (typeof data === "string") listener.message(data);
    };
    this.#channel.addEventListener("message", got);
    return () => this.#channel.removeEventListener("message", got);
  }

  /** Closes the channel. Calling it again does nothing. */
  close(): void {
    this.#channel.close();
  }

  /** As {@link close}, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
