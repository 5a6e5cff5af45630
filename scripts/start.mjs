// `npm start`: builds what has changed and serves the demo and the signaling. PORT and HOST are honoured.
import { spawn } from "node:child_process";
import { buildPackage } from "./lib/package.mjs";
import { assets, root, server } from "./lib/paths.mjs";
import { assembleSite, buildServer } from "./lib/site.mjs";
import { elapsed, main } from "./lib/step.mjs";
import { requireToolchain } from "./lib/tools.mjs";

await main(async () => {
  requireToolchain();
  await Promise.all([buildPackage(), buildServer()]);
  await assembleSite();
  serve();
});

function serve() {
  const child = spawn(server, ["--assets", assets, ...process.argv.slice(2)], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  child.stdout.setEncoding("utf8").on("data", (text) => {
    process.stdout.write(text);
    const address = text.match(/listening on (http:\S+)/)?.[1];
    if (address) console.log(`\nReady after ${elapsed()}: open ${address} in two windows. Ctrl-C stops the server.`);
  });
  // Ctrl-C reaches the server too, which takes leave of its clients and ends; then so does this.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.removeAllListeners(signal);
    process.on(signal, () => stop(child, signal));
  }
  child.on("error", (error) => console.error(`The server could not be started: ${error.message}`));
  child.on("exit", (code, signal) => (process.exitCode = stopping ? 0 : (code ?? (signal ? 1 : 0))));
}

let stopping = false;

function stop(child, signal) {
  if (!stopping && signal !== "SIGINT") child.kill(signal);
  stopping = true;
  setTimeout(() => child.kill("SIGKILL"), 10_000).unref();
}
