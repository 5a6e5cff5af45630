// A page in a room that may be loaded anew, and what it has seen of the others.
import { until } from "../support/browser.mjs";
import { openWindow } from "./call-page.mjs";
import { watch } from "./senses.mjs";

export class Member {
  #joining;

  constructor(page) {
    this.page = page;
  }

  static async open(t, browser, server) {
    return new Member(await openWindow(t, browser, server.url));
  }

  /** Joins with these options of `Room.join`, and camera and microphone unless `video` is false. */
  join(room, { video = true, ...options } = { reloadMs: 10_000 }) {
    this.#joining = [{ room, ...options }, video];
    return this.page.evaluate(join, ...this.#joining);
  }

  /** Loads the page anew, and joins again. */
  async reload({ video = this.#joining[1] } = {}) {
    await this.page.reload();
    await this.page.evaluate(join, this.#joining[0], video);
  }

  /** What the browser makes of "Duplicate tab": a window with a copy of the storage. It has not joined. */
  async duplicate(t) {
    const opened = new Promise((done) => this.page.once("popup", done));
    await this.page.evaluate(() => void window.open(location.href, "", "popup,width=800,height=600"));
    const page = await opened;
    t.after(() => page.close().catch(() => undefined));
    await until(page, "the page", () => document.readyState === "complete");
    return new Member(page);
  }

  /** Waits until it is connected with one other, and sees it. */
  async sees() {
    await until(this.page, "a picture of the other", () => document.querySelector("video")?.srcObject);
    await this.page.evaluate(watch, "video");
  }

  /** Waits until it is connected with exactly these. */
  async isWith(...others) {
    const ids = await Promise.all(others.map((other) => other.id()));
    const connected = (ids) => {
      const { peers } = window.room;
      return peers.length === ids.length && peers.every(({ id, state }) => ids.includes(id) && state.phase === "connected");
    };
    await until(this.page, `${ids.length} others`, connected, { args: [ids], ms: 20_000 });
  }

  /** What happened since this was asked for last. */
  news() {
    return this.page.evaluate(() => window.news.splice(0));
  }

  id() {
    return this.page.evaluate(() => window.room.peerId);
  }

  /** Remembers the peer, its stream and the element that shows it, for {@link isWithTheSame}. */
  remember() {
    return this.page.evaluate(() => {
      const [peer] = window.room.peers;
      window.remembered = { peer, stream: peer.streams[0], video: document.querySelector("video") };
    });
  }

  /** Whether peer, stream and element are the objects they were. */
  isWithTheSame() {
    return this.page.evaluate(() => {
      const { peer, stream, video } = window.remembered;
      const same = (list, one) => list.length === 1 && list[0] === one;
      return { peer: window.room.peers.includes(peer), stream: same(peer.streams, stream), shown: video.srcObject === stream };
    });
  }

  /** What rejoin has stored in this tab. */
  stored() {
    return this.page.evaluate(() => Object.entries(sessionStorage).filter(([key]) => key.startsWith("rejoin ")));
  }
}

/** Runs in the page. */
async function join(options, video) {
  const { Room, attach, getUserMedia, init } = await import("/rejoin/index.js");
  await init();
  const media = video ? await getUserMedia({ audio: true, video: { width: 320, height: 240 } }) : undefined;
  const news = [];
  const room = await Room.join({ ...options, media });
  for (const event of ["memberjoin", "memberleave"]) room.addEventListener(event, () => news.push(event));
  room.addEventListener("peer", ({ peer }) => {
    news.push("peer");
    for (const event of ["stream", "streamremoved", "replaced", "close"]) peer.addEventListener(event, () => news.push(event));
    peer.addEventListener("stream", ({ stream }) => {
      const video = document.createElement("video");
      for (const event of ["ended", "emptied"]) video.addEventListener(event, () => news.push(event));
      attach(video, stream);
      document.body.append(video);
    });
  });
  Object.assign(window, { room, news });
}
