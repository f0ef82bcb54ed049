// Passwords as a person meets them: set, changed, removed, forgotten; getting back in when it waits; a code that did not come.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startHouse, until } from "../house/house.mjs";
import { launch, openBrowser } from "./chromium.mjs";
import { inspect } from "./inspection.mjs";
import { answer, asked, signInByCode, signInByPassword } from "./person.mjs";

const password = "correct horse battery staple";
const next = "seventeen green umbrellas";
const day = 24 * 60 * 60;

for (const javaScriptEnabled of [true, false]) {
  describe(`passwords ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => {
    let house;
    let chromium;
    before(async () => {
      house = await startHouse({ extra: "[codes]\nresend_seconds = 1\n" });
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

    /** Somebody with an e-mail address, and with a phone number too where one is given. */
    async function person(email, phone) {
      const made = house.addAccount({ name: "Mina Aziz", email, password });
      if (!phone) return made;
      const context = await openBrowser(chromium, { javaScriptEnabled });
      const page = await context.newPage();
      await signIn(page, email, password, "/account/security/add");
      const seen = (await house.messages()).length;
      await answer(page, "identifier", phone);
      await asked(page, "code");
      await answer(page, "code", await house.nextCode(phone, seen));
      await page.getByRole("status").waitFor();
      await context.close();
      // Another code may go there now.
      await house.advance(2);
      return made;
    }

    async function signIn(page, identifier, secret, to = "/account") {
      await page.goto(`${house.issuer}${to}`);
      await page.waitForURL(/\/signin/);
      await signInByPassword(page, { identifier, password: secret });
      await page.waitForURL(`${house.issuer}${to}`);
    }

    /** From the first page to the password page of a name. */
    async function begin(page, identifier) {
      await page.goto(`${house.issuer}/signin?another=yes`);
      await answer(page, "identifier", identifier);
      await page.waitForURL(/\/signin\/password/);
    }

    /** "Forgot your password?", and the code. */
    async function forgot(page, identifier, channel, to) {
      await begin(page, identifier);
      await page.getByRole("link", { name: "Forgot your password?" }).click();
      await page.waitForURL(/\/signin\/forgot/);
      await inspected(page, "forgot");
      const seen = (await house.messages()).length;
      await page.locator(`button[name="channel"][value="${channel}"]`).click();
      await asked(page, "code");
      await answer(page, "code", await house.nextCode(to, seen));
      await page.waitForURL(/\/signin\/recovery\/password/);
    }

    const messagesTo = async (to) => (await house.messages()).filter((message) => message.to === to);
    const told = (to, words) =>
      until(`${to} to be told: ${words}`, async () => (await messagesTo(to)).some((message) => message.text.includes(words)));
    const save = (page) => page.locator('form[action="/account/security/password"] button[type="submit"]');

    walk("a forgotten one is replaced, and every other device is signed out", async (page) => {
      const email = "forgot@lantern.example";
      await person(email);
      const context = await openBrowser(chromium, { javaScriptEnabled });
      const other = await context.newPage();
      await signIn(other, email, password);
      await forgot(page, email, "email", email);
      await inspected(page, "recovery-password");
      await answer(page, "password", "1234567");
      await page.locator("#password-fault").waitFor();
      await answer(page, "password", next);
      await page.waitForURL(`${house.issuer}/account`);
      assert.equal(await page.locator("h1").innerText(), "Mina Aziz");
      await other.goto(`${house.issuer}/account`);
      await other.waitForURL(/\/signin/);
      await signInByPassword(other, { identifier: email, password });
      await other.locator("#password-fault").waitFor();
      await answer(other, "password", next);
      await other.waitForURL(`${house.issuer}/account`);
      await told(email, "got back into your account");
      await context.close();
    });

    walk("changed and removed by somebody who is signed in", async (page) => {
      const email = "change@lantern.example";
      await person(email);
      await signIn(page, email, password, "/account/security");
      await page.getByRole("link", { name: "Change password" }).click();
      await inspected(page, "own-password");
      await answer(page, "password", email);
      await page.locator("#password-fault").waitFor();
      await page.locator("#password-new").fill(next);
      await save(page).click();
      await page.getByRole("status").waitFor();
      await told(email, "was changed");
      await page.getByRole("link", { name: "Change password" }).click();
      await page.getByRole("link", { name: "Remove the password" }).click();
      await inspected(page, "own-password-remove");
      await page.locator('form[action="/account/security/password/remove"] button[type="submit"]').click();
      await page.getByRole("status").waitFor();
      await told(email, "no longer has a password");
      await page.getByRole("link", { name: "Add a password" }).click();
      await page.locator("#password-new").fill("eighteen green umbrellas");
      await save(page).click();
      await page.getByRole("status").waitFor();
    });

    walk("a text message alone is too little, and another proof is asked for", async (page) => {
      const [email, phone] = ["sms@lantern.example", javaScriptEnabled ? "+436605554420" : "+436605554421"];
      await person(email, phone);
      await page.goto(`${house.issuer}/account/security/password`);
      await signInByCode(page, house, { identifier: phone });
      await page.waitForURL(`${house.issuer}/account/security/password`);
      assert.match(await page.locator("main").innerText(), /steals a number/);
      await inspected(page, "own-password-more");
      await page.getByRole("link", { name: "Prove it is you" }).click();
      await page.waitForURL(/\/signin\/again/);
      assert.equal(await page.locator('form input[name="channel"][value="sms"]').count(), 0);
      await inspected(page, "again-without-sms");
      const seen = (await house.messages()).length;
      await page.getByRole("button", { name: /E-mail a code/ }).click();
      await asked(page, "code");
      await answer(page, "code", await house.nextCode(email, seen));
      await page.waitForURL(`${house.issuer}/account/security/password`);
      await page.locator("#password-new").fill(next);
      await save(page).click();
      await page.getByRole("status").waitFor();
    });

    walk("getting back in by text message waits, is told, and is taken", async (page) => {
      const [email, phone] = ["wait@lantern.example", javaScriptEnabled ? "+436605554430" : "+436605554431"];
      await person(email, phone);
      await begin(page, phone);
      await page.getByRole("link", { name: "I can’t use any of these" }).click();
      await page.waitForURL(/\/signin\/recovery\?/);
      assert.match(await page.locator("main").innerText(), /nobody can bring the account back/);
      await inspected(page, "recovery");
      await forgot(page, phone, "sms", phone);
      await inspected(page, "recovery-stronger");
      await page.locator('form[action="/signin/recovery/wait"] button').click();
      await page.getByRole("heading", { name: "Your wait has begun" }).waitFor();
      await inspected(page, "recovery-waits");
      await told(email, "/account/changes/");
      await told(phone, "/account/changes/");
      await house.advance(3 * day + 60);
      await told(email, "The wait is over");
      await forgot(page, phone, "sms", phone);
      await answer(page, "password", next);
      await page.waitForURL(`${house.issuer}/account`);
    });

    walk("a wait is stopped from a message", async (page) => {
      const [email, phone] = ["stop@lantern.example", javaScriptEnabled ? "+436605554440" : "+436605554441"];
      await person(email, phone);
      await forgot(page, phone, "sms", phone);
      await page.locator('form[action="/signin/recovery/wait"] button').click();
      await page.getByRole("heading", { name: "Your wait has begun" }).waitFor();
      await told(email, "/account/changes/");
      const message = (await messagesTo(email)).find((one) => one.text.includes("/account/changes/"));
      await page.goto(house.issuer + message.text.match(/\/account\/changes\/[\w-]+/)[0]);
      await page.getByRole("button", { name: "Stop it" }).click();
      await page.getByRole("heading", { name: "It is stopped" }).waitFor();
      await told(phone, "will not happen");
    });

    walk("a code that did not come: what became of it, and the other ways", async (page) => {
      await begin(page, "trouble@lantern.example");
      await page.getByRole("button", { name: "Use a code" }).click();
      await asked(page, "code");
      await page.getByRole("link", { name: "The code did not come" }).click();
      await page.getByRole("heading", { name: "The code did not come" }).waitFor();
      await until("the message to be taken", async () => {
        await page.getByRole("link", { name: "Look again" }).click();
        return /The mail server took/.test(await page.locator("main").innerText());
      });
      assert.match(await page.locator("main").innerText(), /9 of 10/);
      await inspected(page, "trouble");
      await page.getByRole("link", { name: "Enter the code" }).click();
      await asked(page, "code");
      await page.getByRole("link", { name: "The code did not come" }).click();
      await page.locator('button[name="channel"][value="sms"]').click();
      await asked(page, "code");
      await page.getByRole("link", { name: "The code did not come" }).click();
      assert.match(await page.locator("main").innerText(), /We don’t say here where to/);
      await inspected(page, "trouble-account");
    });
  });
}
