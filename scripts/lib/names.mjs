// Short names between the WebAssembly and its glue: wasm-bindgen's are long, and each is in both files.

/** Makes wasm-opt shorten the names, and print the old ones with the new. */
export const shortenNames = "--minify-imports-and-exports-and-modules";

/**
 * Gives the glue the names that the module has now.
 *
 * @param {string} glue wasm-bindgen's JavaScript
 * @param {string} printed what wasm-opt printed
 * @returns {string} the same with the short names
 */
export function renameGlue(glue, printed) {
  const { imports, exports } = JSON.parse(printed.slice(printed.indexOf("{")));
  const short = { imports: new Map(imports.map(([, long, name]) => [long, name])), exports: new Map(exports) };
  let renamed = 0;
  const script = glue
    .replace(/^( +)([\w$]+)(: function\()/gm, (line, space, name, rest) => {
      if (!short.imports.has(name)) return line;
      renamed += 1;
      return space + short.imports.get(name) + rest;
    })
    .replace(/\bwasm\.([\w$]+)/g, (use, name) => (short.exports.has(name) ? `wasm.${short.exports.get(name)}` : use))
    .replace('"./rejoin_bg.js": import0', '"a": import0');
  if (renamed !== imports.length) throw new Error(`the glue defines ${renamed} of the module's ${imports.length} imports`);
  return script;
}
