// Where things are. Everything that is built, but the npm package itself, lies under cargo's target folder.
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
/** Tools this project fetched for itself. */
export const tools = join(target, "tools");
/** What the server serves: the pages of www/ and the package under /rejoin/. */
export const assets = join(target, "www");

export const npm = join(root, "crates/npm");
export const facade = join(npm, "ts");
/** wasm-bindgen's output, imported by the facade as "./wasm/rejoin.js". */
export const bindings = join(facade, "wasm");
export const dist = join(npm, "dist");

const exe = process.platform === "win32" ? ".exe" : "";
export const server = join(target, "debug", `rejoin-signaling${exe}`);
/** Apart from other builds: the package is built with flags of its own, and cargo would build everything anew at each change of flags. */
export const npmTarget = join(target, "npm");
export const rawWasm = join(npmTarget, "wasm32-unknown-unknown/wasm/rejoin_npm.wasm");
/** Apart, for the example has a Cargo.lock of its own. */
export const yewTarget = join(target, "yew");
export const yewPage = join(assets, "yew");
