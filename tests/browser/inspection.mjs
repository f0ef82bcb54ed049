// What every page must pass: axe-core finds nothing serious, nothing scrolls sideways on a phone, a desk or with text
// twice as large, and there is a screenshot of it in both themes and two sizes to be looked at.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "../../screenshots");
await mkdir(shots, { recursive: true });

const phone = { width: 390, height: 844 };
const desk = { width: 1280, height: 900 };

/** What axe-core has against the page as it stands. */
async function faults(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  return found.violations
    .filter((one) => one.impact === "serious" || one.impact === "critical")
    .map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.target.join(" ")).slice(0, 3).join(", ")}`);
}

/** How far the page reaches beyond its sides, in pixels, and because of what. */
function overflow(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return undefined;
    const wide = [...document.body.querySelectorAll("*")].find((one) => one.getBoundingClientRect().right > clientWidth + 1);
    return `${scrollWidth - clientWidth} px too wide: ${wide?.outerHTML.slice(0, 120)}`;
  });
}

/** Inspects the page that is open, and leaves it as it was. */
export async function inspect(page, name) {
  const found = [];
  const before = page.viewportSize();
  const wasDark = await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
  for (const [size, viewport] of Object.entries({ 390: phone, 1280: desk })) {
    await page.setViewportSize(viewport);
    const wide = await overflow(page);
    if (wide) found.push(`at ${size} px: ${wide}`);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      for (const fault of await faults(page)) found.push(`${size} ${colorScheme}: ${fault}`);
      await page.screenshot({ path: path.join(shots, `${name}-${size}-${colorScheme}.png`), fullPage: true });
    }
  }
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 844 });
    for (const text of ["100%", "200%"]) {
      await page.evaluate((value) => document.documentElement.style.setProperty("font-size", value), text);
      const wide = await overflow(page);
      if (wide) found.push(`at ${width} px with ${text} text: ${wide}`);
    }
    await page.evaluate(() => document.documentElement.style.removeProperty("font-size"));
  }
  await page.emulateMedia({ colorScheme: wasDark ? "dark" : "light" });
  await page.setViewportSize(before);
  assert.deepEqual(found, [], `${name} (${page.url()})`);
}
