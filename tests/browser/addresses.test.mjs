// How to sign in: an address added, made the main one, changed with and without proof, removed; what links in notices lead to;
// a number that was given to somebody else.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startHouse, until } from "../house/house.mjs";
import { launch, openBrowser } from "./chromium.mjs";
import { inspect } from "./inspection.mjs";
import { answer, asked, finishAccount, signInByCode, signInByPassword } from "./person.mjs";

const password = "correct horse battery staple";

for (const javaScriptEnabled of [true, false]) {
  describe(`addresses ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => {
    let house;
    let chromium;
    before(async () => {
      house = await startHouse();
      chromium = await launch();
    });
    after(async () => {
      await chromium?.close();
      await house?.stop();
    });

    /** axe needs a page's own scripts to end. */
    const inspected = javaScriptEnabled ? inspect : async () => {};

    const walk = (title, steps) =>
      test(title, async () => {
        const context = await openBrowser(chromium, { javaScriptEnabled });
        try {
          await steps(await context.newPage(), context);
        } finally {
          await context.close();
        }
      });

    async function signIn(page, person) {
      await page.goto(`${house.issuer}/account/security`);
      await signInByPassword(page, { identifier: person.email, password });
      await page.waitForURL(`${house.issuer}/account/security`);
    }

    const row = (page, shown) => page.locator("main li", { hasText: shown });
    const messagesTo = async (to) => (await house.messages()).filter((message) => message.to === to);

    /** Types the code that was sent to an address since `seen` messages. */
    async function prove(page, to, seen) {
      await asked(page, "code");
      await answer(page, "code", await house.nextCode(to, seen));
    }

    /** The newest link to a change that was sent to an address. */
    async function link(to) {
      let found;
      await until(`a link to ${to}`, async () => {
        const texts = (await messagesTo(to)).map((message) => message.text);
        found = texts.map((text) => text.match(/\/account\/changes\/[\w-]+/)?.[0]).find(Boolean);
        return found;
      });
      return house.issuer + found;
    }

    walk("added, made the main one, removed", async (page) => {
      const person = house.addAccount({ name: "Mina Aziz", email: "mina@lantern.example", password });
      await signIn(page, person);
      await inspected(page, "security");
      await page.getByRole("link", { name: "Add a number or address" }).click();
      await answer(page, "identifier", "mina");
      await page.locator("#identifier-fault").waitFor();
      await inspected(page, "security-add-fault");
      const seen = (await house.messages()).length;
      await answer(page, "identifier", "mina@harbour.example");
      await asked(page, "code");
      await inspected(page, "security-code");
      await answer(page, "code", "12345");
      await page.locator("#code-fault").waitFor();
      await prove(page, "mina@harbour.example", seen);
      await page.getByRole("status").waitFor();
      await row(page, "mina@harbour.example").getByRole("button", { name: /Make main/ }).click();
      await row(page, "mina@harbour.example").getByText("Main", { exact: true }).waitFor();
      await inspected(page, "security-two");
      await row(page, "mina@lantern.example").getByRole("link", { name: /Remove/ }).click();
      await inspected(page, "security-remove");
      await page.getByRole("button", { name: "Remove" }).click();
      await page.getByRole("status").waitFor();
      assert.equal(await row(page, "mina@lantern.example").count(), 0);
      await until("the old address to be told", async () => (await messagesTo("mina@lantern.example")).some((m) => /no longer|taken off|removed/.test(m.text)));
    });

    walk("the number changes at once, and its old holder stops and undoes it", async (page, context) => {
      const email = "zoe@lantern.example";
      const person = house.addAccount({ name: "Zoe Lang", email, phone: "+436605554420", password });
      await signIn(page, person);
      await row(page, "5554420").getByRole("link", { name: /Change/ }).click();
      await inspected(page, "security-change");
      const seen = (await house.messages()).length;
      await answer(page, "identifier", "+436605554421");
      await prove(page, "+436605554421", seen);
      await page.getByRole("status").waitFor();
      await row(page, "5554421").waitFor();

      const holder = await openBrowser(chromium, { javaScriptEnabled });
      try {
        const other = await holder.newPage();
        await other.goto(await link("+436605554420"));
        await inspected(other, "change-happened");
        assert.match(await other.locator("main").innerText(), /••• 4420/);
        await other.getByRole("button", { name: "This was not me" }).click();
        await other.locator("#password").waitFor();
        await inspected(other, "change-frozen");
        await answer(other, "password", "wrong horse battery staple");
        await other.locator("#password-fault").waitFor();
        await answer(other, "password", password);
        await other.waitForURL(/\/account\/security/);
        await row(other, "5554420").waitFor();
        assert.equal(await row(other, "5554421").count(), 0);
      } finally {
        await holder.close();
      }
      await page.goto(`${house.issuer}/account`);
      await page.waitForURL(/\/signin/);
    });

    walk("the number is gone: the change waits, and is stopped from a notice", async (page) => {
      const email = "ada@lantern.example";
      const person = house.addAccount({ name: "Ada Brook", email, phone: "+436605554430", password });
      await signIn(page, person);
      await house.advance(3600);
      await page.goto(`${house.issuer}/account/security`);
      await row(page, "5554430").getByRole("link", { name: /Change/ }).click();
      const seen = (await house.messages()).length;
      await answer(page, "identifier", "+436605554431");
      await prove(page, "+436605554431", seen);
      await page.getByRole("link", { name: "Prove it is you" }).waitFor();
      await inspected(page, "security-replace");
      await page.getByRole("button", { name: "Change it in 72 hours" }).click();
      await page.getByRole("status").waitFor();
      await page.getByText("One address takes the place of another").waitFor();
      await inspected(page, "security-waiting");
      await page.goto(await link(email));
      await inspected(page, "change-waits");
      await page.getByRole("button", { name: "Stop it" }).click();
      await page.getByRole("heading", { name: "It is stopped" }).waitFor();
      await page.goto(`${house.issuer}/account/security`);
      await row(page, "5554430").waitFor();
      assert.equal(await page.getByText("What waits").count(), 0);
    });

    walk("sign-up asks for a second address", async (page) => {
      await page.goto(`${house.issuer}/signin`);
      await signInByCode(page, house, { identifier: "+436605554440" });
      await page.waitForURL(/\/signup\/details/);
      await page.locator("#name").fill("Bo Lee");
      const terms = page.locator("#terms");
      if (await terms.count()) await terms.check();
      await page.locator('form[action="/signup/details"] button[type="submit"]').click();
      await page.waitForURL(/\/signup\/second/);
      await inspected(page, "second");
      const seen = (await house.messages()).length;
      await answer(page, "identifier", "bo@lantern.example");
      await prove(page, "bo@lantern.example", seen);
      await page.waitForURL(`${house.issuer}/account`);
      assert.match(await page.locator("main").innerText(), /bo@lantern\.example/);
    });

    walk("a number that somebody else had: a second proof, or an account of one's own", async (page, context) => {
      const email = "ivo@lantern.example";
      house.addAccount({ name: "Ivo Old", email, phone: "+436605554450", password });
      await house.advance(181 * 24 * 3600);
      await page.goto(`${house.issuer}/signin`);
      await signInByCode(page, house, { identifier: "+436605554450" });
      await page.getByRole("heading", { name: "Is this account yours?" }).waitFor();
      await inspected(page, "recycled");
      assert.doesNotMatch(await page.content(), /Ivo|ivo@|i•••/);
      await page.getByRole("link", { name: "Create a new account" }).click();
      await page.waitForURL(/\/signup\/details/);
      await inspected(page, "details-recycled");
      await finishAccount(page, { name: "Uma New" });
      await page.waitForURL(`${house.issuer}/account`);
      assert.equal(await page.locator("h1").innerText(), "Uma New");
      await house.advance(72 * 3600 + 60);
      await until("the number to move", async () => {
        await page.goto(`${house.issuer}/account/security`);
        return (await row(page, "5554450").count()) === 1;
      });
      await context.clearCookies();
      await page.goto(`${house.issuer}/signin`);
      await signInByPassword(page, { identifier: email, password });
      await page.waitForURL(`${house.issuer}/account`);
      assert.equal(await page.locator("h1").innerText(), "Ivo Old");
    });
  });
}
