// Drives one browser on this host as the parent process asks: see browser-host.mjs.
import { readdirSync, readFileSync } from "node:fs";
import { launch, open, screenshot, until } from "../../tests/support/browser.mjs";

const ends = [];
const pages = new Map();
let browser;
let freezers = new Map();

const does = {
  async launch(name) {
    browser = await launch({ after: (end) => ends.push(end) }, name);
  },
  version: () => browser.version(),
  async open(url) {
    const context = await browser.createBrowserContext();
    const id = pages.size;
    pages.set(id, await open(context, url, { viewport: { width: 500, height: 400 } }));
    return id;
  },
  evaluate: (id, action, args) => pages.get(id).evaluate(asFunction(action), ...args),
  until: (id, what, condition, options) => until(pages.get(id), what, asFunction(condition), options),
  async reload(id) {
    await pages.get(id).reload({ waitUntil: "load", timeout: 60_000 });
  },
  async freeze(id, state) {
    if (!freezers.has(id)) freezers.set(id, await pages.get(id).createCDPSession());
    const page = freezers.get(id);
    const { windowId } = await page.send("Browser.getWindowForTarget");
    const show = (windowState) => page.send("Browser.setWindowBounds", { windowId, bounds: { windowState } });
    // Browsers freeze what nobody sees, and leave it hidden when it goes on.
    if (state === "frozen") await show("minimized");
    await page.send("Page.setWebLifecycleState", { state });
    if (state === "active") await show("normal");
  },
  log: (id) => pages.get(id).log,
  screenshot: (id, name) => screenshot(pages.get(id), name),
  close: (id) => pages.get(id).browserContext().close(),
  /** To the browser's process and all that it started. */
  signal(name) {
    for (const pid of descendants(browser.process().pid)) process.kill(pid, name);
  },
  async end() {
    for (const end of ends) await end();
    setTimeout(() => process.exit(), 1_000).unref();
  },
};

process.on("message", async ({ id, what, args }) => {
  try {
    process.send({ id, value: await does[what](...args) });
  } catch (error) {
    if (process.connected) process.send({ id, error: String(error?.message ?? error) });
  }
});
process.on("disconnect", () => does.end().finally(() => process.exit()));

function asFunction(text) {
  return (0, eval)(`(${text})`);
}

function descendants(root) {
  const parents = new Map();
  for (const pid of readdirSync("/proc").map(Number).filter(Boolean)) {
    try {
      // The name of a program, in parentheses, may hold spaces.
      const [, parent] = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
      parents.set(pid, Number(parent));
    } catch {
      // It has ended.
    }
  }
  const found = [root];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found;
}
