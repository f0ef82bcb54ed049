// Debian's Chromium, driven by playwright-core.

import { chromium } from "playwright-core";

const quiet = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts the browser. Chromium's sandbox does not run as root. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.KEYHOUSE_CHROMIUM ?? "/usr/bin/chromium",
    chromiumSandbox: process.getuid() !== 0,
    args: quiet,
  });
}

/** A browser of one person: its own cookies, a phone's size, English, and nothing that waits longer than 10 s. */
export async function openBrowser(chromium, options = {}) {
  const context = await chromium.newContext({ viewport: { width: 390, height: 844 }, locale: "en", reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(10_000);
  return context;
}
