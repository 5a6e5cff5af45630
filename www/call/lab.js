// @ts-check
// The connection under a magnifying glass: what it did and why, and buttons that break it, so that a person sees it heal.

import { goSilent, loseServer } from "./breakage.js";

/** @import { Peer, TimelineEntry } from "rejoin" */

/** How long the server stays away, in milliseconds. */
const AWAY_MS = 10_000;

/** How long nothing is heard, in milliseconds: longer than it takes to notice, shorter than it takes to give up. */
const SILENT_MS = 8_000;

/** How often the picture is drawn while the panel is open, in milliseconds. */
const DRAW_MS = 250;

/**
 * @typedef {object} Parts
 * @property {HTMLElement} panel Opens and closes as a popover.
 * @property {SVGSVGElement} bar
 * @property {HTMLOListElement} log
 * @property {HTMLButtonElement} cut
 * @property {HTMLButtonElement} silence
 * @property {HTMLButtonElement} lose
 * @property {HTMLButtonElement} save
 */

export class Lab {
  /** @type {Peer | null} The last one: what became of a call is seen after it too. */
  #peer = null;
  #parts;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    parts.cut.addEventListener("click", () => this.#peer?.connection?.close());
    parts.silence.addEventListener("click", () => goSilent(SILENT_MS));
    parts.lose.addEventListener("click", () => loseServer(AWAY_MS));
    parts.save.addEventListener("click", () => this.#save());
    let drawing = 0;
    parts.panel.addEventListener("toggle", (event) => {
      clearInterval(drawing);
      if (/** @type {ToggleEvent} */ (event).newState !== "open") return;
      drawing = window.setInterval(() => this.#draw(), DRAW_MS);
      this.#draw();
    });
  }

  /** @param {Peer} peer */
  watch(peer) {
    this.#peer = peer;
  }

  #draw() {
    const { bar, log, cut, silence, save } = this.#parts;
    const entries = this.#peer?.timeline ?? [];
    const over = this.#peer === null || this.#peer.state.phase === "closed";
    cut.disabled = silence.disabled = over;
    save.disabled = entries.length === 0;
    drawBar(bar, entries, over);
    const lines = entries.map((entry) => `${seconds(entry.atMs - (entries[0]?.atMs ?? 0))}\t${words(entry)}`).reverse();
    // The timeline is bounded: it goes on when it is no longer.
    const shown = `${lines.length} ${entries.at(-1)?.atMs}`;
    if (log.dataset.shown === shown) return;
    log.dataset.shown = shown;
    log.replaceChildren(
      ...lines.map((line) => {
        const item = document.createElement("li");
        const [time = "", text = ""] = line.split("\t");
        const clock = document.createElement("time");
        clock.textContent = time;
        item.append(clock, text);
        return item;
      }),
    );
  }

  #save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(this.#peer?.timeline, null, 2)], { type: "application/json" }));
    link.download = "timeline.json";
    link.click();
    URL.revokeObjectURL(link.href);
  }
}

/**
 * One stripe for each state, as long as it lasted.
 *
 * @param {SVGSVGElement} bar
 * @param {TimelineEntry[]} entries
 * @param {boolean} over
 */
function drawBar(bar, entries, over) {
  const states = entries.filter(({ topic }) => topic === "state");
  const first = states[0]?.atMs ?? 0;
  const end = over ? (states.at(-1)?.atMs ?? 0) : performance.now();
  const scale = 1000 / Math.max(end - first, 1);
  bar.replaceChildren(
    ...states.map(({ atMs, value, step }, index) => {
      const stripe = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      const until = states[index + 1]?.atMs ?? end;
      stripe.setAttribute("x", String((atMs - first) * scale));
      // What lasted a moment is seen too.
      stripe.setAttribute("width", String(Math.max((until - atMs) * scale, 3)));
      stripe.setAttribute("height", "10");
      stripe.dataset.state = step ?? value;
      return stripe;
    }),
  );
}

/** @param {TimelineEntry} entry */
function words({ topic, value, connection, step, attempt, reason, retryInMs, detail }) {
  const parts = [topic === "connection" ? `connection ${connection} ${value}` : `${topic}: ${value}`];
  if (step) parts.push(step);
  if (attempt) parts.push(`attempt ${attempt}`);
  if (reason) parts.push(reason);
  if (retryInMs !== undefined && step !== "grace") parts.push(`next in ${seconds(retryInMs)}`);
  if (detail) parts.push(detail);
  return parts.join(" · ");
}

/** @param {number} ms */
function seconds(ms) {
  return `${(ms / 1000).toFixed(2)} s`;
}
