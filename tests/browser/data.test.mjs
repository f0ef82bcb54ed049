// The end of an account as a person walks it: a copy of the data, a deletion that is turned back by signing in, and one that is
// carried out, of which the three apps are told and which they confirm.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { startHouse, until } from "../house/house.mjs";
import { launch, openBrowser } from "./chromium.mjs";
import { inspect } from "./inspection.mjs";
import { answer, decide, pressSignIn, signedInAs, signedOut, signInByPassword, signInLink, signOutButton, writeNote } from "./person.mjs";

const name = "Mina Aziz";
const password = "correct horse battery staple";
const email = "mina@lantern.example";

/** The account ID as the page shows it: in groups of four. */
const grouped = (accountId) => accountId.replace(/(\d{4})(?=\d)/g, "$1 ");

for (const javaScriptEnabled of [true, false]) {
  const inspected = javaScriptEnabled ? inspect : async () => {};

  describe(`a person's data ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => {
    let house;
    let chromium;
    let person;

    before(async () => {
      house = await startHouse({ withApps: true });
      chromium = await launch();
      person = house.addAccount({ name, email, password });
    });
    after(async () => {
      await chromium?.close();
      await house?.stop();
    });

    async function signIn(page) {
      await page.goto(`${house.issuer}/account`);
      await page.waitForURL(/\/signin/);
      await signInByPassword(page, { identifier: email, password });
    }

    const walk = (title, steps) =>
      test(title, async () => {
        const context = await openBrowser(chromium, { javaScriptEnabled });
        try {
          await steps(await context.newPage());
        } finally {
          await context.close();
        }
      });

    walk("a copy is made, announced and downloaded", async (page) => {
      await signIn(page);
      await page.getByRole("link", { name: "Your data" }).click();
      await inspected(page, "data");
      const seen = (await house.messages()).length;
      await page.getByRole("button", { name: "Make a copy" }).click();
      await page.getByRole("status").waitFor();
      const told = await until("the announcement", async () =>
        (await house.messages()).slice(seen).find((one) => one.to === email && one.text.includes("Your data are ready")),
      );
      await page.goto(/http\S+\/account\/data/.exec(told.text)[0]);
      await page.getByRole("button", { name: "Download the copy" }).waitFor();
      await inspected(page, "data-ready");
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Download the copy" }).click(),
      ]);
      assert.equal(download.suggestedFilename(), "account-data.zip");
      const zip = await readFile(await download.path());
      assert.equal(zip.subarray(0, 2).toString(), "PK");
      for (const file of ["account.json", "activity.json", "schema/account.schema.json"]) assert.ok(zip.includes(file), file);
    });

    walk("a deletion is meant, or nothing happens", async (page) => {
      await signIn(page);
      await page.goto(`${house.issuer}/account/data`);
      await page.getByRole("link", { name: "Delete my account" }).click();
      await page.getByRole("heading", { name: "Delete your account" }).waitFor();
      await inspected(page, "delete");
      await page.getByRole("button", { name: "Delete my account" }).click();
      await page.getByText("Tick this first").first().waitFor();
      await page.getByText("That is not the ID of this account").first().waitFor();
      await inspected(page, "delete-faults");
      await page.getByRole("link", { name: "Keep my account" }).click();
      assert.equal(await page.locator("h1").innerText(), name);
    });

    walk("a deletion closes the account, and signing in keeps it", async (page) => {
      const { notes } = house.apps;
      await pressSignIn(page, notes);
      await signInByPassword(page, { identifier: email, password });
      await decide(page, "allow");
      await signedInAs(page, notes, name);
      await page.goto(`${house.issuer}/account/delete`);
      assert.match(await page.locator("main").innerText(), /Notes\s+Is told to erase what it keeps of you/);
      await page.locator("#understood").check();
      await page.locator("#account_id").fill(grouped(person.accountId));
      await page.getByRole("button", { name: "Delete my account" }).click();
      await page.getByRole("heading", { name: "Your account is closed" }).waitFor();
      await inspected(page, "deleted-waiting");
      await until("notes to hear of it", async () => {
        await page.goto(notes);
        return (await signOutButton(page).count()) === 0;
      });
      await signIn(page);
      await page.getByRole("heading", { name: "Your account is going to be deleted" }).waitFor();
      await inspected(page, "keep");
      await page.getByRole("button", { name: "Keep my account" }).click();
      await page.waitForURL(`${house.issuer}/account`);
      assert.equal(await page.locator("h1").innerText(), name);
      for (const words of ["Sign in before then to keep it", "your account will not be deleted"]) {
        await until(`a notice that says: ${words}`, async () =>
          (await house.messages()).some((one) => one.to === email && one.text.includes(words)),
        );
      }
      await page.goto(notes);
      await signInLink(page).waitFor();
    });
  });

  describe(`the end of an account ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => {
    let house;
    let chromium;
    let person;

    before(async () => {
      house = await startHouse({ withApps: true, extra: "[account]\ndeletion_days = 0\n" });
      chromium = await launch();
      person = house.addAccount({ name, email, password });
    });
    after(async () => {
      await chromium?.close();
      await house?.stop();
    });

    test("the three apps erase what they keep, confirm it, and the person hears of that", async () => {
      const context = await openBrowser(chromium, { javaScriptEnabled });
      const page = await context.newPage();
      const { cloud, community, notes } = house.apps;
      try {
        await pressSignIn(page, notes);
        await signInByPassword(page, { identifier: email, password });
        await decide(page, "allow");
        await signedInAs(page, notes, name);
        await writeNote(page, notes, "Camping");
        for (const app of [cloud, community]) {
          await page.goto(app);
          if (await signInLink(page).isVisible()) await signInLink(page).click();
          await decide(page, "allow");
          await signedInAs(page, app, name);
        }
        await page.goto(cloud);
        await page.locator("#file").setInputFiles({ name: "packing list.txt", mimeType: "text/plain", buffer: Buffer.from("tent, lamp, tea") });
        await page.getByRole("button", { name: "Upload" }).click();
        await page.getByText("packing list.txt").first().waitFor();
        await page.goto(community);
        await page.locator("#body").fill("Who comes camping?");
        await page.getByRole("button", { name: "Post", exact: true }).click();
        await page.getByText("Who comes camping?").first().waitFor();

        await page.goto(`${house.issuer}/account/delete`);
        const lost = await page.locator("main").innerText();
        for (const app of ["Notes", "Cloud", "Community"]) assert.match(lost, new RegExp(`${app}\\s+Is told to erase`));
        assert.match(lost, /deleted at once/);
        await inspected(page, "delete-at-once");
        await page.locator("#understood").check();
        await page.locator("#account_id").fill(person.accountId);
        await page.getByRole("button", { name: "Delete my account" }).click();
        await page.getByRole("heading", { name: "Your account is deleted" }).waitFor();
        await inspected(page, "deleted");

        for (const app of [cloud, community, notes]) {
          await until(`${app} to have erased it`, async () => {
            await page.goto(`${app}/erased`);
            return (await page.getByText("1 thing erased, and confirmed").count()) === 1;
          });
          await signedOut(page, app);
        }
        await house.advance(90);
        const last = await until("the last message", async () =>
          (await house.messages()).find((one) => one.to === email && one.text.includes("Your account and everything in it is deleted")),
        );
        for (const app of ["Notes", "Cloud", "Community"]) assert.match(last.text, new RegExp(`${app}: Has erased what it kept of you`));

        // Nobody is there any more; whoever comes next is somebody else.
        await page.goto(`${house.issuer}/signin`);
        await signInByPassword(page, { identifier: email, password });
        await page.locator("#password-fault").waitFor();
        await page.goto(`${house.issuer}/signin`);
        await answer(page, "identifier", person.accountId);
        await answer(page, "password", password);
        await page.locator("#password-fault").waitFor();
      } finally {
        await context.close();
      }
    });
  });
}
