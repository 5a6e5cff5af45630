import { RejoinError, type RejoinErrorOptions } from "./rejoin-error.js";

/**
 * Why a channel did not do what was asked:
 *
 * - `"tooLarge"`: the message is larger than the other side takes; split it
 * - `"queueFull"`: too much waits to be sent; await earlier sends first
 * - `"unread"`: more than 64 MiB lay received and unread, and the channel was closed; read faster
 * - `"json"`: the value has no JSON form
 * - `"transport"`: the browser reports an error of the transport; the message is its own
 * - `"cannotOpen"`: the label is rejoin's own, or the options do not fit; the message is the browser's
 * - `"mismatch"`: the other side has other options for this label: one is durable, or keeps the order, and one does not
 * - `"unknown"`: a reason this version does not know
 */
export type ChannelErrorCode = "tooLarge" | "queueFull" | "unread" | "json" | "transport" | "cannotOpen" | "mismatch" | "unknown";

/** A channel could not be opened, or did not send. Where it is closed, it is a {@link ClosedError} instead. */
export class ChannelError extends RejoinError {
  override readonly name: string = "ChannelError";
  declare readonly code: ChannelErrorCode;

  /** Errors are made by the package; a constructor is there so that tests can make them too. */
  constructor(message: string, options: RejoinErrorOptions & { code: ChannelErrorCode }) {
    super(message, options);
  }
}
