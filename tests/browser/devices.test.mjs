// Where the account is used, what happened to it, which apps may use it, and what support does: as the person it belongs to meets it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { startHouse, until } from "../house/house.mjs";
import { launch, openBrowser } from "./chromium.mjs";
import { inspect } from "./inspection.mjs";
import { answer, asked, decide, pressSignIn, signedInAs, signedOut, signInByPassword } from "./person.mjs";

const name = "Mina Aziz";
const email = "mina@lantern.example";
const password = "correct horse battery staple";
const iPhone =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1";

for (const javaScriptEnabled of [true, false]) {
  describe(`devices, activity and apps ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => {
    let house;
    let chromium;
    let person;
    let desk;
    let page;

    before(async () => {
      house = await startHouse({ withApps: true });
      chromium = await launch();
      person = house.addAccount({ name, email, password });
    });
    after(async () => {
      await chromium?.close();
      await house?.stop();
    });

    /** axe needs a page's own scripts to end; what they change is small, and the same pages are inspected with them. */
    const inspected = javaScriptEnabled ? inspect : async () => {};
    const button = (action) => page.locator(`form[action="${action}"] button`);

    /** A browser that goes to a path of Keyhouse and signs in on the way. */
    async function signedIn(path = "/account", options = {}) {
      const context = await openBrowser(chromium, { javaScriptEnabled, ...options });
      const opened = await context.newPage();
      await opened.goto(`${house.issuer}${path}`);
      await signInByPassword(opened, { identifier: person.accountId, password });
      await opened.waitForURL(`${house.issuer}${path}`);
      return { context, page: opened };
    }

    const walk = (title, steps) =>
      test(title, async () => {
        desk = await signedIn();
        page = desk.page;
        try {
          await steps();
        } finally {
          await desk.context.close();
        }
      });

    walk("a lost phone: the notice leads to its page, and its app is signed out with it", async () => {
      const { notes } = house.apps;
      const seen = (await house.messages()).length;
      const phone = await signedIn("/account", { userAgent: iPhone });
      try {
        await pressSignIn(phone.page, notes);
        await decide(phone.page, "allow");
        await signedInAs(phone.page, notes, name);
        const told = await until("a notice", async () =>
          (await house.messages()).slice(seen).find((message) => message.to === email && message.text.includes("Safari on iPhone")),
        );
        const link = /http\S+\/account\/devices\b/.exec(told.text)[0];

        // From the mail, in yet another browser: the link asks to sign in and goes on.
        const elsewhere = await signedIn(new URL(link).pathname);
        page = elsewhere.page;
        try {
          await inspected(page, "devices");
          await page.getByRole("link", { name: "Safari on iPhone" }).click();
          await page.locator("#name").fill("My phone");
          await page.locator('form[action="/account/devices/rename"] button').click();
          await page.getByRole("status").waitFor();
          assert.equal(await page.locator("h1").innerText(), "My phone");
          assert.match(await page.locator("main").innerText(), /Notes/);
          await inspected(page, "device");
          await button("/account/devices/end").click();
          await page.getByRole("status").waitFor();
          await phone.page.goto(`${house.issuer}/account`);
          await phone.page.waitForURL(/\/signin/);
          await until("notes to have heard of it", async () => {
            await phone.page.goto(notes);
            return phone.page.getByRole("link", { name: "Sign in", exact: true }).isVisible();
          });
          await signedOut(phone.page, notes);
          // Nobody is signed in there any more: it can be forgotten.
          await page.getByRole("link", { name: "My phone" }).click();
          await inspected(page, "device-signed-out");
          await button("/account/devices/forget").click();
          await page.getByRole("status").waitFor();
          assert.equal(await page.getByRole("link", { name: "My phone" }).count(), 0);
        } finally {
          await elsewhere.context.close();
        }
      } finally {
        await phone.context.close();
      }
    });

    walk("a name that is too long is said beside the field", async () => {
      await page.goto(`${house.issuer}/account/devices`);
      await page.locator(".row-title a").first().click();
      await page.locator("#name").fill("n".repeat(41));
      await page.locator('form[action="/account/devices/rename"] button').click();
      await page.locator("#name-fault").waitFor();
      assert.equal(await page.locator("#name").inputValue(), "n".repeat(41));
      assert.match(await page.title(), /^Error: /);
      await inspected(page, "device-fault");
    });

    walk("several devices are ticked and signed out at once", async () => {
      const others = [await signedIn(), await signedIn(), await signedIn()];
      try {
        await page.goto(`${house.issuer}/account/devices`);
        await page.locator("details.several summary").click();
        const boxes = page.locator('details.several input[type="checkbox"]');
        const all = await boxes.count();
        await boxes.nth(0).check();
        await boxes.nth(1).check();
        await inspected(page, "devices-several");
        await page.locator("details.several button").click();
        await page.getByRole("status").waitFor();
        // The last signed in are the first listed.
        for (const [index, other] of others.entries()) {
          await other.page.goto(`${house.issuer}/account`);
          if (index === 0) assert.equal(await other.page.locator("h1").innerText(), name);
          else await other.page.waitForURL(/\/signin/);
        }
        assert.equal(await page.locator('form[action="/account/devices/end"] .button-small').count(), all - 2);
        await button("/account/devices/end-others").click();
        await until("this one alone", async () => (await page.locator('form[action="/account/devices/end"]').count()) === 0);
      } finally {
        for (const other of others) await other.context.close();
      }
    });

    walk("activity: what happened, of one kind, and as a file", async () => {
      const stranger = await openBrowser(chromium, { javaScriptEnabled });
      const trying = await stranger.newPage();
      await trying.goto(`${house.issuer}/signin`);
      await answer(trying, "identifier", email);
      await asked(trying, "password");
      await answer(trying, "password", "not the password");
      await trying.locator("#password-fault").waitFor();
      await stranger.close();
      house.command(["account", "show", email, "--as", "alice", "--reason", "You asked us by phone"]);

      await until("both to be written down", async () => {
        await page.goto(`${house.issuer}/account/activity`);
        const text = await page.locator("main").innerText();
        return text.includes("Not let in") && text.includes("Support looked at the account");
      });
      const shown = await page.locator("main").innerText();
      for (const told of ["Signed in", "Reason: You asked us by phone", "127.0.0.1"]) assert.ok(shown.includes(told), `${told}: ${shown}`);
      assert.ok(!shown.includes("alice"), "who it was is the operator's affair");
      await inspected(page, "activity");
      await page.getByRole("link", { name: "Refused" }).click();
      await page.waitForURL(/topic=refusals/);
      assert.ok(!(await page.locator("main .rows").innerText()).includes("Support"));
      await inspected(page, "activity-refused");
      for (const [link, holds] of [["CSV", /^\ufeff"at","topic"[\s\S]*"refused"/], ["JSON", /^\[\n\{[\s\S]*"kind":"refused"/]]) {
        const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: link }).click()]);
        assert.match(download.suggestedFilename(), /^activity\.(csv|json)$/);
        assert.match(await readFile(await download.path(), "utf8"), holds);
      }
    });

    walk("apps: what one may do, from where, and its end", async () => {
      const { cloud } = house.apps;
      await pressSignIn(page, cloud);
      await decide(page, "allow");
      await signedInAs(page, cloud, name);
      await page.goto(`${house.issuer}/account/apps`);
      await page.getByRole("link", { name: "Cloud", exact: true }).click();
      await page.waitForURL(/\/account\/apps\/about\?client_id=/);
      const shown = await page.locator("main").innerText();
      for (const told of ["Lantern", "See your e-mail address", email, "This device", "5 more minutes"]) {
        assert.ok(shown.includes(told), `${told}: ${shown}`);
      }
      await inspected(page, "app");
      await page.locator('form[action="/account/apps/remove"] button').click();
      await page.locator('form[method="post"][action="/account/apps/remove"] button').click();
      await page.getByRole("status").waitFor();
      await until("cloud to have heard of it", async () => {
        await page.goto(cloud);
        return page.getByRole("link", { name: "Sign in", exact: true }).isVisible();
      });
      await page.goto(`${house.issuer}/account/activity?topic=apps`);
      assert.match(await page.locator("main .rows li").first().innerText(), /Cloud was disconnected/);
    });

    walk("a locked account says why, and opens again", async () => {
      house.command(["account", "lock", email, "--reason", "Somebody else uses it. Ask the front desk."]);
      await page.goto(`${house.issuer}/account`);
      await page.waitForURL(/\/signin/);
      await signInByPassword(page, { identifier: person.accountId, password });
      await page.getByText("Ask the front desk.").waitFor();
      await inspected(page, "locked");
      house.command(["account", "unlock", email]);
      await page.goto(`${house.issuer}/account`);
      await signInByPassword(page, { identifier: person.accountId, password });
      await page.waitForURL(`${house.issuer}/account`);
    });
  });
}
