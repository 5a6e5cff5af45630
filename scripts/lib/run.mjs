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
 * @param {boolean} [options.stream] show the output while it comes (else only when the program fails)
 */
export function run(command, args, { env = {}, cwd = root, minutes = 20, stream = false } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
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

    const finish = (message) => {
      clearTimeout(deadline);
      groups.delete(child);
      if (message === undefined) return done(output);
      if (!stream && output) process.stderr.write(output);
      fail(Object.assign(new RunError(message), { output }));
    };
    child.on("error", (error) => finish(`${command} could not be started: ${error.message}`));
    child.on("close", (code, signal) => {
      if (late) return finish(`${command} was stopped: not done within ${minutes} minutes`);
      finish(code === 0 ? undefined : `${command} ended with ${signal ?? `exit code ${code}`}`);
    });
  });
}

/** Asks the group to end, and ends it 5 s later: browsers get the time to close. */
function endGroup(child) {
  signalGroup(child, "SIGTERM");
  setTimeout(() => signalGroup(child, "SIGKILL"), 5_000).unref();
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

// A group of its own does not get the terminal's Ctrl-C: pass it on.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => {
    for (const child of groups) signalGroup(child, "SIGTERM");
    process.exitCode = 130;
    setTimeout(() => {
      for (const child of groups) signalGroup(child, "SIGKILL");
      process.exit(130);
    }, groups.size > 0 ? 3_000 : 0);
  });
}
