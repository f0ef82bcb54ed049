// Text messages that are being misused: a browser works for one, and whoever runs no scripts gets the code by e-mail.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startHouse } from "../house/house.mjs";
import { launch, openBrowser } from "./chromium.mjs";
import { inspect } from "./inspection.mjs";
import { answer, asked } from "./person.mjs";

const password = "correct horse battery staple";
const phone = "+436605554417";

for (const javaScriptEnabled of [true, false]) {
  describe(`text messages that are misused, ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => {
    let house;
    let chromium;
    before(async () => {
      // As hard as it is shipped, and always.
      house = await startHouse({ extra: "[sms]\nproof_from_percent = 0\nproof_bits = 20\n" });
      chromium = await launch();
      house.addAccount({ name: "Mina Aziz", email: "mina@lantern.example", phone, password });
    });
    after(async () => {
      await chromium?.close();
      await house?.stop();
    });

    const walk = (title, steps) =>
      test(title, async () => {
        const context = await openBrowser(chromium, { javaScriptEnabled });
        try {
          await steps(await context.newPage());
        } finally {
          await context.close();
        }
      });

    async function askForText(page) {
      await page.goto(`${house.issuer}/signin`);
      await answer(page, "identifier", phone);
      await page.waitForURL(/\/signin\/password\?/);
      await page.locator('form[action="/signin/code/send"] button:not([name="channel"])').click();
    }

    if (javaScriptEnabled) {
      walk("the browser works, and the code comes by itself", async (page) => {
        const seen = (await house.messages()).length;
        await askForText(page);
        await asked(page, "code");
        await answer(page, "code", await house.nextCode(phone, seen));
        await page.waitForURL(`${house.issuer}/account`);
      });

      walk("while it works the page says so, and has nothing against it", async (page) => {
        await house.advance(120);
        // The answer does not arrive, and the page stays (RFC 9110, 204).
        const keep = (route) => (route.request().postData()?.includes("answer=") ? route.fulfill({ status: 204 }) : route.continue());
        await page.route("**/signin/code/send", keep);
        await askForText(page);
        await page.waitForURL(/\/signin\/code\/held\?/);
        const status = page.getByRole("status");
        assert.match(await status.innerText(), /Your browser is calculating/);
        assert.doesNotMatch(await status.innerText(), /runs no scripts/);
        await inspect(page);
      });

      walk("who goes back is not sent a second code for the same work", async (page) => {
        await house.advance(120);
        const seen = (await house.messages()).length;
        await askForText(page);
        await asked(page, "code");
        await house.nextCode(phone, seen);
        await page.goBack();
        await page.waitForURL(/\/signin\/(code|password)/);
        const codes = (await house.messages()).slice(seen).filter((one) => one.kind === "code");
        assert.equal(codes.length, 1);
      });
    } else {
      walk("the page says that it needs a script, and the code comes by e-mail", async (page) => {
        const seen = (await house.messages()).length;
        await askForText(page);
        await page.waitForURL(/\/signin\/code\/held\?/);
        assert.match(await page.locator("main").innerText(), /Your browser runs no scripts/);
        await page.locator('button[name="channel"][value="email"]').click();
        await asked(page, "code");
        await answer(page, "code", await house.nextCode("mina@lantern.example", seen));
        await page.waitForURL(`${house.issuer}/account`);
        const texts = (await house.messages()).slice(seen).filter((one) => one.kind === "code" && one.to === phone);
        assert.equal(texts.length, 0);
      });

      walk("a new account begins with an e-mail address instead", async (page) => {
        await page.goto(`${house.issuer}/signup`);
        await page.locator("#name").fill("Jonas Weber");
        await page.locator("#identifier").fill("+436605554418");
        const terms = page.locator("#terms");
        if (await terms.count()) await terms.check();
        await page.locator('form[action="/signup"] button[type="submit"]').click();
        await page.waitForURL(/\/signin\/code\/held\?/);
        await page.getByRole("link", { name: "Use an e-mail address" }).click();
        await page.waitForURL(/\/signup\?/);
        await page.locator("#identifier").waitFor();
      });
    }
  });
}
