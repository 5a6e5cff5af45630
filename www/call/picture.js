// @ts-check
// A <video> that shows one stream at a time, and asks when the browser wants a click first.

import { attach } from "rejoin";

/** @import { Attachment, LocalStream } from "rejoin" */

export class Picture {
  #video;
  #onBlocked;
  /** @type {LocalStream | MediaStream | null} */
  #stream = null;
  /** @type {Attachment | null} */
  #attachment = null;

  /**
   * @param {HTMLVideoElement} video
   * @param {(retry: () => void) => void} onBlocked Called when autoplay was refused; `retry` has to be called from a click.
   */
  constructor(video, onBlocked) {
    this.#video = video;
    this.#onBlocked = onBlocked;
    // The page's layout differs for a phone held upright.
    video.addEventListener("resize", () => {
      video.dataset.shape = video.videoHeight > video.videoWidth ? "tall" : "wide";
    });
  }

  /** @param {LocalStream | MediaStream | null} stream */
  show(stream) {
    if (stream === this.#stream) return;
    this.#stream = stream;
    this.#attachment?.detach();
    this.#attachment = null;
    if (!stream) return;
    const attachment = attach(this.#video, stream);
    this.#attachment = attachment;
    attachment.addEventListener("blocked", () => {
      this.#onBlocked(() => void attachment.retry());
    });
  }
}
