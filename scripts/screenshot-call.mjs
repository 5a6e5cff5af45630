// `npm run screenshot`: pictures of the demo in a call, into target/screenshots: desktop and phone, light and dark.
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { isolated } from "./lib/namespace.mjs";
import { buildPackage } from "./lib/package.mjs";
import { run } from "./lib/run.mjs";
import { assembleSite, buildServer } from "./lib/site.mjs";
import { main } from "./lib/step.mjs";

/** Says that this is the process inside the network namespace. */
const INSIDE = "--inside";
const looks = [
  { name: "call-desktop-light", viewport: { width: 1280, height: 800 }, scheme: "light" },
  { name: "call-desktop-dark", viewport: { width: 1280, height: 800 }, scheme: "dark" },
  { name: "call-phone-light", viewport: { width: 390, height: 844, deviceScaleFactor: 2 }, scheme: "light" },
  { name: "call-phone-dark", viewport: { width: 390, height: 844, deviceScaleFactor: 2 }, scheme: "dark" },
];

await main(async () => {
  if (process.argv.includes(INSIDE)) return pictures();
  await buildPackage();
  await buildServer();
  await assembleSite();
  const [command, args] = isolated(process.execPath, [fileURLToPath(import.meta.url), INSIDE]);
  await run(command, args, { stream: true });
});

/**
 * The connection's panel after a break that a person makes.
 *
 * @param {import("../tests/e2e/call-page.mjs").CallPage} a
 * @param {import("../tests/e2e/call-page.mjs").CallPage} b
 * @param {typeof import("../tests/support/browser.mjs").screenshot} screenshot
 */
async function healing(a, b, screenshot) {
  await a.page.setViewport({ width: 1280, height: 800 });
  await a.breaksAndHeals();
  await a.press("loseButton");
  await Promise.all([a.sees(), b.sees()]);
  return screenshot(a.page, "call-healed");
}

async function pictures() {
  const { launch, screenshot } = await import("../tests/support/browser.mjs");
  const { startServer } = await import("../tests/support/server.mjs");
  const { CallPage } = await import("../tests/e2e/call-page.mjs");
  const ends = [];
  const scope = { after: (end) => ends.unshift(end) };
  try {
    const server = await startServer(scope);
    // In two browsers, whose cameras show different things.
    const room = randomUUID();
    const a = await CallPage.open(scope, await launch(scope, "chromium"), server, room);
    const b = await CallPage.open(scope, await launch(scope, "firefox"), server, room);
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
    for (const { name, viewport, scheme } of looks) {
      await a.page.setViewport(viewport);
      await a.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await a.sees();
      console.log(await screenshot(a.page, name));
    }
    console.log(await healing(a, b, screenshot));
  } finally {
    for (const end of ends) await end();
  }
}
