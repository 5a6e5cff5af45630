// `npm start`: builds what has changed and serves the demo and the signaling. PORT and HOST are honoured.
// `npm run start:yew`: the same with the Yew example under /yew/.
import { spawn } from "node:child_process";
import { buildPackage } from "./lib/package.mjs";
import { assets, root, server } from "./lib/paths.mjs";
import { assembleSite, buildServer } from "./lib/site.mjs";
import { elapsed, main } from "./lib/step.mjs";
import { requireToolchain } from "./lib/tools.mjs";
import { buildYew } from "./lib/yew.mjs";

const [yew, ...options] = process.argv[2] === "yew" ? process.argv.slice(2) : [undefined, ...process.argv.slice(2)];

await main(async () => {
  requireToolchain();
  await Promise.all([buildPackage(), buildServer()]);
  await assembleSite();
  if (yew) await buildYew();
  serve();
});

function serve() {
  const child = spawn(server, ["--assets", assets, ...options], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
    // Not in the terminal's group: Ctrl-C comes from here, once.
    detached: process.platform !== "win32",
  });
  child.stdout.setEncoding("utf8").on("data", (text) => {
    process.stdout.write(text);
    const address = text.match(/listening on (http:\S+)/)?.[1];
    if (address) console.log(`\nReady after ${elapsed()}: open ${yew ? new URL("/yew/", address) : address} in two windows. Ctrl-C stops the server.`);
  });

  let stopping = false;
  // The server takes leave of its clients; the second time it is meant at once.
  const stop = () => {
    child.kill(stopping ? "SIGKILL" : "SIGTERM");
    stopping = true;
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(signal).on(signal, stop);
  // npm passes SIGTERM to its shell only, which does not pass it on: notice that the shell is gone.
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (!process.env.npm_lifecycle_event?.startsWith("start") || process.ppid === shell) return;
    clearInterval(watch);
    stop();
  }, 500).unref();

  child.on("error", (error) => console.error(`The server could not be started: ${error.message}`));
  child.on("exit", (code) => (process.exitCode = stopping ? 0 : (code ?? 1)));
}
