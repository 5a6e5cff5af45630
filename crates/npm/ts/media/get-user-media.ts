import { getUserMedia as open } from "../wasm/rejoin.js";
import { awaited } from "../errors/from-wasm.js";
import { requireInit } from "../init.js";
import type { MediaConstraints } from "./constraints.js";
import { LocalStream } from "./local-stream.js";

/** How camera and microphone are opened. */
export interface GetUserMediaOptions {
  /** Gives the request up: a device that the user allows later is released at once. Default: none. */
  signal?: AbortSignal | undefined;
}

/**
 * Opens the camera, the microphone or both; the browser asks the user where it has not yet.
 *
 * ```ts
 * const local = await getUserMedia({ video: { width: 1280, facingMode: "user" }, audio: true });
 * ```
 *
 * @param constraints What to ask for; {@link MediaConstraints} has no way to write a wrong combination.
 * @throws {@link MediaError} with its `kind`, the `constraint` that failed, and `advice` to show to the user.
 * @throws {@link NotInitializedError} before `await init()`.
 * @throws The reason of `signal`, where it aborts.
 */
export async function getUserMedia(constraints: MediaConstraints, { signal }: GetUserMediaOptions = {}): Promise<LocalStream> {
  requireInit();
  return LocalStream.wrap(await awaited(open(constraints as MediaStreamConstraints, signal)));
}
