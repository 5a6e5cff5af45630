// The package with the WebAssembly in the script, for where a second file cannot be served. It has classes of its own: a page
// uses this entry or the other.

export * from "./index.js";
export { init } from "./init-inline.js";
