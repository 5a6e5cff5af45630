// What needs no test to be wrong: form, lints, documentation, types.
import { join } from "node:path";
import { whole } from "../lib/counts.mjs";
import { buildBindings, buildPackage, tsc } from "../lib/package.mjs";
import { root, target, yewTarget } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { installed, standardLibrarySource, unstable, wasmTarget, wasmTriple } from "../lib/tools.mjs";
import { yewManifest } from "../lib/yew.mjs";

export async function check() {
  await wasmTarget();
  const strict = ["--", "-D", "warnings"];
  const forWasm = ["--target", wasmTriple, "-p", "rejoin", "-p", "rejoin-npm"];
  const cargo = (args, env) => run("cargo", args, { env, minutes: 30 });
  const deny = installed("cargo-deny");
  return [
    await whole("cargo fmt", () => cargo(["fmt", "--all", "--check"])),
    await whole("clippy", () => cargo(["clippy", "--workspace", "--all-targets", ...strict])),
    await whole("clippy for WebAssembly", () => cargo(["clippy", ...forWasm, "--all-targets", ...strict])),
    await whole("clippy for each feature by itself", async () => {
      for (const features of ["", "media", "peer", "signaling", "peer,signaling"]) {
        await cargo(["clippy", "-p", "rejoin", "--target", wasmTriple, "--no-default-features", "--features", features, ...strict]);
      }
    }),
    await whole("the library where a panic unwinds", async () => {
      const missing = await standardLibrarySource(unwinding);
      if (missing) return console.log(`  Not checked: ${missing}.`);
      // The standard library that comes with Rust aborts.
      const build = ["check", "-p", "rejoin", "--target", wasmTriple, "-Zbuild-std=std,panic_unwind"];
      await cargo(build, { ...unstable([...unwinding, "-Dwarnings"]), CARGO_TARGET_DIR: join(target, "unwind") });
    }),
    await whole("the fuzz targets", async () => {
      const project = ["--manifest-path", join(root, "fuzz/Cargo.toml")];
      await cargo(["fmt", ...project, "--check"]);
      // Nothing is linked: libFuzzer itself need not be there.
      const env = { CARGO_TARGET_DIR: join(target, "fuzz-check"), CUSTOM_LIBFUZZER_PATH: "none/libnone.a" };
      await cargo(["clippy", "--locked", ...project, ...strict], env);
    }),
    await whole("the Yew example", async () => {
      const example = ["--manifest-path", yewManifest];
      await cargo(["fmt", ...example, "--check"]);
      await cargo(["clippy", "--locked", "--release", ...example, "--target", wasmTriple, ...strict], { CARGO_TARGET_DIR: yewTarget });
    }),
    await whole("cargo doc", () => cargo(["doc", "--workspace", "--no-deps"], { RUSTDOCFLAGS: "-D warnings" })),
    // Advisories need a database from the network: `cargo deny check advisories` is for a machine that has it.
    ...(deny ? [await whole("cargo deny", () => run(deny, ["--offline", "check", "licenses", "bans", "sources"]))] : []),
    await whole("types of the npm package", async () => {
      await buildBindings();
      await tsc();
    }),
    await whole("types of the demo", async () => {
      await buildPackage();
      await tsc("www");
    }),
  ];
}

/** wasm-bindgen then asks of every closure given to the browser that a panic may unwind through it. */
const unwinding = ["-Cpanic=unwind"];
