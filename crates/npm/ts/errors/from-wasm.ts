import { MediaError, type MediaErrorKind } from "./media-error.js";

/** What the WebAssembly throws: see `failure.rs`. */
type Failure = [area: "media", kind: MediaErrorKind, message: string, retryable: boolean, name: string, advice: string, constraint?: string];

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
export function errorOf(thrown: unknown): unknown {
  if (!isFailure(thrown)) return thrown;
  const [, kind, message, retryable, name, advice, constraint] = thrown;
  const cause = new DOMException(message, name);
  return new MediaError(message || name, { kind, retryable, advice, constraint, cause });
}

function isFailure(thrown: unknown): thrown is Failure {
  return Array.isArray(thrown) && thrown[0] === "media";
}
