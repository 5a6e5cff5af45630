// A browser on a host. Its driver needs the host's own loopback, so it runs there, as a process of its own (browser-process.mjs).
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const PROCESS = fileURLToPath(new URL("browser-process.mjs", import.meta.url));

/** Starts a browser on `host`; it ends with `t`. */
export async function launchOn(t, host, name) {
  const driver = new Driver(host);
  t.after(() => driver.end());
  await driver.ask("launch", name);
  return {
    name,
    version: () => driver.ask("version"),
    /** Opens an address in a window with a profile of its own. */
    open: async (url) => new RemotePage(driver, await driver.ask("open", url)),
    /** Stops every process of the browser, as a laptop does whose lid is closed; and lets them go on. */
    stop: () => driver.ask("signal", "SIGSTOP"),
    goOn: () => driver.ask("signal", "SIGCONT"),
  };
}

class RemotePage {
  #driver;
  #id;

  constructor(driver, id) {
    this.#driver = driver;
    this.#id = id;
  }

  evaluate(action, ...args) {
    return this.#driver.ask("evaluate", this.#id, String(action), args);
  }

  /** Waits until `condition`, a function that runs in the page, gives something true. */
  until(what, condition, { ms = 30_000, args = [] } = {}) {
    return this.#driver.ask("until", this.#id, what, String(condition), { ms, args });
  }

  reload() {
    return this.#driver.ask("reload", this.#id);
  }

  /** Chromium only: no task of the page runs until it is "active" again. */
  freeze(state) {
    return this.#driver.ask("freeze", this.#id, state);
  }

  /** What it wrote to the console and threw. */
  log() {
    return this.#driver.ask("log", this.#id);
  }

  screenshot(name) {
    return this.#driver.ask("screenshot", this.#id, name);
  }

  close() {
    return this.#driver.ask("close", this.#id);
  }
}

class Driver {
  #child;
  #asked = new Map();
  #next = 0;

  constructor(host) {
    const [command, args] = host.inside(process.execPath, []);
    this.#child = fork(PROCESS, [], { execPath: command, execArgv: args, stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#child.on("message", ({ id, value, error }) => {
      const { done, fail } = this.#asked.get(id);
      this.#asked.delete(id);
      if (error === undefined) done(value);
      else fail(new Error(error));
    });
    const gone = (why) => {
      for (const { fail } of this.#asked.values()) fail(new Error(`the browser's driver has ended: ${why}`));
      this.#asked.clear();
    };
    this.#child.once("exit", (code, signal) => gone(signal ?? `exit code ${code}`)).once("error", gone);
  }

  ask(what, ...args) {
    if (!this.#child.connected) return Promise.reject(new Error("the browser's driver has ended"));
    const id = this.#next++;
    return new Promise((done, fail) => {
      this.#asked.set(id, { done, fail });
      this.#child.send({ id, what, args });
    });
  }

  async end() {
    const late = setTimeout(() => this.#child.kill("SIGKILL"), 15_000);
    await this.ask("end").catch(() => undefined);
    clearTimeout(late);
    if (this.#child.connected) this.#child.disconnect();
  }
}
