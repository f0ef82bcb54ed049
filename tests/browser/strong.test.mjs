// One account made strong, as its person walks it: begun with a code, given a passkey, the passkey lost with its phone, got back
// after the wait, given two steps, a second browser approved from the phone, and a passkey of the new phone at the end. Once on a
// phone in English and once on a desk in Chinese; every page on the way is inspected in both sizes and both themes.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startHouse, until } from "../house/house.mjs";
import { keepsPasskeys, shownAt } from "./authenticators.mjs";
import { launch, openBrowser } from "./chromium.mjs";
import { inspect } from "./inspection.mjs";
import { answer, asked, askElsewhere, finishAccount, signInByCode, signInByPassword } from "./person.mjs";

const name = "Mina Aziz";
const phone = "+436605554417";
const password = "seventeen green umbrellas";
const hour = 3600;
const passkeys = "/account/security/passkeys";
const twoStep = "/account/security/two-step";

const views = [
  { locale: "en", colorScheme: "light", viewport: { width: 390, height: 844 }, strong: "Protection: strong" },
  { locale: "zh-CN", colorScheme: "dark", viewport: { width: 1280, height: 900 }, strong: "保护程度：强" },
];

for (const { strong, ...view } of views) {
  describe(`strong sign-in at ${view.viewport.width} px, ${view.colorScheme}, ${view.locale}`, () => {
    let house;
    let chromium;
    let page;
    let device;
    let key;

    before(async () => {
      house = await startHouse();
      chromium = await launch();
      page = await newPage();
    });
    after(async () => {
      await chromium?.close();
      await house?.stop();
    });

    const newPage = async () => (await openBrowser(chromium, view)).newPage();
    const open = (path, on = page) => on.goto(`${house.issuer}${path}`);
    const home = (on = page) => on.waitForURL(`${house.issuer}/account`);
    const link = (path) => page.locator(`main a[href^="${path}"]`).first();
    const button = (action) => page.locator(`main form[action^="${action}"] button[type="submit"]`).first();
    const look = (shown, on = page) => inspect(on, `strong-${view.locale}-${shown}`);
    const said = (on = page) => on.getByRole("status").waitFor();

    async function signOut() {
      await page.locator('form[action="/account/signout"] button').click();
      await page.waitForURL(/\/logout\/done/);
    }

    /** Makes a passkey on the page that offers to. */
    async function makePasskey() {
      await device.touch();
      await button(`${passkeys}/add`).click();
      await said();
      await device.touch(false);
    }

    /** From the password page to what follows from a code to the phone, for somebody who wants back in. */
    async function proveThePhone(shown) {
      await house.advance(60);
      const seen = (await house.messages()).length;
      await page.locator('button[name="channel"][value="sms"]').click();
      await asked(page, "code");
      await look(`${shown}-code`);
      await answer(page, "code", await house.nextCode(phone, seen));
      await page.waitForURL(/\/signin\/recovery\/password/);
    }

    /** A code of the app that was not used yet. */
    async function nextAppCode() {
      await house.advance(30);
      return shownAt(key, house.now());
    }

    test("begins with a code", async () => {
      await open("/signin");
      await signInByCode(page, house, { identifier: phone });
      await finishAccount(page, { name });
      await home();
      await look("home-weak");
    });

    test("gets a passkey", async () => {
      device = await keepsPasskeys(page);
      await link(passkeys).click();
      await look("passkeys-none");
      await link(`${passkeys}/add`).click();
      await look("passkey-add");
      await makePasskey();
      await look("passkeys-added");
    });

    test("is opened by the passkey: by the button, and from the field", async () => {
      await signOut();
      await look("signed-out");
      await open("/signin");
      await look("signin");
      await device.touch();
      await button("/signin/passkey").click();
      await home();
      await device.touch(false);
      await signOut();
      await device.touch();
      await page.goto(`${house.issuer}/signin`, { waitUntil: "commit" });
      await home();
    });

    test("loses the passkey with its phone; a text message lets its person in, but takes no passkey away", async () => {
      await page.context().close();
      await house.advance(30 * 24 * hour);
      page = await newPage();
      await open(passkeys);
      await page.waitForURL(/\/signin/);
      await signInByCode(page, house, { identifier: phone });
      await page.waitForURL(`${house.issuer}${passkeys}`);
      await look("passkeys-old");
      await page.locator("main a.button-loss").click();
      await look("passkey-remove-refused");
      await link("/signin/again").click();
      await look("again");
    });

    test("is got back, after a wait", async () => {
      await link("/signin/recovery").click();
      await look("recovery");
      await proveThePhone("recovery");
      await look("recovery-more");
      await button("/signin/recovery/wait").click();
      await look("recovery-waits");
      const begun = await until("the wait to be told", async () => (await house.messages()).find((one) => one.text.includes("/account/changes/")));
      const other = await newPage();
      await other.goto(begun.text.match(/http\S+\/account\/changes\/[\w-]+/)[0]);
      await look("recovery-stop", other);
      await other.context().close();
      const seen = (await house.messages()).length;
      await house.advance(72 * hour);
      await until("the end of the wait to be told", async () => (await house.messages()).length > seen);
    });

    test("gets a new password, and the lost passkey goes", async () => {
      await page.context().clearCookies();
      await open("/signin");
      await answer(page, "identifier", phone);
      await look("password");
      await link("/signin/forgot").click();
      await look("forgot");
      await proveThePhone("forgot");
      await page.locator('input[name="foreign"]').check();
      await look("recovery-password");
      await answer(page, "password", password);
      await home();
      await look("home-back");
    });

    test("gets an authenticator app, and with it two steps", async () => {
      await link(twoStep).click();
      await look("two-step-none");
      await link("/account/security/totp").click();
      await look("totp");
      await page.locator("details.more summary").click();
      key = await page.locator("p.secret").innerText();
      await look("totp-typed");
      await answer(page, "code", shownAt(key, house.now()));
      await page.locator(".recovery-codes").waitFor();
      assert.equal(await page.locator(".recovery-codes li").count(), 10);
      await look("recovery-codes");
      await page.locator("main a.button-filled").click();
      await page.waitForURL(`${house.issuer}${twoStep}`);
      assert.equal(await page.locator(".recovery-codes").count(), 0, "they are shown once");
      await look("two-step-on");
    });

    test("is opened in a new browser by two steps", async () => {
      const laptop = await newPage();
      await open("/signin", laptop);
      await signInByPassword(laptop, { identifier: phone, password });
      await asked(laptop, "code");
      await look("second", laptop);
      await answer(laptop, "code", await nextAppCode());
      await home(laptop);
      await laptop.context().close();
    });

    test("is opened in another browser by the phone's word", async () => {
      const laptop = await newPage();
      await open("/signin", laptop);
      const { path, number } = await askElsewhere(laptop);
      await look("elsewhere", laptop);
      await open(path);
      await look("approve");
      await page.locator(`button[name="number"][value="${number}"]`).click();
      await page.waitForLoadState();
      await look("approve-done");
      await laptop.locator('form[action="/signin/elsewhere/take"]').waitFor({ timeout: 20_000 });
      await look("elsewhere-approved", laptop);
      await laptop.locator('form[action="/signin/elsewhere/take"] button').click();
      await home(laptop);
      await laptop.context().close();
    });

    test("is strong at the end, with a passkey of the new phone", async () => {
      device = await keepsPasskeys(page);
      await open(`${passkeys}/add`);
      await makePasskey();
      await open("/account/security");
      await page.getByRole("heading", { name: strong }).waitFor();
      await look("security-strong");
    });
  });
}
