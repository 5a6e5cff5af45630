import start from "./wasm/rejoin.js";
import { NotInitializedError } from "./errors/not-initialized-error.js";
import { RejoinError } from "./errors/rejoin-error.js";

/** Where the WebAssembly comes from: an address, a response, its bytes, or a module compiled before. */
export type InitInput = string | URL | Request | Response | BufferSource | WebAssembly.Module;

/**
 * Fetches and compiles the WebAssembly, while it is still arriving: await it once, before anything else of this package.
 *
 * Calling it again, at any time, gives the first call's outcome; only after a failure does it try again.
 *
 * @param input Where the WebAssembly comes from. Default: `rejoin_bg.wasm` beside this script, which bundlers find.
 * @throws {@link RejoinError} with the code `"init"` where it cannot be fetched or compiled; `cause` is the browser's error.
 */
export function init(input?: InitInput | Promise<InitInput>): Promise<void> {
  started ??= load(input);
  return started;
}

/** @internal Everything that needs the WebAssembly asks here first. */
export function requireInit(): void {
  if (!ready) throw new NotInitializedError();
}

async function load(input?: InitInput | Promise<InitInput>): Promise<void> {
  try {
    await (input === undefined ? start() : start({ module_or_path: input }));
    ready = true;
  } catch (cause) {
    started = undefined;
    throw new RejoinError("rejoin's WebAssembly cannot be loaded", { code: "init", retryable: true, cause });
  }
}

let started: Promise<void> | undefined;
let ready = false;
