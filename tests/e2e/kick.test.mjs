// Who is let in, and who is shown the door while the call goes on.
import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { browserNames, until } from "../support/browser.mjs";
import { startServer } from "../support/server.mjs";
import { test } from "../support/test.mjs";
import { shared } from "./shared.mjs";
import { meet, Visitor } from "./visitor.mjs";

const KEY = "the key of the application, and 32 characters";

test("a kicked peer is gone for the others, knows it, and does not come in again", async (t) => {
  const server = await startServer(t, { args: ["--admin", "127.0.0.1:0"], env: { REJOIN_ACCESS_KEY: KEY } });
  const room = randomUUID();
  const names = ["ann", "bob", "cem"];
  const [ann, bob, cem] = await Promise.all(
    names.map((_, index) => Visitor.open(t, shared(browserNames[index % browserNames.length]), server)),
  );
  assert.equal(await refusal(cem, { room }), "notAllowed");
  assert.equal(await refusal(cem, { room, token: token({ room: randomUUID(), sub: "cem" }) }), "notAllowed");

  const tokens = names.map((sub) => token({ room, sub }));
  await Promise.all([ann, bob, cem].map((visitor, index) => visitor.join(room, { token: tokens[index] })));
  await meet([ann, bob, cem]);
  await Promise.all([ann, bob, cem].map((visitor) => visitor.page.evaluate(keepReasons)));

  assert.deepEqual(await kick(server, `subjects/cem`), { kicked: 1 });
  await Promise.all([ann, bob].map((visitor) => visitor.isWith([ann, bob], { ms: 2_000 })));
  await cem.isWith([], { ms: 2_000 });
  await until(cem.page, "the word that it was kicked", () => window.visitor.room.signalingState.error?.code === "kicked");
  const told = await Promise.all([ann, bob, cem].map(({ page }) => page.evaluate(() => window.reasons)));
  // Whoever tells it first, the server or the other side.
  assert.deepEqual(told, [["kicked"], ["kicked"], ["kicked", "kicked"]]);
  // Both its connections are closed, also on its own side: nobody is seen or heard any more.
  await until(cem.page, "closed connections", () => window.connections().every(({ connectionState }) => connectionState === "closed"));

  // The two go on.
  await meet([ann, bob]);
  assert.equal(await refusal(cem, { room, token: tokens[2] }), "notAllowed");
  await meet([ann, bob]);
}, { seconds: 180 });

/** A token as an application makes it, with nothing but what comes with Node. */
function token(claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1_000);
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part({ exp: now + 600, iat: now, ...claims })}`;
  return `${signed}.${createHmac("sha256", KEY).update(signed).digest("base64url")}`;
}

async function kick(server, whom) {
  const [, admin] = server.log.match(/admin on (http:\S+)/);
  // As curl would: Node's fetch says that it is a browser.
  const { request } = await import("node:http");
  const response = await new Promise((done, fail) => {
    request(`${admin}/${whom}`, { method: "DELETE" }, done).on("error", fail).end();
  });
  let text = "";
  for await (const chunk of response) text += chunk;
  return JSON.parse(text);
}

/** The code by which the server does not let a page in. */
function refusal({ page }, options) {
  return page.evaluate(async (options) => {
    const { Room, init } = await import("/rejoin/index.js");
    await init();
    return Room.join(options).then(() => "let in", ({ code }) => code);
  }, options);
}

/** Runs in the page. */
function keepReasons() {
  window.reasons = [];
  window.visitor.room.addEventListener("peerclose", ({ reason }) => window.reasons.push(reason));
}
