// One account, three apps: single sign-on, sign-out everywhere in one browser, consent, and a file from cloud in notes.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startHouse, until } from "../house/house.mjs";
import { launch, openBrowser } from "./chromium.mjs";
import {
  askForCloud,
  decide,
  finishAccount,
  pressSignIn,
  signedInAs,
  signedOut,
  signInByCode,
  signInByPassword,
  signInLink,
  signOutButton,
  writeNote,
} from "./person.mjs";

const name = "Mina Aziz";
const password = "correct horse battery staple";
let house;
let chromium;
let person;

/** Signs in at an app through Keyhouse, consenting where asked. */
async function enter(page, app, who) {
  await pressSignIn(page, app);
  await signInByPassword(page, { identifier: who.accountId, password });
  await page.locator('button[name="decision"][value="allow"]').waitFor();
  await decide(page, "allow");
  await signedInAs(page, app, who.name);
}

/** Opens another app in the same browser: signed in at once, or after consent alone. */
async function enterSilently(page, app) {
  await page.goto(app);
  await signOutButton(page).or(signInLink(page)).waitFor();
  if (await signInLink(page).isVisible()) {
    await signInLink(page).click();
    await decide(page, "allow");
  }
  await signedInAs(page, app, name);
}

for (const javaScriptEnabled of [true, false]) {
  describe(`the flagship apps ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => {
    before(async () => {
      house = await startHouse({ withApps: true });
      chromium = await launch();
      person = house.addAccount({ name, email: "mina@lantern.example", password });
    });
    after(async () => {
      await chromium?.close();
      await house?.stop();
    });
    const walk = (title, steps) =>
      test(title, async () => {
        const context = await openBrowser(chromium, { javaScriptEnabled });
        try {
          await steps(await context.newPage(), context);
        } finally {
          await context.close();
        }
      });

    walk("from notes: create an account by a code, consent, and be back by name", async (page) => {
      await pressSignIn(page, house.apps.notes);
      await signInByCode(page, house, { identifier: "+436605554419" });
      await finishAccount(page, { name: "New Person" });
      await page.locator('button[name="decision"][value="allow"]').waitFor();
      assert.match(await page.locator("h1").innerText(), /Notes/);
      await decide(page, "allow");
      await signedInAs(page, house.apps.notes, "New Person");
    });

    walk("no is an answer: the app is told politely", async (page) => {
      const other = house.addAccount({ name: "Nay Sayer", email: "nay@lantern.example", password });
      await pressSignIn(page, house.apps.community);
      await signInByPassword(page, { identifier: other.accountId, password });
      await decide(page, "deny");
      await page.waitForURL((url) => url.origin === house.apps.community);
      await signInLink(page).waitFor();
    });

    walk("signed in once, everywhere; signed out once, everywhere in this browser only", async (page) => {
      const { notes, cloud, community } = house.apps;
      await enter(page, notes, person);
      for (const app of [cloud, community]) await enterSilently(page, app);

      const elsewhere = await openBrowser(chromium, { javaScriptEnabled });
      try {
        const other = await elsewhere.newPage();
        await pressSignIn(other, notes);
        await signInByPassword(other, { identifier: person.accountId, password });
        await signedInAs(other, notes, name);
        for (const app of [cloud, community]) {
          await other.goto(app);
          await signedInAs(other, app, name);
        }

        await page.goto(cloud);
        await signOutButton(page).click();
        await page.waitForURL(`${cloud}/signed-out*`);
        for (const app of [notes, community]) {
          await until(`${app} to hear of the sign-out`, async () => {
            await page.goto(app);
            return (await signOutButton(page).count()) === 0;
          });
          await signedOut(page, app);
        }
        await page.goto(`${house.issuer}/account`);
        await page.waitForURL(/\/signin/);

        for (const app of [notes, cloud, community]) {
          await other.goto(app);
          await signedInAs(other, app, name);
        }
      } finally {
        await elsewhere.close();
      }
    });

    walk("notes attaches a file from cloud after its own consent", async (page) => {
      const { notes, cloud } = house.apps;
      await pressSignIn(page, cloud);
      await signInByPassword(page, { identifier: person.accountId, password });
      await signedInAs(page, cloud, name);
      await page.locator('input[type="file"]').setInputFiles({ name: "packing list.txt", mimeType: "text/plain", buffer: Buffer.from("tent, lamp, tea") });
      await page.locator('form:has(input[type="file"]) button[type="submit"]').click();
      await page.getByText("packing list.txt").first().waitFor();

      await page.goto(notes);
      await signedInAs(page, notes, name);
      await writeNote(page, notes, "Camping");
      await askForCloud(page);
      assert.match(await page.locator("main").innerText(), /See the files you keep in Cloud/);
      await decide(page, "allow");
      await page.getByRole("button", { name: "Attach packing list.txt" }).click();
      await page.getByRole("link", { name: "packing list.txt" }).waitFor();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("link", { name: "packing list.txt" }).click(),
      ]);
      assert.equal((await streamText(await download.createReadStream())).trim(), "tent, lamp, tea");
    });

    walk("cloud deletes a file once the person has signed in again", async (page) => {
      const { cloud } = house.apps;
      await house.advance(-400);
      try {
        await pressSignIn(page, cloud);
        await signInByPassword(page, { identifier: person.accountId, password });
        await signedInAs(page, cloud, name);
      } finally {
        await house.advance(400);
      }
      await page.goto(cloud);
      const row = page.locator("li", { hasText: "packing list.txt" });
      await row.getByRole("button", { name: "Delete" }).click();
      await page.waitForURL((url) => url.origin === house.issuer);
      await signInByPassword(page, { identifier: person.accountId, password });
      await page.getByRole("heading", { name: "Delete a file" }).waitFor();
      await page.getByRole("button", { name: "Delete packing list.txt" }).click();
      await page.getByText("The file is deleted.").waitFor();
      assert.equal(await page.getByText("packing list.txt").count(), 0);
    });
  });
}

async function streamText(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}
