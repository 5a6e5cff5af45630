import { RejoinError, type RejoinErrorOptions } from "./rejoin-error.js";

/**
 * Why a camera, a microphone or the playing of a stream was refused:
 *
 * - `"notAllowed"`: the user, the browser's settings or the embedding page refused (also: autoplay was refused)
 * - `"notFound"`: there is no such device
 * - `"notReadable"`: the device is there but does not deliver: in use elsewhere, or faulty
 * - `"overconstrained"`: no device satisfies what is required, see {@link MediaError.constraint}
 * - `"abort"`: something else kept the device from starting
 * - `"security"`: media is switched off for this page
 * - `"insecureContext"`: the page is not served over https or from localhost
 * - `"unsupported"`: this browser, or this place in it, has no such API
 * - `"type"`: the request itself is not valid
 * - `"unknown"`: see the browser's own error, the `cause`
 */
export type MediaErrorKind =
  | "notAllowed"
  | "notFound"
  | "notReadable"
  | "overconstrained"
  | "abort"
  | "security"
  | "insecureContext"
  | "unsupported"
  | "type"
  | "unknown";

/**
 * A camera, a microphone or the playing of a stream was refused.
 *
 * The message is the browser's own, for a log; show {@link advice} to a person. `cause` is a `DOMException` of the
 * browser's name and message.
 */
export class MediaError extends RejoinError {
  override readonly name: string = "MediaError";
  /** Why; the same as `code`, with its type. */
  readonly kind: MediaErrorKind;
  /** What the user can do about it, in English words to show to a person. */
  readonly advice: string;
  /** The constraint that no device satisfies, such as `"width"`, where that is the reason and the browser tells. */
  readonly constraint: string | undefined;

  /** Errors are made by the package; a constructor is there so that tests can make them too. */
  constructor(
    message: string,
    options: Omit<RejoinErrorOptions, "code"> & { kind: MediaErrorKind; advice?: string; constraint?: string | undefined },
  ) {
    super(message, { ...options, code: options.kind });
    this.kind = options.kind;
    this.advice = options.advice ?? message;
    this.constraint = options.constraint;
  }
}
