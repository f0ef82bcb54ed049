// The account centre: who I am, where I am signed in, which apps may what, language and theme.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startHouse, until } from "../house/house.mjs";
import { launch, openBrowser } from "./chromium.mjs";
import { inspect } from "./inspection.mjs";
import { decide, pressSignIn, signedInAs, signInByPassword } from "./person.mjs";

const name = "Mina Aziz";
const password = "correct horse battery staple";
// A red square of 8 × 8.
const photo = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mO4IyKCFTEMLQkAmD9BAeEqE6gAAAAASUVORK5CYII=",
  "base64",
);

for (const javaScriptEnabled of [true, false]) {
  describe(`the account centre ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => {
    let house;
    let chromium;
    let person;

    before(async () => {
      house = await startHouse({ withApps: true });
      chromium = await launch();
      person = house.addAccount({ name, email: "mina@lantern.example", password });
    });
    after(async () => {
      await chromium?.close();
      await house?.stop();
    });

    /** A browser that is signed in at Keyhouse itself. */
    async function signedIn(options = {}) {
      const context = await openBrowser(chromium, { javaScriptEnabled, ...options });
      const page = await context.newPage();
      await page.goto(`${house.issuer}/account`);
      await page.waitForURL(/\/signin/);
      await signInByPassword(page, { identifier: person.accountId, password });
      await page.waitForURL(`${house.issuer}/account`);
      return { context, page };
    }

    /** axe needs a page's own scripts to end; what they change is small, and the same pages are inspected with them. */
    const inspected = javaScriptEnabled ? inspect : async () => {};

    const walk = (title, steps) =>
      test(title, async () => {
        const here = await signedIn();
        try {
          await steps(here.page, here.context);
        } finally {
          await here.context.close();
        }
      });

    walk("home says who I am", async (page) => {
      assert.equal(await page.locator("h1").innerText(), name);
      const shown = (await page.locator("body").innerText()).replace(/[\s\u00a0\u202f]/g, "");
      assert.ok(shown.includes(person.accountId), "the account ID is shown");
      assert.ok(shown.includes(person.email), "the address is shown");
    });

    walk("devices: ending one signs that browser out, and only that", async (page) => {
      const other = await signedIn();
      try {
        await page.goto(`${house.issuer}/account/devices`);
        // Those beside each device; the other form of this kind takes several.
        const buttons = page.locator('form[action="/account/devices/end"] .button-small');
        await buttons.first().waitFor();
        // Everybody but this browser; earlier tests left theirs behind.
        for (let left = await buttons.count(); left > 0; left -= 1) {
          await buttons.first().click();
          await until("one device fewer", async () => (await buttons.count()) === left - 1);
        }
        await other.page.goto(`${house.issuer}/account`);
        await other.page.waitForURL(/\/signin/);
        await page.goto(`${house.issuer}/account`);
        assert.equal(await page.locator("h1").innerText(), name);
      } finally {
        await other.context.close();
      }
    });

    walk("devices: signing out all others at once", async (page) => {
      const others = [await signedIn(), await signedIn()];
      try {
        await page.goto(`${house.issuer}/account/devices`);
        await page.locator('form[action="/account/devices/end-others"] button').click();
        await until("no other device", async () => (await page.locator('form[action="/account/devices/end"]').count()) === 0);
        for (const other of others) {
          await other.page.goto(`${house.issuer}/account`);
          await other.page.waitForURL(/\/signin/);
        }
      } finally {
        for (const other of others) await other.context.close();
      }
    });

    walk("apps: what one may do, and removing it", async (page) => {
      const { notes } = house.apps;
      await pressSignIn(page, notes);
      await decide(page, "allow");
      await signedInAs(page, notes, name);

      await page.goto(`${house.issuer}/account/apps`);
      const shown = page.locator("section", { hasText: "Notes" });
      await shown.first().waitFor();
      await shown.locator('form[action="/account/apps/remove"] button').click();
      await page.locator('form[method="post"][action="/account/apps/remove"]').waitFor();
      assert.match(await page.locator("main").innerText(), /5 (more )?minutes/);
      await page.locator('form[method="post"][action="/account/apps/remove"] button[type="submit"]').click();
      await until("the app to be gone", async () => (await page.locator('form[action="/account/apps/remove"]').count()) === 0);

      // Consent is gone too: notes is asked for anew.
      await page.context().clearCookies({ domain: "127.0.0.1" });
      await pressSignIn(page, notes);
      await page.locator('button[name="decision"][value="allow"]').waitFor();
    });

    walk("settings: Chinese and dark, kept for the account", async (page) => {
      await page.goto(`${house.issuer}/account/settings`);
      await page.locator('input[name="language"][value="zh-CN"]').check();
      await page.locator('input[name="theme"][value="dark"]').check();
      await page.locator('form[action="/account/settings"] button[type="submit"]').click();
      await page.locator('html[lang="zh-CN"][data-theme="dark"]').waitFor({ state: "attached" });
      const elsewhere = await signedIn();
      try {
        await elsewhere.page.locator('html[lang="zh-CN"][data-theme="dark"]').waitFor({ state: "attached" });
        await elsewhere.page.goto(`${house.issuer}/account/settings`);
        await elsewhere.page.locator('input[name="language"][value="en"]').check();
        await elsewhere.page.locator('input[name="theme"][value="system"]').check();
        await elsewhere.page.locator('form[action="/account/settings"] button[type="submit"]').click();
        await elsewhere.page.locator('html[lang="en"]:not([data-theme])').waitFor({ state: "attached" });
      } finally {
        await elsewhere.context.close();
      }
    });

    walk("settings: larger text and a time zone", async (page) => {
      await page.goto(`${house.issuer}/account/settings`);
      await page.locator("#text-larger").check();
      await page.locator("#zoneinfo").selectOption("Asia/Shanghai");
      const save = page.locator('form[action="/account/settings"] button[type="submit"]');
      await save.click();
      await page.locator('html[data-text="larger"]').waitFor({ state: "attached" });
      await inspected(page, "settings-larger");
      await page.goto(`${house.issuer}/account/personal`);
      assert.match(await page.locator("main").innerText(), /Asia\/Shanghai/);
      await page.goto(`${house.issuer}/account/settings`);
      await page.locator("#text-normal").check();
      await page.locator("#zoneinfo").selectOption("");
      await save.click();
      await page.locator("html:not([data-text])").waitFor({ state: "attached" });
    });

    walk("picture: chosen, shown, refused, removed", async (page) => {
      await page.goto(`${house.issuer}/account/personal`);
      await page.getByRole("link", { name: "Add a picture" }).click();
      const save = page.locator('form[action="/account/picture"] button[type="submit"]');
      await inspected(page, "picture-none");
      await page.locator("#picture").setInputFiles({ name: "me.png", mimeType: "image/png", buffer: photo });
      await save.click();
      await page.getByRole("status").waitFor();
      const face = page.locator("main .face img");
      await until("the picture to be drawn", () => face.evaluate((image) => image.complete && image.naturalWidth === 192));
      await inspected(page, "picture");
      const address = await face.getAttribute("src");
      await page.locator("#picture").setInputFiles({ name: "me.jpg", mimeType: "image/jpeg", buffer: Buffer.from("<svg/>") });
      await save.click();
      await page.locator("#picture-fault").waitFor();
      await inspected(page, "picture-fault");
      await page.goto(`${house.issuer}/account`);
      assert.equal(await page.locator("main .face img").getAttribute("src"), address);
      await inspected(page, "home-with-picture");
      await page.goto(`${house.issuer}/account/picture`);
      await page.locator('form[action="/account/picture/remove"] button').click();
      await page.getByRole("status").waitFor();
      assert.equal(await page.locator("main .face").innerText(), "MA");
      assert.equal((await fetch(`${house.issuer}${address}`)).status, 404);
    });

    walk("personal information: which apps see it", async (page) => {
      await page.goto(`${house.issuer}/account/personal`);
      await page.locator("#nickname").fill("Mi");
      await page.locator('form[action="/account/personal"] button[type="submit"]').click();
      await page.getByRole("status").waitFor();
      assert.equal(await page.locator("#nickname").inputValue(), "Mi");
      assert.match(await page.locator("main").innerText(), /Seen by .*Notes|No app sees this yet/);
      await inspected(page, "personal");
    });

    walk("signing out ends the session here", async (page) => {
      await page.locator('form[action="/account/signout"] button').click();
      await page.goto(`${house.issuer}/account`);
      await page.waitForURL(/\/signin/);
    });
  });
}
