// A page in a room that may be loaded anew, and what it has seen of the others.
import { until } from "../support/browser.mjs";
import { openWindow } from "./call-page.mjs";
import { watch } from "./senses.mjs";

export class Member {
  constructor(page) {
    this.page = page;
  }

  static async open(t, browser, server) {
    return new Member(await openWindow(t, browser, server.url));
  }

  /** Joins, with camera and microphone; `reloadMs` and what else `Room.join` takes in `options`. */
  join(room, options = { reloadMs: 10_000 }) {
    this.joining = [room, options];
    return this.page.evaluate(join, room, options);
  }

  /** Loads the page anew, and joins the same room. */
  async reload() {
    await this.page.reload();
    return this.join(...this.joining);
  }

  /** Waits until it is connected with one other, and sees it. */
  async sees() {
    await until(this.page, "a picture of the other", () => document.querySelector("video")?.srcObject);
    await this.page.evaluate(watch, "video");
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
      const { peers } = window.room;
      const same = (list, one) => list.length === 1 && list[0] === one;
      return { peer: same(peers, peer), stream: same(peer.streams, stream), shown: video.srcObject === stream };
    });
  }

  stored() {
    return this.page.evaluate(() => Object.entries(sessionStorage));
  }
}

/** Runs in the page. */
async function join(name, options) {
  const { Room, attach, getUserMedia, init } = await import("/rejoin/index.js");
  await init();
  const media = await getUserMedia({ audio: true, video: { width: 320, height: 240 } });
  const news = [];
  const room = await Room.join({ room: name, media, ...options });
  for (const event of ["memberjoin", "memberleave"]) room.addEventListener(event, () => news.push(event));
  room.addEventListener("peer", ({ peer }) => {
    news.push("peer");
    for (const event of ["stream", "streamremoved", "replaced", "close"]) peer.addEventListener(event, () => news.push(event));
    peer.addEventListener("statechange", ({ state }) => news.push(state.phase));
    peer.addEventListener("stream", ({ stream }) => {
      const video = document.createElement("video");
      for (const event of ["ended", "emptied"]) video.addEventListener(event, () => news.push(event));
      attach(video, stream);
      document.body.append(video);
    });
  });
  Object.assign(window, { room, news });
}
