// `npm run simulate`: a hundred thousand schedules of everything that is simulated; -- N for another number.
import { run } from "./lib/run.mjs";
import { main, step } from "./lib/step.mjs";
import { requireToolchain } from "./lib/tools.mjs";

const schedules = Number(process.argv[2] ?? 100_000);

await main(async () => {
  requireToolchain();
  if (!Number.isInteger(schedules) || schedules < 1) throw new Error("How many schedules? A whole number from 1 on.");
  const env = { REJOIN_SCHEDULES: String(schedules) };
  const test = (...args) => run("cargo", ["test", "--release", ...args, "--", "--nocapture"], { env, stream: true, minutes: 120 });
  await step(`two links, two stacks, perfect negotiation: ${schedules} schedules each`, () => test("-p", "rejoin-sim"));
  await step(`durable channels: ${schedules} schedules`, () => test("-p", "rejoin-proto", "--test", "durable", "schedules"));
});
