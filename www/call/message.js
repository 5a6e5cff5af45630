// @ts-check
// What a person has to know, and buttons for what can be done about it.

/** @import { Notice } from "./call.js" */

/**
 * @typedef {object} Parts
 * @property {HTMLElement} box Never `hidden`: of a text in what was just uncovered not every screen reader tells.
 * @property {HTMLElement} status Read out when there is time.
 * @property {HTMLElement} alert Read out at once.
 * @property {HTMLElement} actions
 */

export class Message {
  #parts;
  #onPress;

  /**
   * @param {Parts} parts
   * @param {(run: () => void) => void} onPress One of its buttons was pressed, whose deed is `run`.
   */
  constructor(parts, onPress) {
    this.#parts = parts;
    this.#onPress = onPress;
  }

  /** @param {Notice | null} notice */
  show(notice) {
    const { box, status, alert, actions } = this.#parts;
    const { text, tone, actions: choices = [] } = notice ?? { text: "", tone: "" };
    if (box.dataset.text === text) return;
    box.dataset.text = text;
    box.dataset.tone = tone;
    status.textContent = tone === "error" ? "" : text;
    alert.textContent = tone === "error" ? text : "";
    actions.replaceChildren(
      ...choices.map(({ label, run }) => {
        const choice = document.createElement("button");
        choice.type = "button";
        choice.textContent = label;
        choice.addEventListener("click", () => this.#onPress(run));
        return choice;
      }),
    );
  }

  /**
   * Whether this is one of its buttons.
   *
   * @param {Element | null} element
   */
  holds(element) {
    return this.#parts.actions.contains(element);
  }
}
