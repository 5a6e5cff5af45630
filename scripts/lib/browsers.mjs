// The browsers under test. Their flags and preferences are in webdriver.json, which wasm-bindgen-test-runner reads too.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { find } from "./tools.mjs";

const webdriver = JSON.parse(readFileSync(join(root, "webdriver.json"), "utf8"));

export const browsers = {
  chromium: {
    // Where the program is, if not in PATH under one of these names: CHROMIUM=/path.
    executable: () => process.env.CHROMIUM ?? first("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"),
    args: webdriver["goog:chromeOptions"].args,
  },
  firefox: {
    executable: () => process.env.FIREFOX ?? first("firefox-esr", "firefox"),
    args: webdriver["moz:firefoxOptions"].args,
    prefs: webdriver["moz:firefoxOptions"].prefs,
  },
};

function first(...names) {
  return names.map(find).find((path) => path !== undefined);
}
