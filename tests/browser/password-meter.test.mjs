// The meter beside a new password: the server's judgement while it is typed, and the same from the form where there is no script.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startHouse } from "../house/house.mjs";
import { launch, openBrowser } from "./chromium.mjs";
import { inspect } from "./inspection.mjs";
import { answer, asked, finishAccount, signInByPassword } from "./person.mjs";

const password = "correct horse battery staple";

describe("the meter of passwords", () => {
  let house;
  let chromium;
  before(async () => {
    house = await startHouse({ extra: "[codes]\nresend_seconds = 1\n" });
    house.addAccount({ name: "Mina Aziz", email: "mina@lantern.example", password });
    chromium = await launch();
  });
  after(async () => {
    await chromium?.close();
    await house?.stop();
  });

  const walk = (title, options, steps) =>
    test(title, async () => {
      const context = await openBrowser(chromium, options);
      try {
        await steps(await context.newPage());
      } finally {
        await context.close();
      }
    });

  async function signUp(page, email) {
    await page.goto(`${house.issuer}/signup`);
    await page.locator("#name").fill("Zofia Kwiatkowska");
    const terms = page.locator("#terms");
    if (await terms.count()) await terms.check();
    const seen = (await house.messages()).length;
    await answer(page, "identifier", email);
    await asked(page, "code");
    await answer(page, "code", await house.nextCode(email, seen));
    await page.waitForURL(/\/signup\/details/);
  }

  async function account(page) {
    await page.goto(`${house.issuer}/account/security/password`);
    await page.waitForURL(/\/signin/);
    await signInByPassword(page, { identifier: "mina@lantern.example", password });
    await page.waitForURL(`${house.issuer}/account/security/password`);
  }

  async function forgot(page) {
    await page.goto(`${house.issuer}/signin?another=yes`);
    await answer(page, "identifier", "mina@lantern.example");
    await page.getByRole("link", { name: "Forgot your password?" }).click();
    await page.waitForURL(/\/signin\/forgot/);
    const seen = (await house.messages()).length;
    await page.locator('button[name="channel"][value="email"]').click();
    await asked(page, "code");
    await answer(page, "code", await house.nextCode("mina@lantern.example", seen));
    await page.waitForURL(/\/signin\/recovery\/password/);
  }

  /** Types slowly enough for nobody, and waits for what the meter says. */
  async function says(page, field, text, level, words) {
    await page.locator(field).fill(text);
    const meter = page.locator(`.meter[data-level="${level}"]`);
    await meter.waitFor();
    await page.locator(".meter", { hasText: words }).waitFor();
    assert.equal(await meter.locator(".meter-bars > span").count(), 4);
  }

  for (const [name, go, field] of [
    ["sign-up", (page) => signUp(page, "zofia@lantern.example"), "#password"],
    ["the account centre", account, "#password-new"],
    ["getting back in", forgot, "#password"],
  ]) {
    walk(`it follows what is typed: ${name}`, {}, async (page) => {
      await go(page);
      assert.equal(await page.locator(".meter").isVisible(), false, "nothing is typed yet");
      await says(page, field, "seven77", 0, "at least 8 characters");
      await says(page, field, name === "sign-up" ? "kwiatkowska1" : "minaaziz1", 0, "others know of you");
      await says(page, field, "kiwi7treppe", 1, "This is enough");
      await says(page, field, "seventeen green umbrellas", 3, "strong");
      await inspect(page, `meter-${name.replaceAll(" ", "-")}`);
      await page.locator(field).fill("");
      await page.locator(".meter").waitFor({ state: "hidden" });
    });
  }

  walk("where the server does not answer there is no meter, and the form works", {}, async (page) => {
    await account(page);
    await page.route("**/measure", (route) => route.abort());
    await page.locator("#password-new").fill("seventeen green umbrellas");
    await page.waitForTimeout(1000);
    assert.equal(await page.locator(".meter").isVisible(), false);
    await page.locator('form[action="/account/security/password"] button[type="submit"]').click();
    await page.getByRole("status").waitFor();
  });

  walk("without JavaScript the form says why", { javaScriptEnabled: false }, async (page) => {
    await signUp(page, "jan@lantern.example");
    assert.equal(await page.locator(".meter").count(), 0);
    await page.locator("#password").fill("zofia kwiatkowska");
    await page.locator('form[action="/signup/details"] button[type="submit"]').click();
    await page.locator("#password-fault", { hasText: "others know of you" }).waitFor();
    assert.match(await page.locator("#password-fault").innerText(), /Three or four words/);
    await finishAccount(page, { name: "Zofia Kwiatkowska", password: "seventeen green umbrellas" });
    await page.waitForURL(/\/account|\/signup\/second/);
  });
});
