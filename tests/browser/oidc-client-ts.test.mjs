// oidc-client-ts, unmodified, in a page of its own in Chromium: a public client that signs in, reads userinfo, refreshes
// and signs out from a script, across origins.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { startHouse } from "../house/house.mjs";
import { launch, openBrowser } from "./chromium.mjs";
import { signInByPassword } from "./person.mjs";

const password = "correct horse battery staple";
const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const library = path.join(here, "node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js");
const html = '<!doctype html><html lang="en"><title>App</title><script src="/oidc.js"></script><h1>App</h1></html>';

/** Serves the app: the library, and one empty page at every other path. */
async function serveApp() {
  const script = await readFile(library);
  const server = createServer((request, response) => {
    const isScript = request.url === "/oidc.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : html);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

describe("oidc-client-ts", () => {
  let house;
  let chromium;
  let server;
  let app;
  let person;
  let settings;

  before(async () => {
    [house, chromium, server] = await Promise.all([startHouse(), launch(), serveApp()]);
    app = `http://127.0.0.1:${server.address().port}`;
    person = house.addAccount({ name: "Mina Aziz", email: "mina@lantern.example", password });
    const client = house.addClient({
      name: "Script",
      "redirect-uri": `${app}/callback`,
      "post-logout-redirect-uri": `${app}/signed-out`,
      "auth-method": "none",
      grant: ["authorization_code", "refresh_token"],
      scope: "openid profile offline_access",
    });
    settings = {
      authority: house.issuer,
      client_id: client.client_id,
      redirect_uri: `${app}/callback`,
      post_logout_redirect_uri: `${app}/signed-out`,
      scope: "openid profile offline_access",
      loadUserInfo: true,
    };
  });
  after(async () => {
    await chromium?.close();
    server?.close();
    await house?.stop();
  });

  test("signs in, reads userinfo, refreshes and signs out", async () => {
    const context = await openBrowser(chromium);
    const page = await context.newPage();
    const call = (method) => page.evaluate(([how, which]) => new oidc.UserManager(which)[how](), [method, settings]);
    await page.goto(app);
    await Promise.all([page.waitForURL(/\/signin/), call("signinRedirect").catch(() => {})]);
    await signInByPassword(page, { identifier: person.accountId, password });
    await page.locator('button[name="decision"][value="allow"]').click();
    await page.waitForURL((url) => url.origin === app && url.pathname === "/callback");

    const user = await call("signinRedirectCallback");
    assert.equal(user.profile.iss, house.issuer);
    assert.equal(user.profile.name, "Mina Aziz", "userinfo was read");
    const again = await call("signinSilent");
    assert.notEqual(again.access_token, user.access_token);
    assert.notEqual(again.refresh_token, user.refresh_token);
    assert.equal(again.profile.sub, user.profile.sub);

    await call("signoutRedirect").catch(() => {});
    await page.waitForURL(`${app}/signed-out**`);
    await page.goto(`${house.issuer}/account`);
    await page.waitForURL(/\/signin/);
    await context.close();
  });
});
