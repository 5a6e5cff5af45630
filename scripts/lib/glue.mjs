// Takes out of wasm-bindgen's JavaScript what no browser with WebRTC and JavaScript modules needs, and adds what it leaves to the caller.

/** What is taken out, and what comes in its place. */
const CUTS = [
  // Every browser of the last four years has these.
  [/\(typeof FinalizationRegistry === 'undefined'\)\s*\? \{ register: \(\) => \{\}, unregister: \(\) => \{\} \}\s*: new Fin/g, "new Fin"],
  [/if \(!\('encodeInto' in cachedTextEncoder\)\) \{[\s\S]*?\n\}\n/, ""],
  // The handles are not the users': the facade has its own `Symbol.dispose`.
  [/^if \(Symbol\.dispose\) .*\n/gm, ""],
  // Of what is no text the glue would make one that is not there, in memory that is not its own.
  [/(?<= {4})let len = arg\.length;/, 'if (typeof arg != "string") throw TypeError("not a string");\n    let len = arg.length;'],
  // Calls of older forms, which the facade does not make.
  [/ {4}if \(realloc === undefined\) \{[\s\S]*?\n {4}\}\n/, ""],
  [/ {4}if \(module_or_path !== undefined\) \{[\s\S]*?\n {4}\}\n/, "    ({ module_or_path } = module_or_path);\n"],
];

/**
 * @param {string} glue wasm-bindgen's JavaScript
 * @returns {string} less of it
 */
export function trimGlue(glue) {
  return CUTS.reduce((script, [pattern, instead]) => {
    const less = script.replace(pattern, instead);
    if (less === script) throw new Error(`the glue has nothing like ${pattern}`);
    return less;
  }, glue);
}
