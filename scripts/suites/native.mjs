// Everything that runs without a browser: the machines of crates/proto, the simulation, the server over real sockets.
import { counted } from "../lib/counts.mjs";

export async function native({ filter }) {
  return [await counted("cargo test", "cargo", ["test", "--workspace", "--no-fail-fast", ...filter], { minutes: 30 })];
}
