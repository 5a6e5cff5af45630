// The demo's call page, as a person uses it: presses, reads, looks.
import { randomUUID } from "node:crypto";
import { open, until } from "../support/browser.mjs";
import { listen, watch } from "./senses.mjs";

/** How long a call may take to connect; rejoin's own first deadline is 10 s. */
const CONNECT_MS = 20_000;

export class CallPage {
  /** @param {import("puppeteer-core").Page} page */
  constructor(page) {
    this.page = page;
  }

  /**
   * Opens the page.
   *
   * @param {import("node:test").TestContext} t
   * @param {import("puppeteer-core").Browser | Promise<import("puppeteer-core").Browser>} browser
   */
  static async open(t, browser, server, room = randomUUID()) {
    const page = await openWindow(t, browser, `${server.url}/call/?room=${room}`);
    await until(page, "the WebAssembly", () =>
      performance.getEntriesByType("resource").some(({ name, responseEnd }) => name.endsWith(".wasm") && responseEnd > 0),
    );
    return new CallPage(page);
  }

  press(id) {
    return this.page.click(`#${id}`);
  }

  /** Presses Start, and waits until the page is in the room. */
  async start() {
    await this.press("startButton");
    await this.reaches("ready");
  }

  /** Presses Call once there is somebody to call. */
  async call() {
    await until(this.page, "somebody to call", () => !document.getElementById("callButton").disabled);
    await this.press("callButton");
  }

  /** Waits until the page shows this state: a name of `data-state`, or several. */
  reaches(states, { ms = CONNECT_MS } = {}) {
    return until(
      this.page,
      `the state ${states}`,
      (states) => states.includes(document.getElementById("connectionState").dataset.state),
      { ms, args: [[states].flat()] },
    );
  }

  /** Waits until the page tells the person something that matches. */
  async isTold(pattern, { ms = 15_000 } = {}) {
    const told = (source, flags) => {
      const box = document.getElementById("message");
      return new RegExp(source, flags).test(box.textContent);
    };
    await until(this.page, `a message like ${pattern}`, told, { ms, args: [pattern.source, pattern.flags] });
  }

  /** Waits until no message is shown. */
  async isToldNothing({ ms } = {}) {
    await until(this.page, "no message", () => document.getElementById("message").textContent.trim() === "", { ms });
  }

  /** Presses the button of this name in the message, which then has the focus. */
  choose(label) {
    return this.page.evaluate((label) => {
      const choices = [...document.querySelectorAll("#message button")];
      const choice = choices.find((button) => button.textContent === label);
      if (!choice) throw new Error(`no choice "${label}" among ${choices.map((button) => button.textContent)}`);
      choice.focus();
      choice.click();
    }, label);
  }

  /** Waits until this element has the focus. */
  hasFocus(id) {
    return until(this.page, `the focus on #${id}`, (id) => document.activeElement?.id === id, { args: [id] });
  }

  text(id) {
    return this.page.$eval(`#${id}`, (element) => element.textContent);
  }

  async say(text) {
    await until(this.page, "an open chat", () => !document.getElementById("chatInput").disabled);
    await this.page.type("#chatInput", text);
    await this.press("chatSend");
  }

  async reads(text) {
    const isThere = (text) => [...document.querySelectorAll("#chatLog .theirs")].some((line) => line.textContent.endsWith(text));
    await until(this.page, `"${text}" in the chat`, isThere, { args: [text] });
  }

  /** Opens the connection's panel, cuts the connection, and waits until the panel shows that it has healed. */
  async breaksAndHeals() {
    await this.press("labButton");
    await this.press("cutButton");
    const healed = () => {
      const states = [...document.querySelectorAll("#timelineBar rect")].map((stripe) => stripe.dataset.state);
      return states.includes("rebuild") && states.at(-1) === "connected";
    };
    await until(this.page, "the healing in the timeline", healed, { ms: CONNECT_MS });
  }

  /** Waits until a line of the panel's list, which is open, has this text. */
  shows(text) {
    const isThere = (text) => [...document.querySelectorAll("#timelineLog li")].some((line) => line.textContent.includes(text));
    return until(this.page, `"${text}" in the timeline`, isThere, { args: [text] });
  }

  /** Waits until this video shows new frames that are not black. */
  sees(id = "remoteVideo") {
    return this.page.evaluate(watch, `#${id}`);
  }

  /** Waits until what this video plays is not silence. */
  hears(id = "remoteVideo") {
    return this.page.evaluate(listen, `#${id}`);
  }

  /** Remembers the tracks of our own picture, for {@link devicesAreReleased}. */
  rememberDevices() {
    return this.page.evaluate(() => {
      window.rememberedTracks = document.getElementById("localVideo").srcObject.getTracks();
    });
  }

  devicesAreReleased() {
    return until(this.page, "camera and microphone released", () => window.rememberedTracks.every((track) => track.readyState === "ended"));
  }
}

/** Opens an address in a window with a profile of its own, until the test ends. (A page in a hidden tab paints no frames.) */
export async function openWindow(t, browser, url) {
  const context = await (await browser).createBrowserContext();
  t.after(() => context.close().catch(() => undefined));
  return open(context, url);
}

/** Waits until both see, hear and read each other. */
export async function talk(a, b) {
  await Promise.all([a.reaches("connected"), b.reaches("connected")]);
  await Promise.all([a.sees(), b.sees(), a.hears(), b.hears()]);
  const [fromA, fromB] = [randomUUID(), randomUUID()];
  await Promise.all([a.say(fromA), b.say(fromB)]);
  await Promise.all([a.reads(fromB), b.reads(fromA)]);
}
