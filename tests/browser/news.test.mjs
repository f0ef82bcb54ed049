// News and offers: read on the page, turned on and off by topic and channel, sent, and ended from the mail; and how a person is
// told what happens.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startHouse } from "../house/house.mjs";
import { launch, openBrowser } from "./chromium.mjs";
import { inspect } from "./inspection.mjs";
import { signInByPassword } from "./person.mjs";

const password = "correct horse battery staple";
const email = "mina@lantern.example";

for (const javaScriptEnabled of [true, false]) {
  describe(`news ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => {
    let house;
    let chromium;
    let accountId;
    let announcement;

    before(async () => {
      house = await startHouse();
      chromium = await launch();
      const addresses = ["--email", email, "--phone", "+436605554417"];
      const made = ["account", "create", "--json", "--name", "Mina Aziz", ...addresses, "--password-stdin"];
      accountId = house.command(made, `${password}\n`).account_id;
      announcement = house.command([
        "announce", "add", "--json", "--topic", "news", "--link", "https://lantern.example/folders",
        "--title", "en=Cloud shares folders", "--text", "en=Choose a folder.\n\nThen choose who may see it.",
        "--title", "zh-CN=云盘可以共享文件夹", "--text", "zh-CN=选择一个文件夹。",
      ]).id;
    });
    after(async () => {
      await chromium?.close();
      await house?.stop();
    });

    async function signedIn() {
      const context = await openBrowser(chromium, { javaScriptEnabled });
      const page = await context.newPage();
      await page.goto(`${house.issuer}/account/news`);
      await page.waitForURL(/\/signin/);
      await signInByPassword(page, { identifier: accountId, password });
      await page.waitForURL(`${house.issuer}/account/news`);
      return { context, page };
    }

    const inspected = javaScriptEnabled ? inspect : async () => {};
    const button = (page, topic, channel) =>
      page.locator(`form[action="/account/news/choose"]:has(input[name="topic"][value="${topic}"]):has(input[name="channel"][value="${channel}"]) button`);
    const news = async () => (await house.messages()).filter((one) => one.kind === "news");
    const send = () => house.command(["announce", "send", announcement, "--json"]);

    test("read, asked for, sent, ended from the mail", async () => {
      const { context, page } = await signedIn();
      try {
        const told = page.locator("article", { hasText: "Cloud shares folders" });
        assert.match(await told.innerText(), /New[\s\S]*Choose a folder\.[\s\S]*Then choose who may see it\./);
        assert.equal(await told.getByRole("link").getAttribute("href"), "https://lantern.example/folders");
        await inspected(page, "news");
        send();
        assert.deepEqual(await news(), [], "nobody has asked for anything");

        assert.equal(await page.locator("input[type=checkbox]").count(), 0, "nothing to be ticked, so nothing is");
        assert.equal(await button(page, "offers", "email").innerText(), "Turn on");
        await button(page, "news", "email").click();
        await page.getByRole("status").waitFor();
        assert.equal(await button(page, "news", "email").innerText(), "Turn off");
        assert.equal(await button(page, "news", "sms").innerText(), "Turn on");
        assert.equal(await told.getByText("New", { exact: true }).count(), 0, "it was seen");
        await inspected(page, "news-on");

        // The first sending was through before anybody asked; a new announcement goes out.
        announcement = house.command([
          "announce", "add", "--json", "--topic", "news",
          "--title", "en=Notes can be printed", "--text", "en=On paper.", "--title", "zh-CN=笔记可以打印", "--text", "zh-CN=用纸。",
        ]).id;
        assert.equal(send().channels.find((one) => one.channel === "email").sent, 1);
        assert.equal(send().channels.find((one) => one.channel === "email").sent, 1);
        const sent = await news();
        assert.deepEqual(sent.map((one) => one.to), [email]);
        const stop = /http:\/\/localhost:\d+\/news\/stop\/[\w-]+/.exec(sent[0].text)[0];

        // Somebody else's browser: the link needs no sign-in, and opening it ends nothing.
        const elsewhere = await openBrowser(chromium, { javaScriptEnabled });
        const mail = await elsewhere.newPage();
        await mail.goto(stop);
        assert.match(await mail.locator("h1").innerText(), /Stop “News”\?/);
        await inspected(mail, "news-stop");
        await page.reload();
        assert.equal(await button(page, "news", "email").innerText(), "Turn off");
        await mail.getByRole("button", { name: "Stop it" }).click();
        await mail.getByRole("heading", { name: "“News” is stopped" }).waitFor();
        await inspected(mail, "news-stopped");
        await elsewhere.close();
        await page.goto(`${house.issuer}/account/news`);
        assert.equal(await button(page, "news", "email").innerText(), "Turn on");

        // A mail program's own button.
        await button(page, "news", "email").click();
        await page.getByRole("status").waitFor();
        const headers = { "Content-Type": "application/x-www-form-urlencoded" };
        const done = await fetch(stop, { method: "POST", headers, body: "List-Unsubscribe=One-Click", redirect: "manual" });
        assert.equal(done.status, 200);
        await page.goto(`${house.issuer}/account/news`);
        assert.equal(await button(page, "news", "email").innerText(), "Turn on");
      } finally {
        await context.close();
      }
    });

    test("everything is turned off by one press", async () => {
      const { context, page } = await signedIn();
      try {
        for (const [topic, channel] of [["news", "sms"], ["offers", "email"]]) {
          await button(page, topic, channel).click();
          await page.getByRole("status").waitFor();
        }
        await page.getByRole("button", { name: "Turn everything off" }).click();
        await page.getByText("Everything is turned off").waitFor();
        for (const [topic, channel] of [["news", "sms"], ["offers", "email"]]) {
          assert.equal(await button(page, topic, channel).innerText(), "Turn on");
        }
      } finally {
        await context.close();
      }
    });

    test("how to be told of a new device", async () => {
      const { context, page } = await signedIn();
      try {
        await page.goto(`${house.issuer}/account/settings`);
        assert.ok(await page.locator("#new-device-every").isChecked());
        await page.locator("#new-device-email").check();
        await page.getByRole("button", { name: "Save how to tell me" }).click();
        await page.getByRole("status").waitFor();
        assert.ok(await page.locator("#new-device-email").isChecked());
        await inspected(page, "settings-notices");
      } finally {
        await context.close();
      }
    });
  });
}
