// A page in a room of several, with what it sees, hears and reads.
import { randomUUID } from "node:crypto";
import { until } from "../support/browser.mjs";
import { openWindow } from "./call-page.mjs";
import { listen, watch } from "./senses.mjs";

/** Everybody sees and hears everybody, and reads what each says. */
export async function meet(visitors) {
  await Promise.all(visitors.map((visitor) => visitor.isWith(visitors)));
  await Promise.all(visitors.map((visitor) => visitor.perceives(visitors)));
  const words = await Promise.all(visitors.map((visitor) => visitor.says()));
  await Promise.all(visitors.map((visitor, index) => visitor.reads(words.filter((_, from) => from !== index))));
}

/** A page in a room of several. */
export class Visitor {
  name = randomUUID();

  constructor(page) {
    this.page = page;
  }

  static async open(t, browser, server) {
    return new Visitor(await openWindow(t, browser, server.url));
  }

  join(room, options = {}) {
    return this.page.evaluate(join, room, this.name, options);
  }

  /** Waits until this one shows exactly these others. */
  async isWith(visitors, { ms = 30_000 } = {}) {
    const others = visitors.filter((visitor) => visitor !== this).map(({ name }) => name);
    const shown = (others) => {
      const shown = [...document.querySelectorAll("video[data-name]")].map((video) => video.dataset.name);
      return others.length === shown.length && others.every((name) => shown.includes(name));
    };
    await until(this.page, `${others.length} others`, shown, { ms, args: [others] });
  }

  async perceives(visitors) {
    for (const { name } of visitors.filter((visitor) => visitor !== this)) {
      const video = `video[data-name="${name}"]`;
      await this.page.evaluate(watch, video);
      await this.page.evaluate(listen, video);
    }
  }

  async says() {
    const text = `${this.name} says ${randomUUID()}`;
    await this.page.evaluate((text) => window.visitor.words.send(text), text);
    return text;
  }

  async reads(texts) {
    const isThere = (texts) => texts.every((text) => window.visitor.heard.includes(text));
    await until(this.page, "what the others said", isThere, { args: [texts] });
  }

  async knows(name) {
    const told = (name) => window.visitor.room.members.some((member) => member.info.name === name);
    await until(this.page, `a member called ${name}`, told, { args: [name] });
  }
}

/** Runs in the page: joins, shows everybody's picture with their name, and keeps what they say. */
async function join(name, called, options) {
  const { Room, attach, getUserMedia, init } = await import("/rejoin/index.js");
  await init();
  // Small pictures: six browsers in one machine have fifteen connections between them.
  const media = await getUserMedia({ audio: true, video: { width: 160, height: 120, frameRate: 10 } });
  const room = await Room.join({ room: name, info: { name: called }, media, ...options });
  const heard = [];
  const words = room.channel("words");
  words.addEventListener("message", ({ data }) => heard.push(data));
  room.addEventListener("peer", ({ peer }) => {
    const video = document.createElement("video");
    video.dataset.name = room.members.find(({ id }) => id === peer.id).info.name;
    peer.addEventListener("stream", ({ stream }) => {
      attach(video, stream);
      document.body.append(video);
    });
    peer.addEventListener("close", () => video.remove());
  });
  window.visitor = { room, words, heard };
}
