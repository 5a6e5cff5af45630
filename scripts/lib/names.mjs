// Short names between the WebAssembly and its glue: wasm-bindgen's are long, and each is in both files.
import { readFileSync, writeFileSync } from "node:fs";

/** Makes wasm-opt shorten the names, and print the old ones with the new. */
export const shortenNames = "--minify-imports-and-exports-and-modules";

/**
 * Gives the glue the names that the module has now.
 *
 * @param {string} glue the path of wasm-bindgen's JavaScript
 * @param {string} printed what wasm-opt printed
 */
export function renameGlue(glue, printed) {
  const { imports, exports } = JSON.parse(printed.slice(printed.indexOf("{")));
  const short = { imports: new Map(imports.map(([, long, name]) => [long, name])), exports: new Map(exports) };
  let renamed = 0;
  const script = readFileSync(glue, "utf8")
    .replace(/^( +)([\w$]+)(: function\()/gm, (line, space, name, rest) => {
      if (!short.imports.has(name)) return line;
      renamed += 1;
      return space + short.imports.get(name) + rest;
    })
    .replace(/\bwasm\.([\w$]+)/g, (use, name) => (short.exports.has(name) ? `wasm.${short.exports.get(name)}` : use))
    .replace('"./rejoin_bg.js": import0', '"a": import0');
  if (renamed !== imports.length) throw new Error(`the glue defines ${renamed} of the module's ${imports.length} imports`);
  writeFileSync(glue, script);
}
