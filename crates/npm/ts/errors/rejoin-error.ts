/** What every error of this package is made with. */
export interface RejoinErrorOptions {
  /** See {@link RejoinError.code}. */
  code: string;
  /** See {@link RejoinError.retryable}. Default: false. */
  retryable?: boolean;
  /** See {@link RejoinError.cause}. Default: none. */
  cause?: unknown;
}

/**
 * Every error of this package: catch this class, then ask its `code`, never its message.
 *
 * An aborted `AbortSignal` is the one exception: as on the platform, its own reason is thrown, by default a
 * `DOMException` named `AbortError`.
 */
export class RejoinError extends Error {
  /** The name of the class; stays the same in minified code. */
  override readonly name: string = "RejoinError";
  /** What went wrong, in one word that does not change between versions and browsers. */
  readonly code: string;
  /** Whether the very same call may succeed if it is simply made again, at once or a little later. */
  readonly retryable: boolean;
  /** What this error came from, such as the browser's own error, where there is such a thing. */
  override readonly cause?: unknown;

  /** Errors are made by the package; a constructor is there so that tests can make them too. */
  constructor(message: string, { code, retryable = false, cause }: RejoinErrorOptions) {
    super(message);
    this.code = code;
    this.retryable = retryable;
    this.cause = cause;
  }
}
