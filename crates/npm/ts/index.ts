import start from "./wasm/rejoin.js";

let started: Promise<void> | undefined;

/** Compiles the WebAssembly, once: await it before anything else of this package. */
export function init(): Promise<void> {
  started ??= start().then(() => undefined);
  return started;
}
