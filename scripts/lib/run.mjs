// Runs a program in a process group of its own, with a deadline, and ends the whole group when it passes.
import { spawn } from "node:child_process";
import { root } from "./paths.mjs";

export class RunError extends Error {}

/**
 * Resolves with what the program printed; rejects with a RunError when it fails or outlives its deadline.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {object} [options]
 * @param {Record<string, string>} [options.env] added to the environment
 * @param {string} [options.cwd] the root of the repository by default
 * @param {number} [options.minutes] the deadline, 20 by default
 * @param {boolean} [options.quiet] show nothing even when the program fails
 * @param {boolean} [options.stream] show the output while it comes (else only when the program fails)
 */
export function run(command, args, { env = {}, cwd = root, minutes = 20, quiet = false, stream = false } = {}) {
  if (ending) return Promise.reject(new RunError(`${command} was not started: everything is being stopped`));
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...(stream ? colours : {}), ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: !windows,
    });
    groups.add(child);
    let output = "";
    const collect = (to) => (chunk) => {
      output += chunk;
      if (stream) to.write(chunk);
    };
    child.stdout.setEncoding("utf8").on("data", collect(process.stdout));
    child.stderr.setEncoding("utf8").on("data", collect(process.stderr));

    let late = false;
    const deadline = setTimeout(() => {
      late = true;
      endGroup(child);
    }, minutes * 60_000);

    let finished = false;
    const finish = (message) => {
      if (finished) return;
      finished = true;
      clearTimeout(deadline);
      groups.delete(child);
      if (message === undefined) return done(output);
      if (!stream && !quiet && !ending) process.stderr.write(output);
      fail(Object.assign(new RunError(message), { output }));
    };
    child.on("error", (error) => finish(`${command} could not be started: ${error.message}`));
    const ended = (code, signal) => {
      if (late) return finish(`${command} was stopped: not done within ${minutes} minutes`);
      finish(code === 0 ? undefined : `${command} ended with ${signal ?? `exit code ${code}`}`);
    };
    child.on("close", ended);
    // A grandchild that outlives the program keeps its output open: do not wait for that.
    child.on("exit", (...how) => setTimeout(ended, 5_000, ...how).unref());
  });
}

/** Asks the group to end, and ends it 5 s later: browsers get the time to close. */
function endGroup(child) {
  signalGroup(child, "SIGTERM");
  setTimeout(() => signalGroup(child, "SIGKILL"), 5_000);
}

function signalGroup(child, signal) {
  try {
    if (windows) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // The group has ended by itself.
  }
}

const windows = process.platform === "win32";
const groups = new Set();

const colours = process.stdout.isTTY ? { CARGO_TERM_COLOR: "always", FORCE_COLOR: "1" } : {};

let ending = false;

/** Ends everything that still runs. */
export function endAll() {
  ending = true;
  for (const child of groups) endGroup(child);
}

// A group of its own does not get the terminal's Ctrl-C: pass it on. The second time it is meant at once.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    if (ending || groups.size === 0) {
      for (const child of groups) signalGroup(child, "SIGKILL");
      process.exit(130);
    }
    endAll();
    process.exitCode = 130;
  });
}
