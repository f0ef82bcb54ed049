// How answers reach an app in a real browser: the page that posts itself, the frames after a sign-out, and the account that
// was chosen. What the Content-Security-Policy forbids shows here and nowhere else.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { startHouse, until } from "../house/house.mjs";
import { launch, openBrowser } from "./chromium.mjs";
import { signInByPassword } from "./person.mjs";

const password = "correct horse battery staple";

/** An app's server: it notes what comes and answers with a page. */
async function startApp() {
  const seen = [];
  const server = createServer(async (request, answer) => {
    let body = "";
    for await (const part of request) body += part;
    const url = new URL(request.url, "http://app");
    seen.push({ method: request.method, url, origin: request.headers.origin, fields: new URLSearchParams(body) });
    answer.setHeader("Content-Type", "text/html");
    answer.end(`<title>${url.pathname}</title><h1>here</h1>`);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = `http://127.0.0.1:${server.address().port}`;
  return { at, stop: () => server.close(), came: (path) => until(path, () => seen.find((one) => one.url.pathname === path)) };
}

for (const javaScriptEnabled of [true, false]) {
  describe(`answers ${javaScriptEnabled ? "with" : "without"} JavaScript`, () => {
    let house, chromium, app, client, page;

    before(async () => {
      house = await startHouse();
      chromium = await launch();
      app = await startApp();
      for (const [name, email] of [["Mina Aziz", "mina@lantern.example"], ["Jonas Weber", "jonas@lantern.example"]]) {
        house.addAccount({ name, email, password });
      }
      client = house.addClient({
        name: "Notes",
        "redirect-uri": `${app.at}/callback`,
        "post-logout-redirect-uri": `${app.at}/signed-out`,
        "frontchannel-logout-uri": `${app.at}/bye`,
        "first-party": true,
        verified: true,
      });
      page = await (await openBrowser(chromium, { javaScriptEnabled })).newPage();
    });
    after(async () => {
      await chromium?.close();
      app?.stop();
      await house?.stop();
    });

    let idToken;

    test("a code arrives in a post", async () => {
      const verifier = randomBytes(32).toString("base64url");
      const query = new URLSearchParams({
        client_id: client.client_id,
        redirect_uri: `${app.at}/callback`,
        response_type: "code",
        response_mode: "form_post",
        scope: "openid",
        state: 'a"<b>&c',
        code_challenge: createHash("sha256").update(verifier).digest("base64url"),
        code_challenge_method: "S256",
      });
      await page.goto(`${house.issuer}/oauth/authorize?${query}`);
      await signInByPassword(page, { identifier: "mina@lantern.example", password });
      if (!javaScriptEnabled) await page.locator("#answer button").click();
      await page.waitForURL(`${app.at}/callback`);
      const { method, origin, fields } = await app.came("/callback");
      assert.deepEqual([method, origin, fields.get("state"), fields.get("iss")], ["POST", house.issuer, 'a"<b>&c', house.issuer]);
      const tokens = await fetch(`${house.issuer}/oauth/token`, {
        method: "POST",
        headers: { Authorization: `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString("base64")}` },
        body: new URLSearchParams({
          grant_type: "authorization_code",
          code: fields.get("code"),
          redirect_uri: `${app.at}/callback`,
          code_verifier: verifier,
        }),
      });
      assert.equal(tokens.status, 200);
      idToken = (await tokens.json()).id_token;
    });

    test("one of two accounts is chosen", async () => {
      await page.goto(`${house.issuer}/account`);
      await page.getByRole("link", { name: "Switch account" }).click();
      await page.getByRole("link", { name: "Use another account" }).click();
      await signInByPassword(page, { identifier: "jonas@lantern.example", password });
      await page.waitForURL(`${house.issuer}/account`);
      await page.getByRole("heading", { name: "Jonas Weber" }).waitFor();
      await page.getByRole("link", { name: "Switch account" }).click();
      await page.getByRole("button", { name: "Mina Aziz" }).click();
      await page.getByRole("heading", { name: "Mina Aziz" }).waitFor();
    });

    test("a sign-out is told in a frame and goes on to the app", async () => {
      const query = new URLSearchParams({ id_token_hint: idToken, post_logout_redirect_uri: `${app.at}/signed-out`, state: "s" });
      await page.goto(`${house.issuer}/oauth/logout?${query}`);
      const { url } = await app.came("/bye");
      const claims = JSON.parse(Buffer.from(idToken.split(".")[1], "base64url"));
      assert.deepEqual([url.searchParams.get("iss"), url.searchParams.get("sid")], [house.issuer, claims.sid]);
      if (!javaScriptEnabled) await page.getByRole("link", { name: "Back to Notes" }).click();
      await page.waitForURL(`${app.at}/signed-out?state=s`);
    });
  });
}
