// Runs drills and writes down what came of them.
import { loadavg } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { root } from "../lib/paths.mjs";
import { run } from "../lib/run.mjs";
import { step } from "../lib/step.mjs";
import { Call } from "./call.mjs";
import { append, filterData, readData } from "./data.mjs";
import { figures } from "./figures.mjs";
import { noNetwork } from "./network.mjs";
import { makeWorld, pairs } from "./world.mjs";

/** How long a contender has from the moment it could heal. */
export const PATIENCE_MS = 30_000;

export async function runDrills(options) {
  const why = noNetwork();
  if (why) throw new Error(`The drills cannot run here: ${why}.`);
  const until = Date.now() + options.minutes * 60_000;
  const commit = (await run("git", ["-C", root, "rev-parse", "--short", "HEAD"])).trim();
  if (options.again) {
    const asked = (row) => options.drills.some(({ name }) => name === row.drill) && options.pairs.includes(row.pair) && options.contenders.includes(row.contender);
    filterData((row) => !asked(row));
  }
  let left = 0;
  for (const pair of options.pairs) {
    for (const turn of [false, true]) {
      const chosen = options.drills.filter((drill) => Boolean(drill.turn) === turn && (drill.pairs ?? options.pairs).includes(pair));
      left += await inWorld(pair, turn, chosen);
    }
  }
  if (left > 0) console.log(`\n${left} runs are left for the next call.`);

  /** All of these drills with this pair of browsers; gives how many runs the time did not suffice for. */
  async function inWorld(pair, turn, chosen) {
    const todo = chosen.flatMap((drill) => Array.from({ length: options.runs }, (_, index) => ({ drill, number: index + 1 })))
      .map(({ drill, number }) => ({ drill, number, contenders: missing(drill, pair, number) }))
      .filter(({ contenders }) => contenders.length > 0);
    if (todo.length === 0) return 0;
    if (Date.now() > until) return todo.length;
    const ends = [];
    const t = { after: (end) => ends.unshift(end) };
    let left = todo.length;
    try {
      const world = await makeWorld(t, pairs[pair], { turn });
      const versions = [...new Set(await Promise.all([world.left.version(), world.right.version()]))].join(", ");
      for (const { drill, number, contenders } of todo) {
        if (Date.now() > until) break;
        const rows = await step(`${pair}, ${drill.name}, run ${number}`, () => once(world, drill, contenders, options));
        for (const row of rows) {
          const { contender, ...rest } = row;
          const line = { part: drill.part, drill: drill.name, pair, contender, run: number, ...rest, load: Number(loadavg()[0].toFixed(1)), commit, versions, at: new Date().toISOString() };
          if (!options.probe) append(line);
          console.log(`  ${contender}: ${JSON.stringify(rest)}`);
        }
        left -= 1;
      }
    } finally {
      for (const end of ends) await end();
    }
    return left;
  }

  function missing(drill, pair, number) {
    const asked = drill.contenders.filter((name) => options.contenders.includes(name));
    if (options.probe) return asked;
    const done = readData().filter((row) => row.drill === drill.name && row.pair === pair && row.run === number);
    return asked.filter((name) => !done.some((row) => row.contender === name));
  }
}

/** One drill with a call of each contender, all in the same cut. */
export async function once(world, drill, contenders, { probe = false } = {}) {
  const calls = [];
  try {
    for (const contender of contenders) calls.push(await Call.open(world, contender, drill.page));
    if (!drill.opening) {
      await Promise.all(calls.map((call) => call.steady()));
      // Until the encoders have found their bitrate.
      await pause(3_000);
    }
    const times = await drill.act(world, calls);
    const healed = await Promise.all(calls.map((call) => call.healed(times.back, PATIENCE_MS + times.back - Date.now())));
    // Whether it lasts.
    await pause(2_000);
    await Promise.all(calls.map((call) => call.stopSending()));
    await pause(1_500);
    return await Promise.all(calls.map(async (call, index) => row(call, healed[index], times, probe)));
  } catch (error) {
    for (const call of calls) await evidence(call);
    throw error;
  } finally {
    await world.network.repair();
    await Promise.all(calls.map((call) => call.close()));
  }
}

async function row(call, healed, times, probe) {
  const reports = await call.reports();
  if (probe) print(reports, times);
  return { contender: call.contender, outcome: healed ? "healed" : "never", downMs: times.back - times.from, ...figures(reports, times) };
}

function print(reports, { from, back }) {
  for (const [side, lives] of Object.entries(reports)) {
    for (const { life, events } of lives) {
      console.log(`  ${side} ${life}, ms since the cut (healable at ${back - from}):`);
      for (const { at, what, ...rest } of events.filter(({ at }) => at > from - 500)) console.log(`    ${at - from} ${what} ${JSON.stringify(rest)}`);
    }
  }
}

async function evidence(call) {
  for (const page of call.pages) {
    const log = await page.log().catch(() => ["no log"]);
    const events = await page.evaluate(() => window.drill?.events).catch(() => "no events");
    console.error([call.contender, ...log, JSON.stringify(events)].join("\n    "));
  }
}
