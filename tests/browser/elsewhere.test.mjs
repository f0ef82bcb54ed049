// Signing in by approving it on another device, as two people would see it who are one: a laptop that shows a QR code, and a phone
// that is signed in.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startHouse } from "../house/house.mjs";
import { launch, openBrowser } from "./chromium.mjs";
import { inspect } from "./inspection.mjs";
import { askElsewhere, decide, pressSignIn, signedInAs, signInByPassword } from "./person.mjs";

const name = "Mina Aziz";
const password = "correct horse battery staple";

for (const javaScriptEnabled of [true, false]) {
  describe(`another device ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => {
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

    const inspected = javaScriptEnabled ? inspect : async () => {};

    /** A phone and a laptop, each a browser of its own. */
    const walk = (title, steps) =>
      test(title, async () => {
        const phone = await openBrowser(chromium, { javaScriptEnabled });
        const laptop = await openBrowser(chromium, { javaScriptEnabled, viewport: { width: 1280, height: 900 } });
        try {
          await steps(await phone.newPage(), await laptop.newPage());
        } finally {
          await phone.close();
          await laptop.close();
        }
      });

    async function signIn(page) {
      await page.goto(`${house.issuer}/account`);
      await page.waitForURL(/\/signin/);
      await signInByPassword(page, { identifier: person.accountId, password });
      await page.waitForURL(`${house.issuer}/account`);
    }

    walk("a phone signs a laptop in", async (phone, laptop) => {
      await signIn(phone);
      await laptop.goto(`${house.issuer}/signin`);
      await inspected(laptop, "signin-wide");
      const { path, number } = await askElsewhere(laptop);
      await inspected(laptop, "elsewhere-waits");
      await phone.goto(house.issuer + path);
      await phone.getByRole("heading", { name: "Sign in another browser?" }).waitFor();
      assert.match(await phone.locator("main").innerText(), /Chrome on Linux/);
      await inspected(phone, "approve");
      await phone.getByRole("button", { name: number, exact: true }).click();
      await phone.getByRole("heading", { name: "Approved" }).waitFor();
      await inspected(phone, "approve-done");
      // The laptop sees it by itself, script or none, and says whose account it is.
      await laptop.getByRole("heading", { name: "Is this your account?" }).waitFor({ timeout: 20_000 });
      assert.match(await laptop.locator("main").innerText(), new RegExp(name));
      await inspected(laptop, "elsewhere-approved");
      await laptop.getByRole("button", { name: "Continue" }).click();
      await laptop.waitForURL(`${house.issuer}/account`);
      await phone.goto(`${house.issuer}/account/devices`);
      assert.equal(await phone.getByText("Chrome on Linux").count(), 2);
    });

    walk("an app on the laptop, a phone that signs in first", async (phone, laptop) => {
      const { notes } = house.apps;
      await pressSignIn(laptop, notes);
      await laptop.waitForURL(/\/signin/);
      const { path, number } = await askElsewhere(laptop);
      await phone.goto(house.issuer + path);
      await phone.waitForURL(/\/signin\?/);
      await signInByPassword(phone, { identifier: person.accountId, password });
      await phone.getByRole("heading", { name: "Sign in another browser?" }).waitFor();
      await phone.getByRole("button", { name: number, exact: true }).click();
      await phone.getByRole("heading", { name: "Approved" }).waitFor();
      await laptop.getByRole("button", { name: "Continue" }).click({ timeout: 20_000 });
      await laptop.waitForURL((url) => url.origin === notes || url.pathname.startsWith("/oauth/authorize/"));
      if (new URL(laptop.url()).origin !== notes) await decide(laptop, "allow");
      await signedInAs(laptop, notes, name);
    });

    walk("a wrong number ends it, and so does a refusal", async (phone, laptop) => {
      await signIn(phone);
      await laptop.goto(`${house.issuer}/signin`);
      let { path, number } = await askElsewhere(laptop);
      await phone.goto(house.issuer + path);
      const offered = await phone.locator('button[name="number"]').allInnerTexts();
      assert.equal(offered.length, 3);
      await phone.getByRole("button", { name: offered.find((other) => other !== number), exact: true }).click();
      await phone.getByRole("heading", { name: "That was another number" }).waitFor();
      await laptop.getByRole("heading", { name: "Not approved" }).waitFor({ timeout: 20_000 });
      await inspected(laptop, "elsewhere-mistaken");
      await laptop.getByRole("button", { name: "New code" }).click();
      await laptop.getByRole("heading", { name: "Scan this with your phone" }).waitFor();
      path = `/signin/approve/${new URL(laptop.url()).searchParams.get("request")}`;
      await phone.goto(house.issuer + path);
      await phone.getByRole("button", { name: "Refuse" }).click();
      await phone.getByRole("heading", { name: "Refused" }).waitFor();
      await laptop.getByText("refused on the other device").waitFor({ timeout: 20_000 });
      await laptop.goto(`${house.issuer}/account`);
      await laptop.waitForURL(/\/signin/);
    });
  });
}
