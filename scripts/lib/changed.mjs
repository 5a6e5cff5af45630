// Which suites a change touches.

/** The first that a path begins with, or matches, says which; all of them where none does. */
const table = [
  [/^(docs\/|[^/]*\.md$|LICENSE|scripts\/(bench|measure|screenshot|fuzz|wasm-pack|simulate|record-traces|traces))/, []],
  ["crates/proto/tests/", ["check", "native"]],
  ["crates/sim/", ["check", "native"]],
  ["crates/signaling/", ["check", "native", "web", "e2e"]],
  ["crates/npm/", ["check", "npm", "e2e", "size"]],
  ["tests/web/", ["check", "web"]],
  ["tests/e2e/", ["e2e"]],
  ["tests/npm/", ["npm"]],
  ["tests/support/", ["npm", "e2e", "drills"]],
  ["tests/scripts/", ["native"]],
  [/^(tests|scripts)\/drills/, ["drills"]],
  ["www/", ["check", "e2e"]],
  ["examples/", ["check", "e2e"]],
  ["fuzz/", ["check"]],
  ["deny.toml", ["check"]],
];

/** The names of the suites among `all`, in their order, that files of these paths concern. */
export function suitesFor(paths, all) {
  const wanted = new Set(paths.flatMap((path) => table.find(([start]) => matches(start, path))?.[1] ?? all));
  return all.filter((name) => wanted.has(name));
}

const matches = (start, path) => (typeof start === "string" ? path.startsWith(start) : start.test(path));
