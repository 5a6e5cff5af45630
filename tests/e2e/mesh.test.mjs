// Rooms of several: everybody sees, hears and reads everybody, whoever comes, goes, crashes or is loaded anew.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { browserNames, launch, until } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { test } from "../support/test.mjs";
import { openWindow } from "./call-page.mjs";
import { listen, watch } from "./senses.mjs";
import { shared } from "./shared.mjs";

/** The browsers of so many visitors: all that this run is about, in turn. */
const browsersOf = (count) => Array.from({ length: count }, (_, index) => browserNames[index % browserNames.length]);

test("four who join at the same moment, one who leaves and one who comes", async (t) => {
  const server = await startServer(t);
  const room = randomUUID();
  const visitors = await Promise.all(browsersOf(4).map((name) => Visitor.open(t, shared(name), server)));
  await Promise.all(visitors.map((visitor) => visitor.join(room)));
  await meet(visitors);

  const [first, second, third, leaver] = visitors;
  await leaver.page.evaluate(() => window.visitor.room.leave());
  await Promise.all([first, second, third].map((visitor) => visitor.isWith([first, second, third], { ms: 2_000 })));

  const newcomer = await Visitor.open(t, shared(browserNames[0]), server);
  await newcomer.join(room);
  await meet([first, second, third, newcomer]);
  await first.page.evaluate(() => window.visitor.room.setInfo({ name: "another" }));
  await Promise.all([second, third, newcomer].map((other) => other.knows("another")));
}, { seconds: 180 });

test("six in one room", async (t) => {
  const server = await startServer(t);
  const room = randomUUID();
  const visitors = await Promise.all(browsersOf(6).map((name) => Visitor.open(t, shared(name), server)));
  for (const visitor of visitors) await visitor.join(room);
  await meet(visitors);
  assert.deepEqual(visitors.flatMap(({ page }) => page.errors), []);
}, { seconds: 240 });

test("two rooms of one server never mix", async (t) => {
  const server = await startServer(t);
  const rooms = [randomUUID(), randomUUID()];
  const visitors = await Promise.all(browsersOf(4).map((name) => Visitor.open(t, shared(name), server)));
  await Promise.all(visitors.map((visitor, index) => visitor.join(rooms[index % 2])));
  const [a, b, c, d] = visitors;
  await Promise.all([meet([a, c]), meet([b, d])]);
  const [heardA, heardB] = await Promise.all([a, b].map(({ page }) => page.evaluate(() => window.visitor.heard)));
  assert.ok(heardA.every((text) => text.includes(c.name)) && heardB.every((text) => text.includes(d.name)));
}, { seconds: 180 });

test("who crashes is gone when its place is, and who is loaded anew is there again", async (t) => {
  const server = await startServer(t, { args: ["--resume-window-ms", "4000"] });
  const room = randomUUID();
  const [stays, reloads] = await Promise.all(browsersOf(2).map((name) => Visitor.open(t, shared(name), server)));
  const doomed = await launch(t, browserNames[0]);
  const crashes = await Visitor.open(t, doomed, server);
  await Promise.all([stays, reloads, crashes].map((visitor) => visitor.join(room)));
  await meet([stays, reloads, crashes]);

  doomed.process().kill("SIGKILL");
  await Promise.all([stays, reloads].map((visitor) => visitor.isWith([stays, reloads], { ms: 30_000 })));
  await meet([stays, reloads]);

  await reloads.page.reload();
  await stays.isWith([stays], { ms: 2_000 });
  await reloads.join(room);
  await meet([stays, reloads]);
}, { seconds: 180 });

/** Everybody sees and hears everybody, and reads what each says. */
async function meet(visitors) {
  await Promise.all(visitors.map((visitor) => visitor.isWith(visitors)));
  await Promise.all(visitors.map((visitor) => visitor.perceives(visitors)));
  const words = await Promise.all(visitors.map((visitor) => visitor.says()));
  await Promise.all(visitors.map((visitor, index) => visitor.reads(words.filter((_, from) => from !== index))));
}

/** A page in a room of several. */
class Visitor {
  name = randomUUID();

  constructor(page) {
    this.page = page;
  }

  static async open(t, browser, server) {
    return new Visitor(await openWindow(t, browser, server.url));
  }

  join(room) {
    return this.page.evaluate(join, room, this.name);
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
async function join(name, called) {
  const { Room, attach, getUserMedia, init } = await import("/rejoin/index.js");
  await init();
  // Small pictures: six browsers in one machine have fifteen connections between them.
  const media = await getUserMedia({ audio: true, video: { width: 160, height: 120, frameRate: 10 } });
  const room = await Room.join({ room: name, info: { name: called }, media });
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
