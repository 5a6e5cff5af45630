import { AttachmentHandle } from "../wasm/rejoin.js";
import { Emitter } from "../emitter.js";
import { awaited } from "../errors/from-wasm.js";
import { requireInit } from "../init.js";
import { LocalStream } from "./local-stream.js";

/** The events of an {@link Attachment}. */
export interface AttachmentEventMap {
  /** It plays. */
  playing: Event;
  /** The browser refuses to play before the user has clicked: show a button, and call {@link Attachment.retry} from its click. */
  blocked: Event;
}

/** Whether an attached stream is seen: `"waiting"` for pictures or sound, `"playing"`, `"blocked"` before a click, `"detached"`. */
export type AttachmentState = "waiting" | "playing" | "blocked" | "detached";

/**
 * Shows a stream in a `<video>`, or lets it be heard from an `<audio>`, until it is detached.
 *
 * The element plays by itself, and inline on phones. A {@link LocalStream} is played without sound, so that nobody
 * hears himself; a `MediaStream`, such as one of a peer's, is played with it. One stream at a time: another
 * that is attached to the element takes its place, and the attachment before it is over.
 *
 * @throws {@link NotInitializedError} before `await init()`.
 */
export function attach(element: HTMLMediaElement, stream: LocalStream | MediaStream): Attachment {
  requireInit();
  return Attachment.wrap(
    stream instanceof LocalStream
      ? AttachmentHandle.local(element, LocalStream.handleOf(stream))
      : AttachmentHandle.remote(element, stream),
  );
}

/** The hold of a stream on an element; made by {@link attach}. */
export class Attachment extends Emitter<AttachmentEventMap> {
  readonly #handle: AttachmentHandle;

  private constructor(handle: AttachmentHandle) {
    super();
    this.#handle = handle;
    handle.listen(this.heard);
  }

  /** @internal */
  static wrap(handle: AttachmentHandle): Attachment {
    return new Attachment(handle);
  }

  /** Whether the stream is seen. */
  get state(): AttachmentState {
    return this.#handle.state();
  }

  /**
   * Plays, from a click or a key.
   *
   * @throws {@link MediaError} of the kind `"notAllowed"` where the browser still refuses.
   */
  retry(): Promise<void> {
    return awaited(this.#handle.retry());
  }

  /** Takes the stream out and leaves the element as it was found. Calling it again does nothing. */
  detach(): void {
    this.#handle.detach();
  }

  /** As {@link detach}, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.detach();
  }
}
