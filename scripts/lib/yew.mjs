// Builds examples/yew-call as its user would, with cargo and wasm-bindgen, and puts it into the site under /yew/.
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { whenChanged } from "./fresh.mjs";
import { root, yewPage, yewTarget } from "./paths.mjs";
import { run } from "./run.mjs";
import { step } from "./step.mjs";
import { wasmBindgen, wasmTarget, wasmTriple } from "./tools.mjs";

/** After `assembleSite`, which begins with an empty folder. */
export async function buildYew() {
  await wasmTarget();
  const cli = await wasmBindgen();
  await step("the Yew example (cargo)", () =>
    run("cargo", ["build", "--locked", "--release", "--manifest-path", yewManifest, "--target", wasmTriple], { env: { CARGO_TARGET_DIR: yewTarget } }),
  );
  const statics = ["index.html", "style.css"].map((name) => join(example, name));
  const wasm = join(yewTarget, wasmTriple, "release/yew_call.wasm");
  await whenChanged("yew", [wasm, ...statics], [join(yewPage, "yew_call.js")], async () => {
    mkdirSync(yewPage, { recursive: true });
    await step("its page (wasm-bindgen)", () => run(join(cli, "wasm-bindgen"), [wasm, "--target", "web", "--out-dir", yewPage]));
    for (const path of statics) copyFileSync(path, join(yewPage, path.slice(example.length)));
  });
}

const example = join(root, "examples/yew-call");
export const yewManifest = join(example, "Cargo.toml");
