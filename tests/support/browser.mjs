// Browsers and pages for the end-to-end tests. What a test opened is closed when it ends, however it ends.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { browsers as known } from "../../scripts/lib/browsers.mjs";
import { target } from "../../scripts/lib/paths.mjs";

/** The browsers this run is about: "chromium", "firefox". */
export const browserNames = (process.env.REJOIN_BROWSERS ?? Object.keys(known).join()).split(",");

/**
 * Starts a browser that has a fake camera and microphone and permission to use them.
 *
 * @param {import("node:test").TestContext} t
 * @param {string} name "chromium" or "firefox"
 * @param {object} [options]
 * @param {string[]} [options.without] flags of webdriver.json to leave out, to meet a prompt or a refusal
 * @param {Record<string, unknown>} [options.prefs] for Firefox, over those of webdriver.json
 */
export function launch(t, name, { without = [], prefs = {} } = {}) {
  const { executable, args, prefs: usual } = known[name];
  const starting = puppeteer.launch({
    browser: name === "chromium" ? "chrome" : "firefox",
    executablePath: executable(),
    args: args.filter((flag) => !without.includes(flag)),
    extraPrefsFirefox: { ...usual, ...prefs },
    headless: true,
    timeout: 60_000,
    protocolTimeout: 60_000,
  });
  // Before it has started: the test may be over by then.
  t.after(() => starting.then(close, () => undefined));
  return starting;
}

/**
 * Opens an address. The page has two more members: `errors`, what it wrote to console.error or threw, and `log`,
 * everything it wrote.
 */
export async function open(browser, url, { viewport = { width: 1_000, height: 800 } } = {}) {
  // A window each: a hidden tab paints no frames, and Firefox plays nothing in one that was never seen.
  const page = await browser.newPage({ type: "window" });
  await page.setViewport(viewport);
  await page.evaluateOnNewDocument(keepConnections);
  pages.add(page);
  page.once("close", () => pages.delete(page));
  page.log = [];
  page.errors = [];
  page.on("console", (message) => {
    page.log.push(`${message.type()}: ${message.text()}`);
    if (message.type() === "error") page.errors.push(`${message.text()} (${message.location()?.url ?? ""})`);
  });
  page.on("pageerror", (error) => {
    page.log.push(`thrown: ${error?.stack ?? error}`);
    page.errors.push(String(error?.stack ?? error));
  });
  await page.goto(url, { waitUntil: "load", timeout: 30_000 });
  return page;
}

/**
 * Runs in the page before its scripts: `window.connections()` gives the connections it has made and not let go, for
 * what only the connection can tell.
 */
function keepConnections() {
  const made = [];
  window.connections = () => made.map((connection) => connection.deref()).filter(Boolean);
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...options) {
      super(...options);
      made.push(new WeakRef(this));
    }
  };
}

/** Waits until `condition`, a function that runs in the page with `args`, gives something true. */
export async function until(page, what, condition, { ms = 15_000, args = [] } = {}) {
  try {
    const handle = await page.waitForFunction(condition, { timeout: ms, polling: 50 }, ...args);
    return await handle.jsonValue();
  } catch (error) {
    if (error.name !== "TimeoutError") throw error;
    throw new Error(`Not within ${ms} ms: ${what}`);
  }
}

/** Takes a picture into target/screenshots and gives its path. */
export async function screenshot(page, name) {
  const folder = join(target, "screenshots");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path });
  return path;
}

const pages = new Set();

export const openPages = () => [...pages].filter((page) => !page.isClosed());

/** A browser that does not answer any more is ended by its process. */
async function close(browser) {
  const process = browser.process();
  const late = setTimeout(() => process?.kill("SIGKILL"), 5_000);
  await browser.close().catch(() => process?.kill("SIGKILL"));
  clearTimeout(late);
}
