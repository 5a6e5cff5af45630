// The real signaling server as a process that a test can kill and bring back.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { assets, server as program } from "../../scripts/lib/paths.mjs";

/** A server of its own for a test, gone when the test ends. Options as for `Server.start`. */
export function startServer(t, options) {
  const starting = Server.start(options);
  t.after(() => starting.then((server) => server.stop(), () => undefined));
  return starting;
}

export class Server {
  #process;
  #options;

  /** "http://localhost:PORT", without a slash at the end. */
  url;
  /** Everything the program printed, over all its lives. */
  log = "";

  /**
   * Starts the server, with the demo's pages if they are put together, and waits until it listens.
   *
   * @param {object} [options]
   * @param {string} [options.host] "localhost" by default
   * @param {number} [options.port] a free one by default
   * @param {string[]} [options.args] more command line arguments
   * @param {Record<string, string>} [options.env] added to the environment
   */
  static async start({ host = "localhost", port = 0, args = [], env = {} } = {}) {
    const server = new Server();
    server.#options = { host, port, args, env };
    await server.restart();
    return server;
  }

  get port() {
    return Number(new URL(this.url).port);
  }

  /** Starts it again on the same port; with other `args` where some are given. */
  async restart(options) {
    this.#options = { ...this.#options, ...options };
    const { host, port, args, env } = this.#options;
    const pages = existsSync(assets) ? ["--assets", assets] : [];
    const child = spawn(program, ["--host", host, "--port", String(port), ...pages, ...args], {
      // A key of its own: tests leave nothing in the home folder, and a restarted server accepts its old tokens.
      env: { ...process.env, REJOIN_KEY: "for tests only, and 32 characters long", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (this.log += text));
    }
    this.url = await listening(child, this);
    this.#options.port = this.port;
  }

  /** Ends it as a power cut would: no goodbye to anyone. */
  kill() {
    return this.#end("SIGKILL");
  }

  /** Ends it as an operator would. */
  stop() {
    return this.#end("SIGTERM");
  }

  async #end(signal) {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
    child.kill(signal);
    await once(child, "exit");
    clearTimeout(late);
  }
}

function listening(child, server) {
  const from = server.log.length;
  return new Promise((done, fail) => {
    const give = (action, value) => {
      clearTimeout(late);
      child.stdout.off("data", look);
      child.off("error", refuse).off("exit", refuse);
      action(value);
    };
    const refuse = (why) => give(fail, new Error(`The server did not start (${why}):\n${server.log.slice(from)}`));
    const look = () => {
      const address = server.log.slice(from).match(/listening on (http:\S+)/)?.[1];
      if (address) give(done, address.replace(/\/$/, ""));
    };
    const late = setTimeout(() => refuse("not listening after 20 s"), 20_000);
    child.stdout.on("data", look);
    child.once("error", refuse).once("exit", refuse);
  });
}
