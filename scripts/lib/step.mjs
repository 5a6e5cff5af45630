// Says which step runs and how long it took.
import { endAll, RunError } from "./run.mjs";

const started = performance.now();

/** Runs `action` under a name that the reader sees. */
export async function step(name, action) {
  console.log(`· ${name} …`);
  const from = performance.now();
  try {
    const value = await action();
    console.log(`✓ ${name}: ${seconds(performance.now() - from)}`);
    return value;
  } catch (error) {
    console.log(`✗ ${name}: ${seconds(performance.now() - from)}`);
    throw error;
  }
}

/** For a person: "0.4 s", "2 min 5 s". */
export function seconds(ms) {
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}

export const elapsed = () => seconds(performance.now() - started);

/** The main function of a script: an error is a sentence, not a stack, unless it is our own mistake. */
export async function main(action) {
  try {
    await action();
  } catch (error) {
    const expected = error instanceof RunError || error.constructor === Error;
    console.error(`\n${expected ? error.message : error.stack}`);
    process.exitCode ??= 1;
    endAll();
  }
}
