// Two-step sign-in as a person does it: an authenticator app is added, asked for, remembered, lost and removed; and an app
// that wants two factors for one thing.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startHouse } from "../house/house.mjs";
import { shownAt } from "./authenticators.mjs";
import { launch, openBrowser } from "./chromium.mjs";
import { inspect } from "./inspection.mjs";
import { answer, asked, decide, pressSignIn, signedInAs, signInByPassword } from "./person.mjs";

const name = "Mina Aziz";
const password = "correct horse battery staple";

for (const javaScriptEnabled of [true, false]) {
  describe(`two-step sign-in ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => {
    let house;
    let chromium;
    let person;
    let key;
    let codes;

    before(async () => {
      house = await startHouse({ withApps: true });
      chromium = await launch();
      person = house.addAccount({ name, email: "mina@lantern.example", password });
    });
    after(async () => {
      await chromium?.close();
      await house?.stop();
    });

    const inspected = javaScriptEnabled ? inspect : async () => {};

    /** Lets time go by at the issuer, so that the app shows a code that was not used yet. */
    const wait = (seconds = 30) => house.advance(seconds);
    const code = (early = 0) => shownAt(key, house.now() + early);

    const walk = (title, steps) =>
      test(title, async () => {
        const context = await openBrowser(chromium, { javaScriptEnabled });
        try {
          await steps(await context.newPage(), context);
        } finally {
          await context.close();
        }
      });

    /** To the account centre, by password. */
    async function byPassword(page) {
      await page.goto(`${house.issuer}/account`);
      await page.waitForURL(/\/signin/);
      await signInByPassword(page, { identifier: person.accountId, password });
    }

    /** Signs in by both steps, with a code that is fresh. */
    async function byBoth(page) {
      await wait();
      await byPassword(page);
      await page.waitForURL(/\/signin\/second/);
      await answer(page, "code", code());
      await page.waitForURL(`${house.issuer}/account`);
    }

    walk("an app is added from the account's home, with recovery codes", async (page) => {
      await byPassword(page);
      await page.getByRole("link", { name: "Two-step sign-in" }).click();
      await page.getByRole("heading", { name: "Two-step sign-in", level: 1 }).waitFor();
      await inspected(page, "two-step-none");
      await page.getByRole("link", { name: "Set up an authenticator app" }).click();
      await page.locator("details.more summary").click();
      key = await page.locator("p.secret").innerText();
      assert.ok(await page.locator("svg.qr").isVisible());
      await inspected(page, "totp");
      await answer(page, "code", "000000");
      await page.getByText("not what the app should show now").waitFor();
      await page.locator("details.more summary").click();
      assert.equal(await page.locator("p.secret").innerText(), key, "the app has the key: it stays");
      await answer(page, "code", code());
      await page.getByRole("heading", { name: "Your recovery codes" }).waitFor();
      codes = await page.locator(".recovery-codes li").allInnerTexts();
      assert.equal(codes.length, 10);
      await inspected(page, "recovery-codes");
      // On paper there are the codes and nothing to press.
      await page.emulateMedia({ media: "print" });
      assert.ok(await page.locator(".recovery-codes").isVisible());
      assert.equal(await page.locator(".button").first().isVisible(), false);
      await page.emulateMedia({ media: null });
      await page.getByRole("link", { name: "I have kept them" }).click();
      assert.match(await page.locator("main").innerText(), /10 codes left/);
      await inspected(page, "two-step-on");
    });

    // Early: the apps keep the real time, and take an issuer to be wrong that is more than a minute ahead of it.
    walk("a locked file in cloud opens with the second step", async (page) => {
      const { cloud } = house.apps;
      // Two-step sign-in off, the app stays: signing in takes one step, cloud asks for the other.
      await byBoth(page);
      await page.goto(`${house.issuer}/account/security/two-step/off`);
      await inspected(page, "two-step-turn-off");
      await page.getByRole("button", { name: "Turn off" }).click();
      await page.getByText("Two-step sign-in is off.").waitFor();
      await page.getByRole("button", { name: "Sign out" }).click();

      await pressSignIn(page, cloud);
      await signInByPassword(page, { identifier: person.accountId, password });
      await decide(page, "allow");
      await signedInAs(page, cloud, name);
      await page.locator('input[type="file"]').setInputFiles({ name: "passport.txt", mimeType: "text/plain", buffer: Buffer.from("P1234567") });
      await page.locator('form:has(input[type="file"]) button[type="submit"]').click();
      await page.getByRole("button", { name: "Lock passport.txt" }).click();
      await page.getByText("The file is locked").waitFor();
      await page.getByRole("link", { name: "passport.txt" }).click();
      await page.getByRole("button", { name: "Open with a second step" }).click();
      await page.waitForURL(/\/signin\/second/);
      assert.match(await page.locator("body").innerText(), /Enter the code of your app/);
      assert.equal(await page.locator("#remember").count(), 0, "what an app asks for is asked each time");
      await answer(page, "code", code(30));
      await page.getByText("is open to you").waitFor();
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download passport.txt" }).click()]);
      const parts = [];
      for await (const part of await download.createReadStream()) parts.push(part);
      assert.equal(Buffer.concat(parts).toString("utf8"), "P1234567");

      await page.goto(`${house.issuer}/account/security/two-step`);
      await inspected(page, "two-step-off");
      await page.getByRole("button", { name: "Turn on" }).click();
      await page.getByText("Two-step sign-in is on").waitFor();
      // The code after the next: that one was shown.
      await wait();
    });

    walk("the password alone brings nobody in; the app's code does, once", async (page) => {
      await wait();
      await byPassword(page);
      await page.getByRole("heading", { name: "Enter the code of your app" }).waitFor();
      await inspected(page, "second");
      await page.goto(`${house.issuer}/account`);
      await page.waitForURL(/\/signin\?/);
      await signInByPassword(page, { identifier: person.accountId, password });
      await asked(page, "code");
      const used = code();
      await answer(page, "code", used);
      await page.waitForURL(`${house.issuer}/account`);
      await page.getByRole("button", { name: "Sign out" }).click();
      await byPassword(page);
      await answer(page, "code", used);
      await page.getByText("used already").waitFor();
      await inspected(page, "second-error");
    });

    walk("a browser is remembered where the person ticks it", async (page) => {
      await wait();
      await byPassword(page);
      const tick = page.locator("#remember");
      assert.equal(await tick.isChecked(), false);
      await tick.check();
      await answer(page, "code", code());
      await page.waitForURL(`${house.issuer}/account`);
      await page.getByRole("button", { name: "Sign out" }).click();
      await byPassword(page);
      await page.waitForURL(`${house.issuer}/account`);
      // A change of the account asks for it all the same.
      await page.goto(`${house.issuer}/account/security/recovery-codes`);
      await page.waitForURL(/\/signin\/second/);
      await wait();
      await answer(page, "code", code());
      await page.getByRole("heading", { name: "Make new recovery codes?" }).waitFor();
      await inspected(page, "recovery-codes-new");
      await page.goto(`${house.issuer}/account/security/two-step`);
      await page.getByRole("button", { name: "Forget them" }).click();
      await page.getByText("No browser is remembered any more.").waitFor();
    });

    walk("the phone is lost: a recovery code lets the person in, to take the app away", async (page) => {
      await byPassword(page);
      await page.getByRole("link", { name: "Use a recovery code" }).click();
      await asked(page, "code");
      await inspected(page, "recovery-code");
      await answer(page, "code", codes[0].toLowerCase().replaceAll("-", " "));
      await page.waitForURL(`${house.issuer}/account`);
      await page.goto(`${house.issuer}/account/security/two-step`);
      assert.match(await page.locator("main").innerText(), /9 codes left/);
      await page.getByRole("link", { name: "Remove the authenticator app" }).click();
      await inspected(page, "totp-remove");
      await page.getByRole("button", { name: "Remove" }).click();
      await page.getByText("The authenticator app is removed.").waitFor();
      await page.getByRole("button", { name: "Sign out" }).click();
      await byPassword(page);
      await page.waitForURL(`${house.issuer}/account`);
    });
  });
}
