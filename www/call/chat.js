// @ts-check
// The chat: one channel to the other person, and a log that outlives it.

/** @import { Channel, Peer } from "rejoin" */

/** Lines kept in the log; the oldest go first. */
const MAX_LINES = 500;

export class Chat {
  #log;
  #lines;
  #input;
  #button;
  /** @type {Channel | null} */
  #channel = null;
  #wasOpen = false;
  /** Whether the newest line is seen, and the next one is to be seen too. */
  #atEnd = true;

  /**
   * @param {{ log: HTMLElement, lines: HTMLOListElement, form: HTMLFormElement, input: HTMLInputElement, button: HTMLButtonElement }} parts
   */
  constructor({ log, lines, form, input, button }) {
    this.#log = log;
    this.#lines = lines;
    this.#input = input;
    this.#button = button;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#send();
    });
    log.addEventListener("scroll", () => (this.#atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40));
    // A phone's keyboard comes, a window gets smaller: the newest line stays in sight.
    new ResizeObserver(() => this.#follow()).observe(log);
    this.#render();
  }

  /**
   * Talks to this peer from now on; null ends it and leaves the log.
   *
   * @param {Peer | null} peer
   */
  talkTo(peer) {
    this.#channel = null;
    this.#wasOpen = false;
    if (peer) {
      // So every line arrives, and the call is back as soon as the network is: nothing is lost with a connection.
      const channel = peer.channel("chat", { durable: true });
      this.#channel = channel;
      channel.addEventListener("message", ({ data }) => {
        if (typeof data === "string") this.#add(data, "theirs");
      });
      channel.addEventListener("lost", ({ to }) => {
        // Without an end it is what there may have been, in a page that was loaded anew.
        if (to !== undefined) this.note("A message did not arrive: the page it was in has ended.");
      });
      channel.addEventListener("statechange", () => this.#render());
    }
    this.#render();
  }

  /**
   * A line of the page itself: the call began, the call ended.
   *
   * @param {string} text
   */
  note(text) {
    this.#add(text, "note");
  }

  async #send() {
    const text = this.#input.value.trim();
    const channel = this.#channel;
    if (text === "" || !channel || !this.#usable) return;
    this.#input.value = "";
    const line = this.#add(text, "mine");
    line.dataset.sending = "";
    try {
      await channel.send(text);
      delete line.dataset.sending;
    } catch {
      line.remove();
      this.#input.value = text;
      this.note("Not sent: the connection is gone. Your text is still in the field.");
      this.#render();
    }
  }

  /**
   * @param {string} text
   * @param {"mine" | "theirs" | "note"} from
   */
  #add(text, from) {
    const line = document.createElement("li");
    line.className = from;
    if (from !== "note") {
      const who = document.createElement("span");
      who.className = "who";
      who.textContent = from === "mine" ? "You: " : "The other person: ";
      line.append(who);
    }
    line.append(text);
    this.#lines.append(line);
    while (this.#lines.childElementCount > MAX_LINES) this.#lines.firstElementChild?.remove();
    if (from === "mine") this.#atEnd = true;
    this.#follow();
    return line;
  }

  #follow() {
    if (this.#atEnd) this.#log.scrollTop = this.#log.scrollHeight;
  }

  /** Open, or on the way back to it: what is sent meanwhile waits. */
  get #usable() {
    return this.#channel?.state === "open" || (this.#wasOpen && this.#channel?.state === "connecting");
  }

  #render() {
    if (this.#channel?.state === "open") this.#wasOpen = true;
    const focused = [this.#input, this.#button].find((part) => part === document.activeElement);
    this.#input.disabled = !this.#usable;
    this.#input.placeholder = this.#usable ? "Write a message" : "Chat opens with the call";
    this.#button.disabled = !this.#usable;
    // Who was writing stays in the chat, and presses no other button by the next letter.
    if (focused?.disabled) this.#log.focus();
  }
}
