// Passkeys in Chromium, with its virtual authenticator (the DevTools protocol's WebAuthn domain): offered, made, used from
// the field and by the button, told of what goes, and refused where they are not what they should be.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { startHouse, until } from "../house/house.mjs";
import { keepsPasskeys } from "./authenticators.mjs";
import { launch, openBrowser } from "./chromium.mjs";
import { inspect } from "./inspection.mjs";
import { answer, asked, signInByCode, signInByPassword } from "./person.mjs";

const name = "Mina Aziz";
const password = "correct horse battery staple";
const list = "/account/security/passkeys";

describe("passkeys", () => {
  let house;
  let chromium;
  let person;
  let count = 0;

  before(async () => {
    house = await startHouse();
    chromium = await launch();
  });
  after(async () => {
    await chromium?.close();
    await house?.stop();
  });

  /** A browser on a device that keeps passkeys. */
  async function open(options = {}) {
    const context = await openBrowser(chromium);
    const page = await context.newPage();
    return { context, page, ...(await keepsPasskeys(page, options)) };
  }

  /** One person in one browser a test. */
  const walk = (title, steps, options) =>
    test(title, async () => {
      count += 1;
      person = house.addAccount({ name, email: `mina${count}@lantern.example`, password });
      const here = await open(options);
      try {
        await steps(here);
      } finally {
        await here.context.close();
      }
    });

  const home = (page) => page.waitForURL(`${house.issuer}/account`);
  const visit = (page, path) => page.goto(`${house.issuer}${path}`);
  const button = (page) => page.locator('form[action="/signin/passkey"] button');

  /** Signs in with a password and takes the offer that follows. */
  async function make({ page, touch }) {
    await visit(page, "/signin");
    await signInByPassword(page, { identifier: person.email, password });
    await page.waitForURL(/\/passkeys\/offer/);
    await touch();
    await page.getByRole("button", { name: "Create a passkey" }).click();
    await home(page);
    await touch(false);
  }

  async function signOut(page) {
    await visit(page, "/account");
    await page.locator('form[action="/account/signout"] button').click();
    await page.waitForURL(/\/logout\/done/);
  }

  /** A touched device answers what the field asks as soon as the page is there. */
  async function signInByPasskey({ page, touch }, path = "/signin?another=yes") {
    await touch();
    await page.goto(`${house.issuer}${path}`, { waitUntil: "commit" });
  }

  async function problem(page) {
    await page.locator("h1", { hasText: "That passkey did not work" }).waitFor();
    return page.locator("main [role=alert]").first().innerText();
  }

  walk("is offered after a password, once, and not insisted on", async ({ page, kept }) => {
    await visit(page, "/signin");
    await signInByPassword(page, { identifier: person.email, password });
    await page.waitForURL(/\/passkeys\/offer/);
    await inspect(page, "passkey-offer");
    await page.getByRole("link", { name: "Not now" }).click();
    await home(page);
    await signOut(page);
    await visit(page, "/signin");
    await signInByCode(page, house, { identifier: person.email });
    await home(page);
    assert.deepEqual(await kept(), []);
  });

  walk("is not offered on a device that cannot keep one", async ({ page }) => {
    await visit(page, "/signin");
    await signInByPassword(page, { identifier: person.email, password });
    await home(page);
  }, { transport: "usb", hasUserVerification: false });

  walk("is made, listed, and used by the button", async (here) => {
    const { page, kept, touch } = here;
    await make(here);
    const [own] = await kept();
    assert.equal(own.rpId, "localhost");
    assert.equal(own.isResidentCredential, true);
    assert.match(await page.locator("main").innerText(), /[34] of 5/);
    await signOut(page);
    await visit(page, "/signin");
    await inspect(page, "signin-with-passkey");
    await touch();
    await button(page).click();
    await home(page);
    await visit(page, list);
    assert.match(await page.locator("main").innerText(), /Shared between your devices[\s\S]*Last used:\s+Just now · Chrome on Linux/);
    await inspect(page, "passkeys");
  });

  walk("is used from the field, without a name", async (here) => {
    const { page } = here;
    await make(here);
    await signOut(page);
    await visit(page, "/signin");
    assert.equal(await page.locator("#identifier").getAttribute("autocomplete"), "username webauthn");
    // Or the field of this page would be answered while the next is on its way.
    await page.goto("about:blank");
    await signInByPasskey(here, "/signin?continue=%2Faccount%2Fdevices");
    await page.waitForURL(`${house.issuer}/account/devices`);
  });

  walk("the field takes a name all the same", async (here) => {
    const { page } = here;
    await make(here);
    await signOut(page);
    await visit(page, "/signin");
    await answer(page, "identifier", person.email);
    await asked(page, "password");
    await inspect(page, "password-with-passkey");
  });

  walk("is used on the password page, and to prove it again", async (here) => {
    const { page, touch } = here;
    await make(here);
    await signOut(page);
    await visit(page, "/signin");
    await answer(page, "identifier", person.email);
    await asked(page, "password");
    await touch();
    await button(page).click();
    await home(page);
    await touch(false);
    await visit(page, "/signin/again?continue=%2Faccount%2Fsettings");
    await inspect(page, "again-with-passkey");
    await touch();
    await button(page).click();
    await page.waitForURL(`${house.issuer}/account/settings`);
  });

  walk("is named and removed, and the device forgets it", async (here) => {
    const { page, kept, touch } = here;
    await make(here);
    await visit(page, list);
    await page.getByRole("link", { name: /^Rename/ }).click();
    await page.locator("#name").fill("My phone");
    await inspect(page, "passkey-rename");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("status").waitFor();
    assert.match(await page.locator("main").innerText(), /My phone/);
    // What opened the account is the password of the account's first minute: enough.
    await page.getByRole("link", { name: /^Remove/ }).click();
    await inspect(page, "passkey-remove");
    assert.equal((await kept()).length, 1);
    await page.getByRole("button", { name: "Remove the passkey" }).click();
    await page.getByRole("status").waitFor();
    await until("the device to forget the passkey", async () => (await kept()).length === 0);
    await inspect(page, "passkeys-none");
    // And it can make another.
    await page.getByRole("link", { name: "Add a passkey" }).click();
    await inspect(page, "passkey-add");
    await touch();
    await page.getByRole("button", { name: "Create a passkey" }).click();
    await page.getByRole("status").waitFor();
    assert.equal((await kept()).length, 1);
  });

  walk("the device learns the person’s new name", async (here) => {
    const { page, kept } = here;
    await make(here);
    assert.deepEqual((await kept()).map((own) => [own.userName, own.userDisplayName]), [[person.email, name]]);
    await visit(page, "/account/personal");
    await page.locator("#name").fill("Mina Weber");
    await page.locator('form[action="/account/personal"] button[type="submit"]').click();
    await page.getByRole("status").waitFor();
    await until("the new name on the device", async () => (await kept())[0].userDisplayName === "Mina Weber");
  });

  walk("one that is unknown is forgotten, another is not", async (here) => {
    const { page, kept, send } = here;
    await make(here);
    const [own] = await kept();
    await signOut(page);
    await send("removeCredential", { credentialId: own.credentialId });
    const stranger = { ...own, credentialId: Buffer.alloc(32, 7).toString("base64"), userHandle: Buffer.alloc(16, 7).toString("base64") };
    await send("addCredential", { credential: stranger });
    await signInByPasskey(here);
    assert.match(await problem(page), /No account here has this passkey/);
    await until("the device to forget the stranger", async () => (await kept()).length === 0);
    await inspect(page, "passkey-unknown");
  });

  walk("one of another account opens nothing when it is proved again", async (here) => {
    const { page, kept, send, touch } = here;
    await make(here);
    const [minas] = await kept();
    await send("clearCredentials");
    const jonas = house.addAccount({ name: "Jonas Weber", email: `jonas${count}@lantern.example`, password });
    const other = await open();
    try {
      person = jonas;
      await make(other);
      const [jonass] = await other.kept();
      // The device answers with Jonas's key and handle under the name of Mina's passkey.
      await send("addCredential", { credential: { ...jonass, credentialId: minas.credentialId } });
      await visit(page, "/signin/again?continue=%2Faccount%2Fsettings");
      await touch();
      await button(page).click();
      assert.match(await problem(page), /could not be used here/);
      assert.equal((await kept()).length, 1, "a passkey that counts is not forgotten");
    } finally {
      await other.context.close();
    }
  });

  walk("one made on another site of the same host is refused", async (here) => {
    const { page, kept, touch } = here;
    await make(here);
    await signOut(page);
    await visit(page, "/signin");
    // What the script would ask, and what another origin that browsers let use this name gets for it: another port.
    const options = await page.evaluate(async () => {
      const form = document.querySelector("form[data-passkey-get]");
      const asked = await fetch(form.dataset.passkeyGet, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      return (await asked.json()).publicKey;
    });
    await touch();
    const other = createServer((_, response) => response.end("<!doctype html><title>Another site</title>"));
    await new Promise((resolve) => other.listen(0, "127.0.0.1", resolve));
    const elsewhere = `http://localhost:${other.address().port}`;
    const assertion = await (async () => {
      await page.goto(elsewhere);
      return page.evaluate(async (asked) => {
        const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
        const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
        const { rawId, type, response } = await navigator.credentials.get({ publicKey: { ...asked, challenge: bytes(asked.challenge) } });
        const named = (name) => [name, text(response[name])];
        const id = text(rawId);
        const all = Object.fromEntries(["clientDataJSON", "authenticatorData", "signature", "userHandle"].map(named));
        return JSON.stringify({ id, rawId: id, type, response: all });
      }, options);
    })();
    other.close();
    const said = JSON.parse(Buffer.from(JSON.parse(assertion).response.clientDataJSON, "base64url").toString());
    assert.equal(said.origin, elsewhere);
    await touch(false);
    await visit(page, "/signin");
    await page.evaluate((credential) => {
      const form = document.querySelector("form[data-passkey-get]");
      form.elements.credential.value = credential;
      form.submit();
    }, assertion);
    assert.match(await problem(page), /could not be used here/);
    assert.equal((await kept()).length, 1);
  });

  walk("an answer is worth nothing the second time", async (here) => {
    const { page, touch } = here;
    await make(here);
    await signOut(page);
    let posted;
    page.on("request", (request) => {
      if (request.method() === "POST" && new URL(request.url()).pathname === "/signin/passkey") posted = request.postData();
    });
    await signInByPasskey(here);
    await home(page);
    await touch(false);
    await signOut(page);
    await visit(page, "/signin");
    const answered = await page.evaluate(async (body) => {
      const again = await fetch("/signin/passkey", { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded" }, body });
      return { status: again.status, text: await again.text() };
    }, posted);
    assert.equal(answered.status, 422);
    assert.match(answered.text, /It took longer than five minutes/);
    await visit(page, "/account");
    await page.waitForURL(/\/signin/);
  });

  walk("a copy is refused, and its owner told", async (here) => {
    const { page, kept, send, touch } = here;
    await make(here);
    const [before] = await kept();
    await signOut(page);
    await signInByPasskey(here);
    await home(page);
    await touch(false);
    await signOut(page);
    // The copy was taken before the owner's last sign-in.
    await send("clearCredentials");
    await send("addCredential", { credential: before });
    await signInByPasskey(here);
    assert.match(await problem(page), /There may be a copy of this passkey/);
    await inspect(page, "passkey-copied");
    await until("the owner to be told", async () => (await house.messages()).some((one) => one.to === person.email && /may have been copied/.test(one.text)));
  });

  walk("a device that does not check who uses it is refused by the browser already", async (here) => {
    const { page, send } = here;
    await make(here);
    await signOut(page);
    await send("setUserVerified", { isUserVerified: false });
    await signInByPasskey(here);
    await page.waitForURL(/\/signin/);
    await visit(page, "/account");
    await page.waitForURL(/\/signin/);
  });
});

describe("passkeys without JavaScript", () => {
  test("nothing is shown that does not work, and nothing is lost", async () => {
    const house = await startHouse();
    const chromium = await launch();
    try {
      const somebody = house.addAccount({ name, email: "mina@lantern.example", password });
      const context = await openBrowser(chromium, { javaScriptEnabled: false });
      const page = await context.newPage();
      await page.goto(`${house.issuer}/signin`);
      assert.equal(await page.locator('form[action="/signin/passkey"]').isVisible(), false);
      assert.equal(await page.getByText("Use another device").isVisible(), true);
      await signInByPassword(page, { identifier: somebody.email, password });
      await page.waitForURL(`${house.issuer}/account`);
      await page.goto(`${house.issuer}${list}`);
      await page.getByRole("link", { name: "Add a passkey" }).click();
      assert.equal(await page.getByRole("button", { name: "Create a passkey" }).isVisible(), false);
      assert.match(await page.locator("main").innerText(), /Passkeys need JavaScript/);
    } finally {
      await chromium.close();
      await house.stop();
    }
  });
});
