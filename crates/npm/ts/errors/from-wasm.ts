import { ChannelError, type ChannelErrorCode } from "./channel-error.js";
import { ClosedError } from "./closed-error.js";
import { ConnectionError } from "./connection-error.js";
import { MediaError, type MediaErrorKind } from "./media-error.js";
import { RejoinError } from "./rejoin-error.js";
import { SignalingError } from "./signaling-error.js";

/** What the WebAssembly throws: see `failure.rs`. */
type Failure = [area: string, code: string, message: string, retryable: boolean, ...more: (string | undefined)[]];

/** @internal Calls into the WebAssembly; its errors come out as the classes of this package. */
export function call<T>(wasm: () => T): T {
  try {
    return wasm();
  } catch (thrown) {
    throw errorOf(thrown);
  }
}

/** @internal Awaits the WebAssembly; its errors come out as the classes of this package. */
export async function awaited<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (thrown) {
    throw errorOf(thrown);
  }
}

/** @internal The error of this package for what the WebAssembly threw or told; anything else as it is. */
export function errorOf<T>(thrown: T): T | RejoinError {
  return Array.isArray(thrown) ? (made(thrown as Failure) ?? thrown) : thrown;
}

function made([area, code, message, retryable, ...more]: Failure): RejoinError | undefined {
  switch (area) {
    case "media": {
      const [name, advice, constraint] = more;
      const cause = new DOMException(message, name);
      return new MediaError(message || code, { kind: code as MediaErrorKind, retryable, advice: advice ?? "", constraint, cause });
    }
    case "signaling":
      return new SignalingError(message, { code, retryable });
    case "channel":
      return new ChannelError(message, { code: code as ChannelErrorCode, retryable });
    case "connection":
      return new ConnectionError(message, { code, retryable });
    case "closed":
      return new ClosedError(message, more[0] ?? code);
    case "option":
      return new RejoinError(message, { code });
    default:
      // An array of somebody else's, such as the reason of an AbortSignal.
      return undefined;
  }
}
