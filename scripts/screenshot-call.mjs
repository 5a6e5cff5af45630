// `npm run screenshot`: pictures of the demo in a call, and of six in a room of the Yew example, into target/screenshots:
// desktop and phone, light and dark.
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { isolated } from "./lib/namespace.mjs";
import { buildPackage } from "./lib/package.mjs";
import { run } from "./lib/run.mjs";
import { assembleSite, buildServer } from "./lib/site.mjs";
import { main } from "./lib/step.mjs";
import { buildYew } from "./lib/yew.mjs";

/** Says that this is the process inside the network namespace. */
const INSIDE = "--inside";
const looks = [
  { name: "desktop-light", viewport: { width: 1280, height: 800 }, scheme: "light" },
  { name: "desktop-dark", viewport: { width: 1280, height: 800 }, scheme: "dark" },
  { name: "phone-light", viewport: { width: 390, height: 844, deviceScaleFactor: 2 }, scheme: "light" },
  { name: "phone-dark", viewport: { width: 390, height: 844, deviceScaleFactor: 2 }, scheme: "dark" },
];

await main(async () => {
  if (process.argv.includes(INSIDE)) return pictures();
  await buildPackage();
  await buildServer();
  await assembleSite();
  await buildYew();
  const [command, args] = isolated(process.execPath, [fileURLToPath(import.meta.url), INSIDE]);
  await run(command, args, { stream: true });
});

async function pictures() {
  const { launch } = await import("../tests/support/browser.mjs");
  const { startServer } = await import("../tests/support/server.mjs");
  const ends = [];
  const scope = { after: (end) => ends.unshift(end) };
  try {
    const server = await startServer(scope);
    // In two browsers, whose cameras show different things.
    const browsers = [await launch(scope, "chromium"), await launch(scope, "firefox")];
    await call(scope, server, browsers);
    await six(scope, server, browsers[0]);
  } finally {
    for (const end of ends) await end();
  }
}

/** Two in the call page, and its panel "Connection" after a break that a person makes. */
async function call(scope, server, browsers) {
  const { screenshot } = await import("../tests/support/browser.mjs");
  const { CallPage } = await import("../tests/e2e/call-page.mjs");
  const room = randomUUID();
  const [a, b] = [await CallPage.open(scope, browsers[0], server, room), await CallPage.open(scope, browsers[1], server, room)];
  await Promise.all([a.start(), b.start()]);
  await a.call();
  await Promise.all([a.sees(), b.sees()]);
  const lines = [
    [a, "Can you see me?"],
    [b, "Yes, and hear you well. Is the key to the shed still in the blue box by the door?"],
    [a, "Second drawer"],
  ];
  for (const [from, text] of lines) {
    await from.say(text);
    await (from === a ? b : a).reads(text);
  }
  await inEachLook(a.page, "call", () => a.sees());

  await a.page.setViewport({ width: 1280, height: 800 });
  await a.breaksAndHeals();
  await a.press("silenceButton");
  await a.shows("reconnecting · restart");
  console.log(await screenshot(a.page, "call-silent"));
  await a.press("loseButton");
  await a.reaches("connected");
  await Promise.all([a.sees(), b.sees()]);
  console.log(await screenshot(a.page, "call-healed"));
  await Promise.all([a.page.close(), b.page.close()]);
}

/** Six in one room of the Yew example, a mesh. */
async function six(scope, server, browser) {
  const { until } = await import("../tests/support/browser.mjs");
  const { openWindow } = await import("../tests/e2e/call-page.mjs");
  const room = randomUUID();
  const pages = [];
  for (let count = 0; count < 6; count++) {
    const page = await openWindow(scope, browser, server.url);
    await page.evaluateOnNewDocument(smallPictures);
    await page.goto(`${server.url}/yew/?room=${room}`);
    pages.push(page);
  }
  const shown = () => {
    const people = [...document.querySelectorAll(".person")];
    const seen = ({ readyState, videoWidth }) => readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && videoWidth > 0;
    return people.length === 5 && people.every((person) => seen(person.querySelector("video")));
  };
  await until(pages[0], "five others", shown, { ms: 55_000 });
  for (const [index, text] of ["Are we all here?", "Six, so yes.", "Then let us begin with the shed."].entries()) {
    await pages[index].type(".chat input", text);
    await pages[index].click(".chat form button");
    await until(pages[0], "what was said", (text) => document.querySelector(".chat").textContent.includes(text), { ms: 55_000, args: [text] });
  }
  await inEachLook(pages[0], "yew-six", () => until(pages[0], "five others", shown, { ms: 55_000 }));
}

/** Runs in the page: thirty pictures of full size at once are too much for a small machine. */
function smallPictures() {
  const { getUserMedia } = MediaDevices.prototype;
  MediaDevices.prototype.getUserMedia = function () {
    return getUserMedia.call(this, { audio: true, video: { width: 160, height: 120, frameRate: 5 } });
  };
}

/** A picture in each look, once the page is `ready`. */
async function inEachLook(page, name, ready) {
  const { screenshot } = await import("../tests/support/browser.mjs");
  for (const look of looks) {
    await page.setViewport(look.viewport);
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: look.scheme }]);
    await ready();
    console.log(await screenshot(page, `${name}-${look.name}`));
  }
}
