// Rooms of several: everybody sees, hears and reads everybody, whoever comes, goes, crashes or is loaded anew.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { browserNames, launch } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { test } from "../support/test.mjs";
import { shared } from "./shared.mjs";
import { meet, Visitor } from "./visitor.mjs";

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
  const options = { recovery: { absenceTimeoutMs: 2_000 } };
  await Promise.all([stays, reloads, crashes].map((visitor) => visitor.join(room, options)));
  await meet([stays, reloads, crashes]);

  doomed.process().kill("SIGKILL");
  await Promise.all([stays, reloads].map((visitor) => visitor.isWith([stays, reloads], { ms: 30_000 })));
  await meet([stays, reloads]);

  await reloads.page.reload();
  await stays.isWith([stays], { ms: 2_000 });
  await reloads.join(room, options);
  await meet([stays, reloads]);
}, { seconds: 180 });
