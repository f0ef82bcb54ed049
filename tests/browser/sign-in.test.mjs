// Creating an account and signing in, as a person, with JavaScript and without.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startHouse } from "../house/house.mjs";
import { launch, openBrowser } from "./chromium.mjs";
import { answer, asked, finishAccount, signInByCode, signInByPassword } from "./person.mjs";

const password = "correct horse battery staple";

for (const javaScriptEnabled of [true, false]) {
  describe(`sign-in ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => {
    let house;
    let chromium;
    let context;
    let page;

    before(async () => {
      house = await startHouse();
      chromium = await launch();
    });
    after(async () => {
      await chromium?.close();
      await house?.stop();
    });
    const inNewBrowser = (title, walk) =>
      test(title, async () => {
        context = await openBrowser(chromium, { javaScriptEnabled });
        page = await context.newPage();
        await page.goto(`${house.issuer}/signin`);
        try {
          await walk();
        } finally {
          await context.close();
        }
      });
    const atHome = async (name) => {
      await page.waitForURL(`${house.issuer}/account`);
      assert.equal(await page.locator("h1").innerText(), name);
    };

    inNewBrowser("a phone number that is new leads to an account, for one code", async () => {
      await signInByCode(page, house, { identifier: "+43 660 5554417", to: "+436605554417" });
      await finishAccount(page, { name: "Phone Person" });
      await atHome("Phone Person");
      assert.equal((await house.messages()).filter((one) => one.to === "+436605554417").length, 1);
    });

    inNewBrowser("an e-mail address that is new leads to an account with a password", async () => {
      await signInByCode(page, house, { identifier: "New.Person@Lantern.example", to: "new.person@lantern.example" });
      await finishAccount(page, { name: "Mail Person", password });
      await atHome("Mail Person");
      await context.clearCookies();
      await page.goto(`${house.issuer}/signin`);
      await signInByPassword(page, { identifier: "new.person@lantern.example", password });
      await atHome("Mail Person");
    });

    inNewBrowser("the sign-up page creates an account", async () => {
      await page.locator('a[href^="/signup"]').first().click();
      await page.locator("#name").fill("Sign Up");
      await page.locator("#terms").check();
      const seen = (await house.messages()).length;
      await answer(page, "identifier", "signup@lantern.example");
      await asked(page, "code");
      await answer(page, "code", await house.nextCode("signup@lantern.example", seen));
      await finishAccount(page, { name: "Sign Up" });
      await atHome("Sign Up");
    });

    inNewBrowser("by password: e-mail address and account ID", async () => {
      const person = house.addAccount({ name: "Pass Word", email: "pass@lantern.example", password });
      for (const identifier of [person.email, person.accountId]) {
        await context.clearCookies();
        await page.goto(`${house.issuer}/signin`);
        await signInByPassword(page, { identifier, password });
        await atHome("Pass Word");
      }
    });

    inNewBrowser("by code: account ID, without showing where the code goes", async () => {
      const person = house.addAccount({ name: "Secret Address", email: "secret@lantern.example", password });
      const seen = (await house.messages()).length;
      await answer(page, "identifier", person.accountId);
      await page.waitForURL(/\/signin\/password\?/);
      await page.locator('form[action="/signin/code/send"] button:not([name="channel"])').click();
      await asked(page, "code");
      assert.doesNotMatch(await page.content(), /lantern|secret@|s•/);
      await answer(page, "code", await house.nextCode(person.email, seen));
      await atHome("Secret Address");
    });

    inNewBrowser("a wrong password is told at its field, and the address stays", async () => {
      const person = house.addAccount({ name: "Wrong Word", email: "wrong@lantern.example", password });
      await signInByPassword(page, { identifier: person.email, password: "not this one" });
      await page.locator('input[name="password"][aria-invalid="true"]').waitFor();
      assert.equal(await page.locator('input[name="password"]').inputValue(), "");
      await answer(page, "password", password);
      await atHome("Wrong Word");
    });

    inNewBrowser("a wrong code is told at its field", async () => {
      const person = house.addAccount({ name: "Wrong Code", phone: "+436605554418", password });
      await answer(page, "identifier", person.phone);
      await page.waitForURL(/\/signin\/(password|code)\?/);
      const seen = (await house.messages()).length;
      await page.locator('form[action="/signin/code/send"] button:not([name="channel"])').click();
      await asked(page, "code");
      const code = await house.nextCode(person.phone, seen);
      await answer(page, "code", code === "000000" ? "000001" : "000000");
      await page.locator('input[name="code"][aria-invalid="true"]').waitFor();
      await answer(page, "code", code);
      await atHome("Wrong Code");
    });
  });
}
