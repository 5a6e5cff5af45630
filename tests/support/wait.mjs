// Waiting in tests: for something that happens, with a deadline, and never for a time.

/** Resolves with the first value of `probe` that is not falsy; rejects with `what` when the deadline passes. */
export async function eventually(what, probe, { ms = 15_000 } = {}) {
  const end = performance.now() + ms;
  let last;
  do {
    last = undefined;
    try {
      const value = await probe();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    await new Promise((done) => setTimeout(done, 50));
  } while (performance.now() < end);
  throw new Error(`Not within ${ms} ms: ${what}`, { cause: last });
}
