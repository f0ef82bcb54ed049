// One account from its first day to its last, as its person walks it on a phone: made by phone, a password, an e-mail address,
// a new number, a forgotten password, a lost phone, an app that goes, a copy of everything, and the end, which the three apps
// confirm. It begins four days ago, since nobody deletes an account while an old number can still bring a change back. Every page on the way is inspected on a phone's and a desk's width, in both themes.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { startHouse, until } from "../house/house.mjs";
import { launch, openBrowser } from "./chromium.mjs";
import { inspect } from "./inspection.mjs";
import { answer, asked, decide, finishAccount, pressSignIn, signedInAs, signedOut, signInByPassword, signInLink } from "./person.mjs";

const name = "Mina Aziz";
const phone = "+436605554417";
const newPhone = "+436605559120";
const email = "mina@lantern.example";
const password = "correct horse battery staple";
const next = "seventeen green umbrellas";
const iPhone =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1";

describe("the life of an account", () => {
  let house;
  let chromium;
  let context;
  let page;
  let ahead = 0;

  before(async () => {
    house = await startHouse({ withApps: true, extra: "[account]\ndeletion_days = 0\n" });
    await pass(-4 * 24 * 60 * 60);
    chromium = await launch();
    context = await openBrowser(chromium);
    page = await context.newPage();
  });
  after(async () => {
    await chromium?.close();
    await house?.stop();
  });

  async function pass(seconds) {
    ahead += seconds;
    await house.advance(seconds);
  }

  const open = (path) => page.goto(`${house.issuer}${path}`);
  const row = (shown) => page.locator("main li", { hasText: shown });
  const told = (to, words) =>
    until(`${to} to be told: ${words}`, async () => (await house.messages()).find((one) => one.to === to && one.text.includes(words)));

  /** Asks for a code by `ask`, and types it. */
  async function byCode(to, ask) {
    const seen = (await house.messages()).length;
    await ask();
    await asked(page, "code");
    await inspect(page, "life-code");
    await answer(page, "code", await house.nextCode(to, seen));
  }

  test("begins with a phone number", async () => {
    await open("/signup");
    await inspect(page, "life-signup");
    await page.locator("#name").fill(name);
    await page.locator("#identifier").fill(phone);
    const terms = page.locator("#terms");
    if (await terms.count()) await terms.check();
    const seen = (await house.messages()).length;
    await page.locator('form[action="/signup"] button[type="submit"]').click();
    await asked(page, "code");
    await answer(page, "code", await house.nextCode(phone, seen));
    await finishAccount(page, { name });
    await page.waitForURL(`${house.issuer}/account`);
    await inspect(page, "life-home-first");
  });

  test("gets a password and an e-mail address", async () => {
    await open("/account/security/password");
    await inspect(page, "life-password");
    await page.locator("#password-new").fill(password);
    await page.locator('form[action="/account/security/password"] button[type="submit"]').click();
    await page.getByRole("status").waitFor();
    await told(phone, "password");
    await open("/account/security/add");
    await inspect(page, "life-add");
    await byCode(email, () => answer(page, "identifier", email));
    await page.getByRole("status").waitFor();
    await row(email).waitFor();
    await inspect(page, "life-security");
  });

  test("gets a new number, of which the old one is told", async () => {
    await open("/account/security");
    await row("+43 660 5554417").getByRole("link", { name: /Change/ }).click();
    await inspect(page, "life-change");
    await byCode(newPhone, () => answer(page, "identifier", newPhone));
    await page.getByRole("status").waitFor();
    await row("+43 660 5559120").waitFor();
    const notice = await told(phone, "/account/changes/");
    const other = await (await openBrowser(chromium)).newPage();
    await other.goto(house.issuer + /\/account\/changes\/[\w-]+/.exec(notice.text)[0]);
    await inspect(other, "life-was-yours");
    await other.context().close();
  });

  test("is used with three apps", async () => {
    const { cloud, community, notes } = house.apps;
    await pass(-ahead);
    for (const app of [notes, cloud, community]) {
      await page.goto(app);
      if (await signInLink(page).isVisible()) await signInLink(page).click();
      await decide(page, "allow");
      await signedInAs(page, app, name);
    }
    await open("/account/apps");
    await inspect(page, "life-apps");
  });

  test("loses its password and finds a way back, which signs out everything else", async () => {
    const elsewhere = await openBrowser(chromium);
    page = await elsewhere.newPage();
    await open("/signin");
    await answer(page, "identifier", email);
    await page.getByRole("link", { name: "Forgot your password?" }).click();
    await inspect(page, "life-forgot");
    await byCode(email, () => page.locator('button[name="channel"][value="email"]').click());
    await page.waitForURL(/\/signin\/recovery\/password/);
    await inspect(page, "life-recovery");
    await answer(page, "password", next);
    await page.waitForURL(`${house.issuer}/account`);
    const before = await (context.pages()[0] ?? (await context.newPage()));
    await before.goto(`${house.issuer}/account`);
    await before.waitForURL(/\/signin/);
    await context.close();
    context = elsewhere;
  });

  test("loses a phone, and signs it out by the link in the notice", async () => {
    const { notes } = house.apps;
    const lost = await openBrowser(chromium, { userAgent: iPhone });
    const onIt = await lost.newPage();
    await pressSignIn(onIt, notes);
    await signInByPassword(onIt, { identifier: email, password: next });
    await signedInAs(onIt, notes, name);
    const notice = await told(email, "Safari on iPhone");
    await page.goto(/http\S+\/account\/devices\b/.exec(notice.text)[0]);
    await inspect(page, "life-devices");
    await page.getByRole("link", { name: "Safari on iPhone" }).click();
    await inspect(page, "life-device");
    await page.locator('form[action="/account/devices/end"] button').click();
    await page.getByRole("status").waitFor();
    await until("notes to hear of it", async () => {
      await onIt.goto(notes);
      return signInLink(onIt).isVisible();
    });
    await onIt.goto(`${house.issuer}/account`);
    await onIt.waitForURL(/\/signin/);
    await lost.close();
  });

  test("lets an app go", async () => {
    const { notes } = house.apps;
    // It asks silently, and the running sign-in answers.
    await page.goto(notes);
    await signedInAs(page, notes, name);
    await open("/account/apps");
    await page.getByRole("link", { name: /Notes/ }).first().click();
    await inspect(page, "life-app");
    await page.locator('form[action="/account/apps/remove"] button').click();
    await page.waitForURL(/\/account\/apps\/remove/);
    await inspect(page, "life-app-remove");
    await page.locator('form[action="/account/apps/remove"] button').click();
    await page.waitForURL(/\/account\/apps(\?|$)/);
    await until("notes to hear of it", async () => {
      await page.goto(notes);
      return signInLink(page).isVisible();
    });
    await open("/account/activity");
    await inspect(page, "life-activity");
    const happened = await page.locator("main").innerText();
    for (const words of ["Notes", "iPhone"]) assert.match(happened, new RegExp(words));
  });

  test("takes its data along", async () => {
    await open("/account/data");
    await inspect(page, "life-data");
    await page.getByRole("button", { name: "Make a copy" }).click();
    await page.getByRole("status").waitFor();
    await told(email, "Your data are ready");
    await open("/account/data");
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download the copy" }).click()]);
    assert.equal((await readFile(await download.path())).subarray(0, 2).toString(), "PK");
  });

  test("ends, and the three apps confirm that they have erased it", async () => {
    const { cloud, community, notes } = house.apps;
    await open("/account");
    const shown = await page.locator("body").innerText();
    const accountId = /\d{4}[\s\u00a0\u202f]\d{4}[\s\u00a0\u202f]\d{4}/.exec(shown)[0];
    await open("/account/delete");
    await inspect(page, "life-delete");
    await page.locator("#understood").check();
    await page.locator("#account_id").fill(accountId);
    await page.getByRole("button", { name: "Delete my account" }).click();
    await page.getByRole("heading", { name: "Your account is deleted" }).waitFor();
    await inspect(page, "life-deleted");
    for (const app of [cloud, community, notes]) {
      await until(`${app} to have erased it`, async () => {
        await page.goto(`${app}/erased`);
        return (await page.getByText(/erased, and confirmed/).count()) === 1;
      });
      await signedOut(page, app);
    }
    await pass(90);
    const last = await told(email, "Your account and everything in it is deleted");
    for (const app of ["Notes", "Cloud", "Community"]) assert.match(last.text, new RegExp(`${app}: Has erased what it kept of you`));
    await open("/signin");
    await signInByPassword(page, { identifier: email, password: next });
    await page.locator("#password-fault").waitFor();
    await context.close();
  });
});
