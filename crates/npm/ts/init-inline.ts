import { type InitInput, initOnce } from "./init.js";
import deflated from "./wasm/inline.js";

/**
 * Compiles the WebAssembly that this script holds: await it once, before anything else of this package.
 *
 * Calling it again, at any time, gives the first call's outcome; only after a failure does it try again.
 *
 * @param input Where the WebAssembly comes from. Default: this script; nothing is fetched.
 * @throws {@link RejoinError} with the code `"init"` where it cannot be compiled; `cause` is the browser's error.
 */
export function init(input?: InitInput | Promise<InitInput>): Promise<void> {
  return initOnce(input, inflated);
}

/** A response: the browser compiles it while it is unpacked. */
function inflated(): Response {
  const bytes = Uint8Array.from(atob(deflated), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(unpacked, { headers: { "Content-Type": "application/wasm" } });
}
