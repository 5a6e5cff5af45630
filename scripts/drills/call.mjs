// A call of one contender between two pages, and what became of it.
import { randomUUID } from "node:crypto";

export class Call {
  constructor(contender, left, right) {
    this.contender = contender;
    this.left = left;
    this.right = right;
  }

  /** Opens a page of this contender on both sides; they call each other by themselves. */
  static async open(world, contender, more = {}) {
    const room = randomUUID();
    const options = { contender, room, ...world.options, ...more };
    const url = (side) => `http://localhost:8000/#${encodeURIComponent(JSON.stringify({ side, ...options }))}`;
    const [left, right] = await Promise.all([world.left.open(url("left")), world.right.open(url("right"))]);
    return new Call(contender, left, right);
  }

  get pages() {
    return [this.left, this.right];
  }

  /** Waits until pictures and messages come on both sides. */
  steady(ms = 40_000) {
    const flows = () => window.drill?.state === "connected" && window.drill.heard > 0 && window.drill.frames.length > 20;
    return this.#both(`a steady call of ${this.contender}`, flows, ms, []);
  }

  /** Waits until it is healed since `back`, or has given up; tells which. */
  async healed(back, ms) {
    const settled = (back) => {
      const { drill } = window;
      if (drill?.state === "closed") return "closed";
      return drill?.state === "connected" && drill.heard > back && drill.seen > back && "healed";
    };
    const deadline = Date.now() + ms;
    for (;;) {
      // One who has closed for good is enough for both.
      const states = await Promise.all(this.pages.map((page) => page.evaluate(settled, back).catch(() => false)));
      if (states.includes("closed") && this.contender !== "rejoin") return false;
      if (states.every((state) => state === "healed")) return true;
      if (Date.now() > deadline) return false;
      await new Promise((done) => setTimeout(done, 200));
    }
  }

  async stopSending() {
    await Promise.all(this.pages.map((page) => page.evaluate(() => window.drill?.stop())));
  }

  /** What both sides have recorded: a list of lives each. */
  async reports() {
    const [left, right] = await Promise.all(this.pages.map((page) => page.evaluate(() => window.drill?.report() ?? [])));
    return { left, right };
  }

  async close() {
    await Promise.all(this.pages.map((page) => page.close().catch(() => undefined)));
  }

  #both(what, condition, ms, args) {
    return Promise.all(this.pages.map((page) => page.until(what, condition, { ms, args })));
  }
}
