// Calls between two hosts that are broken and have to come back: what must be, and no durations (`npm run drills` measures those).
import assert from "node:assert/strict";
import { after } from "node:test";
import { noNetwork } from "../../scripts/drills/network.mjs";
import { drills } from "../../scripts/drills/parts.mjs";
import { once } from "../../scripts/drills/run.mjs";
import { makeWorld, pairs } from "../../scripts/drills/world.mjs";
import { browserNames } from "../support/browser.mjs";
import { test } from "../support/test.mjs";

const cannot = noNetwork();

for (const name of browserNames) {
  drill(name, "a call goes on while the server is killed and comes back", "server killed in a call, back after 3 s", (result) => {
    assert.equal(result.outcome, "healed");
    assert.deepEqual(result.noticeMs, [null, null], "neither side lost its connection");
    nothingLost(result);
    samePicture(result, ["left", "right"]);
  });

  drill(name, "a call comes back after 3 s without a link", "link down 3 s", (result) => {
    assert.equal(result.outcome, "healed");
    nothingLost(result);
    samePicture(result, ["left", "right"]);
  });

  drill(name, "a page that is reloaded is called again", "left page reloaded", (result) => {
    assert.equal(result.outcome, "healed");
    // What the left page had not sent yet is gone with it; the right page's messages come to the next.
    assert.deepEqual([result.lost[1], result.doubled, result.bulkDoubled], [0, [0, 0], 0]);
    samePicture(result, ["right"]);
  });
}

/** Breaks one call of rejoin in that way, and judges what came of it. */
function drill(browser, story, name, judge) {
  test(
    `${story} (${browser})`,
    async (t) => {
      if (cannot) return t.skip(cannot);
      const drill = drills.find((drill) => drill.name === name);
      const [result] = await once(await world(browser), drill, ["rejoin"]);
      t.diagnostic(JSON.stringify(result));
      judge(result);
    },
    { seconds: 150 },
  );
}

function nothingLost({ lost, doubled, disordered, bulkLost, bulkDoubled }) {
  assert.deepEqual({ lost, doubled, disordered, bulkLost, bulkDoubled }, { lost: [0, 0], doubled: [0, 0], disordered: [0, 0], bulkLost: 0, bulkDoubled: 0 });
}

/** The video element plays on, and what it plays is the same MediaStream. */
function samePicture({ pauses, otherStreams }, sides) {
  for (const side of sides) {
    const index = ["left", "right"].indexOf(side);
    assert.equal(pauses[index], 0, `no "pause" and no "ended" on the ${side}`);
    assert.equal(otherStreams[index], 0, `the same MediaStream on the ${side}`);
  }
}

/** One for all tests of a browser: two of these cannot be at the same time. */
function world(browser) {
  if (current?.browser !== browser) {
    const earlier = current?.end();
    const ends = [];
    const made = Promise.resolve(earlier).then(() => makeWorld({ after: (end) => ends.unshift(end) }, pairs[browser], { peerjs: false }));
    current = {
      browser,
      made,
      async end() {
        await made.catch(() => undefined);
        for (const end of ends) await end();
      },
    };
  }
  return current.made;
}

let current;
after(() => current?.end());
