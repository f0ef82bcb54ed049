// Signing in to one Keyhouse with another: connected, used, refused, taken away; and an account made by somebody who comes
// from there, on the way to an app.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { freePort, startHouse } from "../house/house.mjs";
import { launch, openBrowser } from "./chromium.mjs";
import { inspect } from "./inspection.mjs";
import { answer, asked, finishAccount, pressSignIn, signedInAs, signInByPassword } from "./person.mjs";

const name = "Mina Aziz";
const password = "correct horse battery staple";
const list = "/account/security/connected";

for (const javaScriptEnabled of [true, false]) {
  describe(`another provider ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => {
    let other;
    let house;
    let chromium;
    let person;
    let theirs;

    before(async () => {
      const port = await freePort();
      other = await startHouse();
      const client = other.addClient({
        name: "Keyhouse",
        "redirect-uri": `http://127.0.0.1:${port}/signin/upstream/lantern/callback`,
        grant: ["authorization_code"],
        scope: "openid email",
        "first-party": true,
      });
      const provider = `{ name = "lantern", label = "Lantern ID", issuer = ${JSON.stringify(other.issuer)}, client_id = ${JSON.stringify(client.client_id)}, client_secret = ${JSON.stringify(client.client_secret)}, scopes = ["email"] }`;
      const extra = `[upstream]\nproviders = [${provider}]\nprivate_addresses = true\n`;
      house = await startHouse({ withApps: true, host: "127.0.0.1", port, extra });
      chromium = await launch();
      person = house.addAccount({ name, email: "mina@lantern.example", password });
      theirs = other.addAccount({ name: "Mina Elsewhere", email: "mina@elsewhere.example", password });
      other.addAccount({ name: "Zoe", email: "zoe@elsewhere.example", password });
    });
    after(async () => {
      await chromium?.close();
      await house?.stop();
      await other?.stop();
    });

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
    const visit = (page, path) => page.goto(`${house.issuer}${path}`);
    const press = (page) => page.getByRole("button", { name: "Continue with Lantern ID" }).click();
    const there = (page) => page.waitForURL((url) => url.origin === other.issuer);
    const home = (page) => page.waitForURL(`${house.issuer}/account`);

    walk("somebody connects it and signs in with it, in another browser too", async (page) => {
      await visit(page, list);
      await signInByPassword(page, { identifier: person.email, password });
      await page.waitForURL(`${house.issuer}${list}`);
      await inspected(page, "connected-none");
      await page.getByRole("button", { name: "Connect Lantern ID" }).click();
      await there(page);
      await signInByPassword(page, { identifier: theirs.email, password });
      await page.waitForURL(/connected\/confirm/);
      await inspected(page, "connected-confirm");
      await page.getByRole("button", { name: "Connect", exact: true }).click();
      await page.getByText("It is connected").waitFor();
      await inspected(page, "connected");
      await visit(page, "/account");
      await page.locator('form[action="/account/signout"] button').first().click();
      await visit(page, "/signin");
      await inspected(page, "signin-upstream");
      // They are signed in there still: nothing is typed.
      await press(page);
      await home(page);
      assert.match(await page.locator("body").innerText(), /Mina Aziz/);
    });

    walk("an app waits at the door", async (page) => {
      await pressSignIn(page, house.apps.notes);
      await asked(page, "identifier");
      await press(page);
      await there(page);
      await signInByPassword(page, { identifier: theirs.email, password });
      const allow = page.locator('button[name="decision"][value="allow"]');
      await allow.click();
      await signedInAs(page, house.apps.notes, name);
    });

    walk("who is new makes an account, and comes to the app", async (page) => {
      await pressSignIn(page, house.apps.community);
      await asked(page, "identifier");
      await press(page);
      await there(page);
      await signInByPassword(page, { identifier: "zoe@elsewhere.example", password });
      await page.waitForURL(/\/signin\/unlinked/);
      await inspected(page, "upstream-unlinked");
      await page.getByRole("link", { name: "Create an account" }).click();
      await page.waitForURL(/\/signup/);
      const email = `zoe${javaScriptEnabled}@lantern.example`;
      await page.locator("#name").fill("Zoe");
      const terms = page.locator("#terms");
      if (await terms.count()) await terms.check();
      const seen = (await house.messages()).length;
      await answer(page, "identifier", email);
      await asked(page, "code");
      await answer(page, "code", await house.nextCode(email, seen));
      await finishAccount(page, { name: "Zoe" });
      await page.waitForURL(/connected\/confirm/);
      await page.getByRole("button", { name: "Connect", exact: true }).click();
      await page.locator('button[name="decision"][value="allow"]').click();
      await signedInAs(page, house.apps.community, "Zoe");
    });

    walk("who has it taken away is asked for a proof, and is not let in by it any more", async (page) => {
      await visit(page, "/signin");
      await press(page);
      await there(page);
      await signInByPassword(page, { identifier: theirs.email, password });
      await home(page);
      await visit(page, list);
      await page.getByRole("link", { name: "Disconnect" }).click();
      // That sign-in is no proof for it.
      await page.waitForURL(/\/signin\/again/);
      await answer(page, "password", password);
      await page.waitForURL(/\/remove$/);
      await inspected(page, "connected-remove");
      await page.getByRole("button", { name: "Disconnect" }).click();
      await page.getByText("It is disconnected").waitFor();
      await visit(page, "/account");
      await page.locator('form[action="/account/signout"] button').first().click();
      await visit(page, "/signin");
      await press(page);
      await page.waitForURL(/\/signin\/unlinked/);
    });

    walk("a provider that says no is a page with a way on", async (page) => {
      await visit(page, "/signin");
      await press(page);
      await there(page);
      const state = new URL(page.url());
      assert.equal(state.origin, other.issuer);
      await visit(page, "/signin/upstream/lantern/callback?error=access_denied&state=unknown");
      await page.getByRole("heading", { name: "Lantern ID did not sign you in" }).waitFor();
      await inspected(page, "upstream-failed");
      await page.getByRole("link", { name: "Go on" }).click();
      await asked(page, "identifier");
    });
  });
}
