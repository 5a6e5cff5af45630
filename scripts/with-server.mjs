// Runs a command while the signaling server listens: node scripts/with-server.mjs PORT COMMAND…
import { spawn } from "node:child_process";
import { once } from "node:events";
import { main } from "./lib/step.mjs";
import { Server } from "../tests/support/server.mjs";

await main(async () => {
  const [port, command, ...args] = process.argv.slice(2);
  // Any origin, for the pages of wasm-bindgen-test-runner come from a port of its own.
  const server = await Server.start({ port: Number(port), args: ["--allow-origin", "*"] });
  try {
    const child = spawn(command, args, { stdio: "inherit" });
    const [code] = await once(child, "exit");
    process.exitCode = code ?? 1;
  } finally {
    await server.stop();
  }
});
