// Builds the npm package into crates/npm/dist: cargo → wasm-bindgen → wasm-opt → esbuild and tsc.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { whenChanged } from "./fresh.mjs";
import { trimGlue } from "./glue.mjs";
import { renameGlue, shortenNames } from "./names.mjs";
import { orderFunctions } from "./order.mjs";
import { bindings, dist, facade, npm, npmTarget, rawWasm, root } from "./paths.mjs";
import { run } from "./run.mjs";
import { step } from "./step.mjs";
import { nodeModules, requireToolchain, standardLibrarySource, unstable, wasmBindgen, wasmTarget, wasmTriple } from "./tools.mjs";

export async function buildPackage() {
  await buildBindings();
  const sources = [facade, join(npm, "package.json"), tsconfig, { text: JSON.stringify(bundling) }];
  await whenChanged("facade", sources, [dist, ...entries().map((entry) => entry.output)], async () => {
    rmSync(dist, { recursive: true, force: true });
    await step("JavaScript (esbuild)", bundle);
    await step("types (tsc)", declare);
    copyFileSync(join(bindings, wasmName), join(dist, wasmName));
  });
  copyPapers();
}

/** What the registry shows, and what the licences ask for: `npm pack` takes only what is in the package's folder. */
function copyPapers() {
  for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) copyFileSync(join(root, licence), join(npm, licence));
  const { repository } = JSON.parse(readFileSync(join(npm, "package.json"), "utf8"));
  const here = repository.url.replace(/^git\+|\.git$/g, "");
  const readme = readFileSync(join(root, "README.md"), "utf8");
  // Its links are those of the repository, whose other files the package has not.
  writeFileSync(join(npm, "README.md"), readme.replace(/\]\((?![a-z]+:|#)/g, `](${here}/blob/HEAD/`));
}

/** What the facade imports as "./wasm/rejoin.js", with its types: enough for tsc to check the facade. */
export async function buildBindings() {
  requireToolchain();
  const [cli] = await Promise.all([wasmBindgen(), compile(), nodeModules()]);
  const outputs = [wasmName, "rejoin.js", "rejoin.d.ts", "inline.js", "inline.d.ts"].map((name) => join(bindings, name));
  await whenChanged("bindings", [rawWasm, ...["glue", "names", "order"].map((name) => join(root, `scripts/lib/${name}.mjs`)), { text: [...bind, ...optimise].join() }], outputs, async () => {
    await step("bindings (wasm-bindgen)", () =>
      run(join(cli, "wasm-bindgen"), [rawWasm, ...bind, "--out-dir", bindings]),
    );
    // Users who compile strictly against an older library of types lack Symbol.dispose.
    const types = join(bindings, "rejoin.d.ts");
    writeFileSync(types, `/// <reference lib="esnext.disposable" />\n${readFileSync(types, "utf8")}`);
    await step("smaller (wasm-opt)", async () => {
      const small = join(bindings, "small.wasm");
      const names = await run(process.execPath, [join(root, "node_modules/binaryen/bin/wasm-opt"), join(bindings, wasmName), "-o", small, ...optimise]);
      const glue = join(bindings, "rejoin.js");
      writeFileSync(glue, trimGlue(renameGlue(readFileSync(glue, "utf8"), names)));
      writeFileSync(join(bindings, wasmName), ordered(readFileSync(small)));
      rmSync(small);
    });
    embed();
  });
}

/** The module before its names are taken away, optimised alike: to tell what it holds. */
export async function namedModule() {
  const folder = join(npmTarget, "named");
  const named = join(folder, "named.wasm");
  const bare = optimise.filter((pass) => pass !== shortenNames);
  await whenChanged("named", [rawWasm, { text: [...bind, ...bare].join() }], [named], async () => {
    const cli = await wasmBindgen();
    await run(join(cli, "wasm-bindgen"), [rawWasm, ...bind, "--out-dir", folder]);
    await run(process.execPath, [join(root, "node_modules/binaryen/bin/wasm-opt"), join(folder, wasmName), "-g", "-o", named, ...bare]);
  });
  return readFileSync(named);
}

/** The module as a script, for the entry "./inline": deflated, for base64 hides from gzip what repeats (98 KB for 122). */
function embed() {
  const deflated = deflateRawSync(readFileSync(join(bindings, wasmName)), { level: 9 });
  writeFileSync(join(bindings, "inline.js"), `export default "${deflated.toString("base64")}";\n`);
  writeFileSync(join(bindings, "inline.d.ts"), "declare const deflated: string;\nexport default deflated;\n");
}

/** In an order that compresses well, where that knows all there is in the module. */
function ordered(wasm) {
  try {
    const better = orderFunctions(wasm);
    if (!WebAssembly.validate(better)) throw new Error("the module in another order is not valid");
    return better;
  } catch (error) {
    console.log(`  The package becomes about 1.4 % larger than it need be: ${error.message}.`);
    return wasm;
  }
}

async function compile() {
  await wasmTarget();
  const missing = await plainBuild();
  if (missing) console.log(`  The package becomes about 12 % larger than it need be: ${missing}.`);
  const small = missing ? { args: [], env: {} } : { args: smallLibrary, env: unstable(smallFlags) };
  await step("rejoin for WebAssembly (cargo)", () =>
    run("cargo", ["build", "-p", "rejoin-npm", "--target", wasmTriple, "--profile", "wasm", ...small.args], {
      env: { ...small.env, CARGO_TARGET_DIR: npmTarget },
    }),
  );
}

/** Why the standard library cannot be built for size, in words; nothing where it can. */
export function plainBuild() {
  return standardLibrarySource(smallFlags);
}

/** The files named by "exports" of the published package.json, and the source each is made of. */
export function entries() {
  const manifest = JSON.parse(readFileSync(join(npm, "package.json"), "utf8"));
  return Object.entries(manifest.exports)
    .filter(([, file]) => typeof file === "object")
    .map(([name, file]) => ({
      name,
      output: join(npm, file.default),
      source: join(facade, file.default.replace(/^\.\/dist\//, "").replace(/\.js$/, ".ts")),
    }));
}

/** Each entry holds all it needs: "./inline" is one file, and "." is not a byte larger for it. */
async function bundle() {
  const { build } = await import("esbuild");
  await build({
    ...bundling,
    entryPoints: entries().map((entry) => entry.source),
    outdir: dist,
    outbase: facade,
    // wasm-bindgen's own members.
    mangleProps: /^(__|_wbg_)/,
    reserveProps: /^__proto__$/,
  });
}

const bundling = {
  bundle: true,
  minify: true,
  keepNames: false,
  // Beside the script, which does not name it: it is not in the tarball, and Vite would look for it there and complain.
  sourcemap: "external",
  format: "esm",
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
};

async function declare() {
  await tsc(".", "--outDir", dist, "--declaration", "--emitDeclarationOnly", "--noEmit", "false");
  const types = join(dist, "wasm/rejoin.d.ts");
  mkdirSync(join(dist, "wasm"), { recursive: true });
  copyFileSync(join(bindings, "rejoin.d.ts"), types);
}

/** Checks the types of a project, a folder with a tsconfig.json: the facade by default. */
export function tsc(project = ".", ...args) {
  return run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", project, ...args]);
}

/** A panic is a trap, without the machinery that makes a text of it; `{:?}` prints nothing, so no text for users may rely on it. */
const smallFlags = [
  "-Zunstable-options",
  "-Cpanic=immediate-abort",
  "-Zlocation-detail=none",
  "-Zfmt-debug=none",
  // Below 1 MiB, where the default stack ends, the address of each constant is a byte shorter.
  "-Clink-arg=-zstack-size=524288",
  // LLVM makes loops and common expressions quick by more variables, which cost more than they spare.
  ...["disable-lsr", "enable-pre=false"].map((pass) => `-Cllvm-args=-${pass}`),
  // JavaScript's objects in a list of the glue instead of a table of the module, and results in memory: what
  // wasm-bindgen makes of it is 3 KB less than with reference types and several results. The rest is older than WebRTC 1.0.
  "-Ctarget-cpu=mvp",
  "-Ctarget-feature=+bulk-memory,+sign-ext,+nontrapping-fptoint,+mutable-globals",
];
/** The standard library, built for size by the same flags. */
const smallLibrary = ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"];

const tsconfig = join(root, "tsconfig.json");
const wasmName = "rejoin_bg.wasm";
/** Each entry says itself where its WebAssembly is: an address in the glue would make bundlers add a file that "./inline" does not need. */
const bind = ["--target", "web", "--out-name", "rejoin", "--omit-default-module-path"];
/** The blocks of each function are taken apart and put together anew: what -Oz then finds is 1 % more. */
const anew = ["--flatten", "--rereloop", "-Oz"];
/** What has its caller's body around it compresses worse: what is to be inlined, rustc has inlined. */
const noInlining = ["always", "flexible", "one-caller"].map((kind) => `--${kind}-inline-max-function-size=0`);
/** -Oz, with the features that rustc and wasm-bindgen use. */
const optimise = [
  "--low-memory-unused",
  ...noInlining,
  "-Oz",
  ...anew,
  ...anew,
  "-Oz",
  "--gufa-optimizing",
  "--merge-similar-functions",
  "-Oz",
  shortenNames,
  "--enable-bulk-memory",
  "--enable-multivalue",
  "--enable-mutable-globals",
  "--enable-nontrapping-float-to-int",
  "--enable-reference-types",
  "--enable-sign-ext",
  // Both are for tools, which are done.
  "--strip-producers",
  "--strip-target-features",
];
