import start from "./wasm/rejoin.js";
import { NotInitializedError } from "./errors/not-initialized-error.js";
import { RejoinError } from "./errors/rejoin-error.js";

/** Where the WebAssembly comes from: an address, a response, its bytes, or a module compiled before. */
export type InitInput = string | URL | Request | Response | BufferSource | WebAssembly.Module;

/** @internal Loads the WebAssembly once, from `input` or else from what `otherwise` gives; see the two `init`. */
export function initOnce(input: InitInput | Promise<InitInput> | undefined, otherwise: () => InitInput): Promise<void> {
  started ??= load(input, otherwise);
  return started;
}

/** @internal Everything that needs the WebAssembly asks here first. */
export function requireInit(): void {
  if (!ready) throw new NotInitializedError();
}

async function load(input: InitInput | Promise<InitInput> | undefined, otherwise: () => InitInput): Promise<void> {
  try {
    await start({ module_or_path: input ?? otherwise() });
    ready = true;
  } catch (cause) {
    started = undefined;
    throw new RejoinError("rejoin's WebAssembly cannot be loaded", { code: "init", retryable: true, cause });
  }
}

let started: Promise<void> | undefined;
let ready = false;
