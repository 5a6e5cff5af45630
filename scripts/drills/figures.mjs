// What the records of both sides say about a drill.

/**
 * @param {{ left: object[], right: object[] }} reports the lives of each side's page, the last one last
 * @param {{ from: number, back: number }} times of the cut, and of the moment from which it can heal
 */
export function figures(reports, { from, back }) {
  const sides = [reports.left, reports.right];
  const last = sides.map((lives) => lives.at(-1));
  const other = [reports.right, reports.left];
  const each = (measure) => sides.map((lives, index) => measure(lives, last[index], other[index]));
  return {
    // Of [left, right] each, in milliseconds; null where it did not happen.
    noticeMs: each((lives) => since(from, states(lives).find(({ at, state }) => at >= from && state !== "connected")?.at)),
    stateMs: each((_, page) => since(back, stateAgain(page, from))),
    messageMs: each((_, page) => since(back, first(arrivals(page.received.numbers), back))),
    pictureMs: each((_, page) => since(back, first(page.frames, back))),
    // The longest time without a new picture.
    stillMs: each((lives) => longestGap(lives.flatMap(({ frames }) => frames), from)),
    // By who sent them.
    lost: each((lives, _, other) => missing(lives, other, "numbers")),
    doubled: each((_, __, other) => sum(other, "numbers", "doubled")),
    disordered: each((_, __, other) => sum(other, "numbers", "disordered")),
    refused: each((lives) => lives.reduce((count, { refused }) => count + refused.numbers.length, 0)),
    sent: each((lives) => lives.reduce((count, { sent }) => count + sent.numbers, 0)),
    bulkLost: missing(reports.left, reports.right, "bulk"),
    bulkDoubled: sum(reports.right, "bulk", "doubled") + sum(reports.right, "bulk", "disordered"),
    bulkSent: reports.left.reduce((count, { sent }) => count + sent.bulk, 0),
    pauses: each((_, page) => count(page, from, ({ what }) => what === "pause" || what === "ended")),
    otherStreams: each((_, page) => count(page, from, ({ what, another }) => what === "stream" && another)),
  };
}

function states(lives) {
  return lives.flatMap(({ events }) => events.filter(({ what }) => what === "state"));
}

/** When the page said "connected" last, after it had said something else. */
function stateAgain({ events }, from) {
  const changes = events.filter(({ what, at }) => what === "state" && at >= from);
  const now = changes.at(-1);
  return now?.state === "connected" ? now.at : undefined;
}

function arrivals(received) {
  return Object.values(received).flatMap(({ at }) => at);
}

function first(times, from) {
  const after = times.filter((at) => at >= from);
  return after.length > 0 ? Math.min(...after) : undefined;
}

function since(from, at) {
  return at === undefined ? null : at - from;
}

function longestGap(times, from) {
  const gaps = times.slice(1).map((at, index) => (at >= from ? at - times[index] : 0));
  return gaps.length > 0 ? Math.max(...gaps) : null;
}

/** How much of what these lives sent, and the contender took, none of the other side's lives got. */
function missing(lives, others, kind) {
  let lost = 0;
  for (const { life, sent, refused } of lives) {
    const got = new Set();
    for (const { received } of others) {
      for (const [from, to] of received[kind][life]?.seen ?? []) for (let number = from; number <= to; number++) got.add(number);
    }
    const never = new Set(refused[kind]);
    for (let number = 0; number < sent[kind]; number++) if (!got.has(number) && !never.has(number)) lost += 1;
  }
  return lost;
}

function sum(lives, kind, what) {
  return lives.flatMap(({ received }) => Object.values(received[kind])).reduce((total, entry) => total + entry[what], 0);
}

function count({ events }, from, which) {
  return events.filter((event) => event.at >= from && which(event)).length;
}
