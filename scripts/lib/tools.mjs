// The tools this project needs: finds them, fetches what it can without the system's packages, else says what to install.
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { root, target, tools } from "./paths.mjs";
import { run } from "./run.mjs";
import { step } from "./step.mjs";

/** Node and cargo: what a person has to install by hand. */
export function requireToolchain() {
  if (Number(process.versions.node.split(".")[0]) < 20) {
    throw new Error(`Node ${process.versions.node} is too old: install Node 20 or newer (nodejs.org).`);
  }
  if (!find("cargo")) {
    throw new Error("cargo is missing: install Rust with rustup (rustup.rs), then run this command again.");
  }
}

/** The first program of that name in PATH. */
export function find(name) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const end of process.platform === "win32" ? [".exe", ".cmd"] : [""]) {
      const path = join(folder, name + end);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not in this folder.
      }
    }
  }
  return undefined;
}

/** node_modules as package-lock.json wants it. */
export async function nodeModules() {
  const wanted = packages("package-lock.json");
  const present = packages("node_modules/.package-lock.json");
  const stale = ([path, { version, optional }]) => path && !optional && present[path]?.version !== version;
  if (!Object.entries(wanted).some(stale)) return;
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ["npm"];
  await step("npm packages (npm ci)", () => run(npm[0], [...npm.slice(1), "ci"]));
}

function packages(lock) {
  const path = join(root, lock);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).packages : {};
}

/** The standard library for WebAssembly. Without rustup it is the distribution's business, and cargo will say so. */
export async function wasmTarget() {
  if (!find("rustup")) return;
  const installed = await run("rustup", ["target", "list", "--installed"]);
  if (installed.split(/\s+/).includes(wasmTriple)) return;
  await step(`Rust for ${wasmTriple}`, () => run("rustup", ["target", "add", wasmTriple]));
}

/**
 * Sees to it that the standard library can be built with these flags; says why not where it cannot.
 *
 * @returns {Promise<string | undefined>}
 */
export async function standardLibrarySource(flags) {
  try {
    // A compiler of another version may not know the flags.
    await run("rustc", ["--target", wasmTriple, "--print", "cfg", ...flags], { env: unstable([]), quiet: true });
  } catch {
    return "this version of Rust cannot build its standard library for size";
  }
  const library = join((await run("rustc", ["--print", "sysroot"])).trim(), "lib/rustlib/src/rust/library/Cargo.lock");
  if (existsSync(library)) return undefined;
  if (!find("rustup")) return "the source of Rust's standard library is not installed (rust-src)";
  try {
    await step("source of Rust's standard library", () => run("rustup", ["component", "add", "rust-src"]));
    return undefined;
  } catch {
    return "the source of Rust's standard library could not be fetched (rustup component add rust-src)";
  }
}

/** The environment in which a stable compiler takes flags that are not stable yet. */
export function unstable(flags) {
  return { RUSTC_BOOTSTRAP: "1", RUSTFLAGS: flags.join(" ") };
}

/** The folder with wasm-bindgen and wasm-bindgen-test-runner, of exactly the version in Cargo.lock. */
export async function wasmBindgen() {
  const version = lockedVersion("wasm-bindgen");
  const inPath = find("wasm-bindgen");
  for (const folder of [inPath && dirname(inPath), join(tools, "bin")]) {
    if (folder && (await isWasmBindgen(folder, version))) return folder;
  }
  await install("wasm-bindgen-cli", version, ["--no-default-features"]);
  return join(tools, "bin");
}

/** A program that is there, of whatever version. */
export function installed(name) {
  const own = join(tools, "bin", name);
  return find(name) ?? (existsSync(own) ? own : undefined);
}

/** The program of a crate, of the version that `cargoTools` names: from PATH, or built for this project. */
export async function cargoTool(name) {
  const version = cargoTools[name];
  for (const path of [find(name), join(tools, "bin", name)]) {
    if (path && existsSync(path) && (await versionOf(path)) === version) return path;
  }
  await install(name, version);
  return join(tools, "bin", name);
}

/** `cargo-fuzz 0.13.2` is what a program says of itself. */
async function versionOf(path) {
  const isSubcommand = basename(path).startsWith("cargo-");
  const words = isSubcommand ? [basename(path).slice("cargo-".length), "--version"] : ["--version"];
  return (await run(path, words)).trim().split(" ").at(-1);
}

async function install(crate, version, flags = []) {
  await step(`${crate} ${version} (once: some minutes)`, () =>
    run("cargo", ["install", crate, "--version", version, "--locked", ...flags, "--force", "--root", tools], {
      minutes: 40,
      // It is run a few times for a second: quick to build matters more than quick to run.
      env: {
        CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
        CARGO_PROFILE_RELEASE_LTO: "off",
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
        CARGO_TARGET_DIR: join(target, "tools-build"),
      },
    }),
  );
}

async function isWasmBindgen(folder, version) {
  for (const name of ["wasm-bindgen", "wasm-bindgen-test-runner"]) {
    const path = join(folder, name);
    if (!existsSync(path) && !existsSync(`${path}.exe`)) return false;
  }
  return (await run(join(folder, "wasm-bindgen"), ["--version"])).trim().endsWith(` ${version}`);
}

function lockedVersion(crate) {
  const lock = readFileSync(join(root, "Cargo.lock"), "utf8");
  return lock.match(new RegExp(`name = "${crate}"\nversion = "(.*)"`))[1];
}

export const wasmTriple = "wasm32-unknown-unknown";

/** Versions that are known to build with the oldest Rust this project takes. */
const cargoTools = {
  "cargo-fuzz": "0.13.2",
  "wasm-pack": "0.15.1",
};
