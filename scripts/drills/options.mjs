// What was asked for on the command line.
import { parseArgs } from "node:util";
import { drills } from "./parts.mjs";
import { pairs } from "./world.mjs";

export function readOptions(args) {
  const flag = { type: "boolean", default: false };
  const text = { type: "string" };
  const { values } = parseArgs({
    args,
    options: { list: flag, report: flag, again: flag, probe: flag, part: text, browsers: text, only: text, runs: text, minutes: text },
  });
  const named = (value, known, what) => {
    const names = value?.split(",") ?? known;
    for (const name of names) if (!known.includes(name)) throw new Error(`there is no ${what} "${name}", only ${known.join(", ")}`);
    return names;
  };
  const parts = named(values.part, [...new Set(drills.map(({ part }) => part))], "part");
  return {
    ...values,
    drills: drills.filter(({ part }) => parts.includes(part)),
    pairs: named(values.browsers, Object.keys(pairs), "pair of browsers"),
    contenders: named(values.only, [...new Set(drills.flatMap(({ contenders }) => contenders))], "contender"),
    runs: Number(values.runs ?? 5),
    minutes: Number(values.minutes ?? 18),
  };
}
