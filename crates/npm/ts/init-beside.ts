import { type InitInput, initOnce } from "./init.js";

/**
 * Fetches and compiles the WebAssembly, while it is still arriving: await it once, before anything else of this package.
 *
 * Calling it again, at any time, gives the first call's outcome; only after a failure does it try again.
 *
 * @param input Where the WebAssembly comes from. Default: `rejoin_bg.wasm` beside this script, which bundlers find.
 * @throws {@link RejoinError} with the code `"init"` where it cannot be fetched or compiled; `cause` is the browser's error.
 */
export function init(input?: InitInput | Promise<InitInput>): Promise<void> {
  return initOnce(input, () => new URL("rejoin_bg.wasm", import.meta.url));
}
