// Everything that runs without a browser: the machines of crates/proto, the simulation, the server over real sockets.
import { counted, nodeTests } from "../lib/counts.mjs";

export async function native({ filter }) {
  // A filter is of names of Rust tests.
  const own = filter.length > 0 ? [] : [await counted("scripts", process.execPath, nodeTests("tests/scripts", []))];
  return [...own, await counted("cargo test", "cargo", ["test", "--workspace", "--no-fail-fast", ...filter], { minutes: 30 })];
}
