// Puts together what the server serves, and builds the server.
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { whenChanged } from "./fresh.mjs";
import { assets, dist, root, server } from "./paths.mjs";
import { run } from "./run.mjs";
import { step } from "./step.mjs";

/** www/ and the package under /rejoin/, where the pages' import maps say "rejoin" is. */
export async function assembleSite() {
  const www = join(root, "www");
  mkdirSync(www, { recursive: true });
  await whenChanged("site", [www, dist], [assets], () => {
    rmSync(assets, { recursive: true, force: true });
    cpSync(www, assets, { recursive: true, filter: (path) => basename(path) !== "tsconfig.json" });
    cpSync(dist, join(assets, "rejoin"), { recursive: true });
  });
}

export async function buildServer() {
  await step("server (cargo)", () => run("cargo", ["build", "-p", "rejoin-signaling"]));
  if (!existsSync(server)) throw new Error(`cargo built no ${server}.`);
}
