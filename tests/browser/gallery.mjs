// Looks at every page of the gallery in Chromium: screenshots at 390 and 1280 px in both themes, axe-core, no sideways
// scroll at 320 and 390 px with text at 200 %, forced colours and no JavaScript.
//   cargo run --example gallery -- target/gallery && node tests/browser/gallery.mjs target/gallery screenshots/gallery [name …]
// Names limit the run to pages that begin with one of them.

import { readFile, readdir, mkdir } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

const [folder, shots, ...names] = process.argv.slice(2);
if (!folder || !shots) throw new Error("usage: gallery.mjs FOLDER SCREENSHOTS [NAME …]");
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// The policy the server sends with its pages: what it forbids must show up here as well.
const POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const TYPES = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };
const server = createServer(async (request, response) => {
  const path = normalize(new URL(request.url, "http://gallery").pathname);
  if (path === "/favicon.ico") return response.writeHead(204).end();
  // It would post the page away before anybody has looked.
  if (path.endsWith("/form_post.js")) return response.writeHead(200, { "Content-Type": TYPES[".js"] }).end();
  // There is nobody to sign in here: the field's offer of a passkey gets no question.
  if (path === "/signin/passkey/challenge") return response.writeHead(204).end();
  // Nobody answers on another device either.
  if (path === "/signin/elsewhere/state") return response.setHeader("Content-Type", "application/json").end('{"waits":true}');
  try {
    const body = await readFile(join(folder, path));
    const mail = path.includes("/mail-");
    response.setHeader("Content-Type", TYPES[extname(path)] ?? "application/octet-stream");
    if (!mail) response.setHeader("Content-Security-Policy", POLICY);
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const origin = `http://127.0.0.1:${server.address().port}`;

const wanted = (await readdir(join(folder, "en")))
  .map((file) => file.replace(/\.html$/, ""))
  .filter((name) => names.length === 0 || names.some((start) => name.startsWith(start)))
  .sort();
await mkdir(shots, { recursive: true });

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

const faults = [];
const fault = (where, what) => {
  faults.push(`${where}: ${what}`);
  console.error(`not ok ${where}: ${what}`);
};

async function visit(context, language, name, where, use) {
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && fault(where, message.text()));
  page.on("pageerror", (error) => fault(where, error.message));
  await page.goto(`${origin}/${language}/${name}.html`);
  await use(page);
  await page.close();
}

async function noSidewaysScroll(page, where) {
  const wide = await page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return null;
    const over = [...document.querySelectorAll("body *")].filter((element) => element.getBoundingClientRect().right > room + 1 || element.getBoundingClientRect().left < -1);
    return over.slice(-3).map((element) => `${element.tagName}.${element.getAttribute("class") ?? ""}`).join(" ");
  });
  if (wide !== null) fault(where, `scrolls sideways: ${wide}`);
}

async function targets(page, where) {
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("button, .button, summary, .field input:not([type=checkbox]):not(.visually-hidden)")]
      .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < 43.5)
      .map((element) => `${element.tagName} ${element.textContent.trim().slice(0, 20)} ${element.getBoundingClientRect().height}`),
  );
  for (const target of small) fault(where, `target under 44 px: ${target}`);
}

async function accessible(page, where) {
  // Through the protocol, so that the page's own policy does not stand in the way.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  for (const violation of violations) {
    const nodes = violation.nodes.map((node) => `${node.target.join(" ")} (${node.any[0]?.message ?? node.failureSummary})`);
    fault(where, `${violation.impact} ${violation.id}: ${nodes.join("; ")}`);
  }
}

const VIEWS = [
  { language: "en", width: 390, height: 844, colorScheme: "light", axe: true },
  { language: "en", width: 390, height: 844, colorScheme: "dark", axe: true },
  { language: "en", width: 1280, height: 900, colorScheme: "light", axe: true },
  { language: "en", width: 1280, height: 900, colorScheme: "dark", axe: false },
  { language: "zh-CN", width: 390, height: 844, colorScheme: "light", axe: false },
  { language: "rtl", width: 390, height: 844, colorScheme: "light", axe: false },
  { language: "en", width: 390, height: 844, colorScheme: "light", axe: false, javaScriptEnabled: false, mark: "no-script" },
  { language: "en", width: 390, height: 844, colorScheme: "dark", axe: false, forcedColors: "active", mark: "forced" },
  { language: "en", width: 390, height: 844, colorScheme: "light", axe: false, text: 2, mark: "text200" },
  { language: "en", width: 320, height: 700, colorScheme: "light", axe: false, text: 2, mark: "text200" },
  { language: "zh-CN", width: 320, height: 700, colorScheme: "light", axe: false, text: 2, mark: "text200" },
];

for (const view of VIEWS) {
  const { language, width, height, colorScheme, forcedColors = "none", javaScriptEnabled = true, text = 1, mark } = view;
  const context = await browser.newContext({
    viewport: { width, height }, colorScheme, forcedColors, javaScriptEnabled, reducedMotion: "reduce", locale: "en-GB", timezoneId: "Europe/Vienna",
  });
  for (const name of wanted) {
    const label = [name, language === "en" ? null : language, width, colorScheme, mark].filter(Boolean).join("-");
    await visit(context, language, name, label, async (page) => {
      if (text !== 1) {
        await page.evaluate((factor) => { document.documentElement.style.setProperty("font-size", `${factor * 100}%`); }, text);
      }
      await noSidewaysScroll(page, label);
      if (text === 1 && javaScriptEnabled && !name.startsWith("mail-")) await targets(page, label);
      if (view.axe && !name.startsWith("mail-")) await accessible(page, label);
      await page.screenshot({ path: join(shots, `${label}.png`), fullPage: true, animations: "disabled" });
    });
  }
  await context.close();
}
await browser.close();
server.close();
console.log(`${wanted.length} pages in ${VIEWS.length} views, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
