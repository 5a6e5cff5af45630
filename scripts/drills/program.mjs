// A program on a host that a drill can kill and bring back.
import { spawn } from "node:child_process";
import { once } from "node:events";

export class Program {
  #command;
  #options;
  #child;
  /** What it printed, over all its lives. */
  log = "";

  /**
   * Starts it, and waits until it prints something that matches `ready`.
   *
   * @param {{ after: (end: () => unknown) => void }} t ends it
   * @param {object} host of `makeNetwork`
   * @param {object} options
   * @param {RegExp} options.ready
   * @param {Record<string, string>} [options.env] added to the environment
   * @param {string} [options.cwd]
   */
  static async start(t, host, command, args, options) {
    const program = new Program();
    program.#command = host.inside(command, args);
    program.#options = options;
    t.after(() => program.kill());
    await program.restart();
    return program;
  }

  async restart() {
    const { ready, env = {}, cwd } = this.#options;
    const child = spawn(...this.#command, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    const from = this.log.length;
    await new Promise((done, fail) => {
      const refuse = (why) => fail(new Error(`${this.#command[1][1]} did not start (${why}):\n${this.log.slice(from)}`));
      const late = setTimeout(refuse, 20_000, "not ready after 20 s");
      const hear = (text) => {
        this.log += text;
        if (!ready.test(this.log.slice(from))) return;
        clearTimeout(late);
        done();
      };
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", hear);
      child.once("error", refuse).once("exit", (code, signal) => refuse(signal ?? `exit code ${code}`));
    });
  }

  /** As a power cut would: no goodbye to anyone. */
  async kill() {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}
