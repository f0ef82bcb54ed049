// Every page, looked at: see inspection.mjs. The screenshots go to ./screenshots.

import { after, before, describe, test } from "node:test";
import { startHouse } from "../house/house.mjs";
import { launch, openBrowser } from "./chromium.mjs";
import { inspect } from "./inspection.mjs";
import { answer, askForCloud, asked, decide, finishAccount, pressSignIn, signedInAs, signInLink, writeNote } from "./person.mjs";

// With everything that an operator can show.
const brand = `[brand]
name = "Lantern"
support = "help@lantern.example"
help_url = "https://lantern.example/help"
terms_url = "https://lantern.example/terms"
terms_version = "2026-11"
privacy_url = "https://lantern.example/privacy"
`;
const password = "correct horse battery staple";

describe("every page", () => {
  let house;
  let chromium;
  let context;
  let page;
  let person;

  before(async () => {
    house = await startHouse({ withApps: true, extra: brand });
    chromium = await launch();
    person = house.addAccount({ name: "Mina Aziz", email: "mina@lantern.example", password });
    context = await openBrowser(chromium);
    page = await context.newPage();
  });
  after(async () => {
    await chromium?.close();
    await house?.stop();
  });

  /** One page a test: `steps` lead to it from wherever the one before left off. */
  const look = (name, steps) =>
    test(name, async () => {
      await steps();
      await inspect(page, name);
    });
  const open = (path) => () => page.goto(`${house.issuer}${path}`);

  // Creating an account.
  look("sign-in", open("/signin"));
  look("sign-in-error", async () => {
    await answer(page, "identifier", "mina@lantern,example");
    await page.locator('input[name="identifier"][aria-invalid="true"]').waitFor();
  });
  look("sign-up", open("/signup"));
  look("sign-up-errors", async () => {
    await answer(page, "identifier", "");
    await page.locator('input[name="identifier"][aria-invalid="true"]').waitFor();
  });
  look("code", async () => {
    await page.goto(`${house.issuer}/signup`);
    await page.locator("#name").fill("Ada Brook");
    await page.locator("#terms").check();
    await answer(page, "identifier", "+436605554417");
    await asked(page, "code");
  });
  look("code-error", async () => {
    await answer(page, "code", "12345");
    await page.locator('input[name="code"][aria-invalid="true"]').waitFor();
  });
  look("details", async () => {
    await answer(page, "code", await house.nextCode("+436605554417", 0));
    await page.waitForURL(/\/signup\/details/);
  });
  look("details-errors", async () => {
    await page.locator("#name").fill("");
    await page.locator("#password").fill("short");
    await page.locator('form[action="/signup/details"] button[type="submit"]').click();
    await page.locator('input[name="password"][aria-invalid="true"]').waitFor();
  });
  look("home-new-account", async () => {
    await finishAccount(page, { name: "Ada Brook" });
    await page.waitForURL(`${house.issuer}/account`);
  });
  look("accounts", open("/signin/accounts"));
  look("again", open("/signin/again?continue=%2Faccount"));
  look("apps-none", open("/account/apps"));
  look("signed-out", async () => {
    await page.locator('form[action="/account/signout"] button').click();
    await page.waitForURL((url) => url.pathname !== "/account/apps");
  });

  // Signing in at an app.
  look("notes-signed-out", async () => {
    await context.clearCookies();
    await page.goto(house.apps.notes);
    await signInLink(page).waitFor();
  });
  look("sign-in-app", async () => {
    await pressSignIn(page, house.apps.notes);
    await asked(page, "identifier");
  });
  look("password", async () => {
    await answer(page, "identifier", person.email);
    await asked(page, "password");
  });
  look("password-error", async () => {
    await answer(page, "password", "not this one");
    await page.locator('input[name="password"][aria-invalid="true"]').waitFor();
  });
  test("code-of-account-id", async () => {
    const own = await openBrowser(chromium);
    try {
      const aside = await own.newPage();
      await aside.goto(`${house.issuer}/signin`);
      await answer(aside, "identifier", person.accountId);
      await aside.waitForURL(/\/signin\/password\?/);
      await aside.locator('form[action="/signin/code/send"] button:not([name="channel"])').click();
      await asked(aside, "code");
      await inspect(aside, "code-of-account-id");
    } finally {
      await own.close();
    }
  });
  look("consent", async () => {
    await answer(page, "password", password);
    await page.locator('button[name="decision"][value="allow"]').waitFor();
  });
  look("notes", async () => {
    await decide(page, "allow");
    await signedInAs(page, house.apps.notes, person.name);
  });
  look("consent-cloud", async () => {
    await writeNote(page, house.apps.notes, "Camping");
    await askForCloud(page);
  });
  look("notes-attach", async () => {
    await decide(page, "allow");
    await page.waitForURL((url) => url.origin === house.apps.notes);
  });
  look("cloud", async () => {
    await pressSignIn(page, house.apps.cloud);
    await decide(page, "allow");
    await signedInAs(page, house.apps.cloud, person.name);
  });
  look("community", async () => {
    await pressSignIn(page, house.apps.community);
    await decide(page, "allow");
    await signedInAs(page, house.apps.community, person.name);
  });

  // The account centre.
  look("home", open("/account"));
  look("devices", open("/account/devices"));
  look("apps", open("/account/apps"));
  look("apps-remove", async () => {
    await page.locator('form[action="/account/apps/remove"] button').first().click();
    await page.locator('form[method="post"][action="/account/apps/remove"]').waitFor();
  });
  look("settings", open("/account/settings"));
  look("settings-zh", async () => {
    await page.locator('input[name="language"][value="zh-CN"]').check();
    await page.locator('form[action="/account/settings"] button[type="submit"]').click();
    await page.locator('html[lang="zh-CN"]').waitFor({ state: "attached" });
  });
  look("home-zh", open("/account"));

  // Sign-out, and what goes wrong.
  look("sign-out-question", open("/oauth/logout"));
  look("sign-out-done", async () => {
    await decide(page, "allow");
    await page.locator('a[href^="/signin"]').first().waitFor();
  });
  look("not-found", open("/no/such/page"));
  look("unknown-app", open("/oauth/authorize?response_type=code&client_id=nobody&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2F"));
  look("mailbox", open("/dev/mailbox"));
});
