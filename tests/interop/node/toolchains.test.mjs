// Clients of other ecosystems, unmodified, each in its own language and with its usual tools. A toolchain that this
// machine lacks is left out by name; with CI=true that is a failure.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { freePort, startHouse, until } from "../../house/house.mjs";
import { lend, run } from "./lend.mjs";
import { Visitor } from "./sign-in.mjs";

const interop = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "..");
const folder = (name) => path.join(interop, name);
const minutes = (count) => count * 60_000;

/** Runs `steps` where every tool answers, each given as the command that asks its version. */
function withTools(title, tools, steps) {
  const missing = tools.filter(([program, ...args]) => spawnSync(program, args).status !== 0).map(([program]) => program);
  const skip = missing.length > 0 && process.env.CI !== "true" && `${missing.join(", ")} not found here`;
  test(title, { skip, timeout: minutes(10) }, async () => {
    assert.deepEqual(missing, [], "with CI=true every toolchain must be there");
    await steps();
  });
}

withTools("Python: Authlib with Flask", [["python3", "--version"], ["python3", "-m", "pip", "--version"]], async () => {
  const packages = path.join(folder("python"), ".packages");
  const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade", "--target", packages];
  await run(["python3", ...install, "-r", "requirements.txt"], folder("python"), minutes(5));
  const test = ["python3", "-W", "error::SyntaxWarning", "-m", "unittest", "-v", "test_authlib"];
  const said = await lend(test, { folder: folder("python"), env: { PYTHONPATH: packages } });
  assert.match(said, /Ran 2 tests/);
});

withTools("Go: go-oidc with x/oauth2", [["go", "version"]], async () => {
  const said = await lend(["go", "test", "-count=1", "-v", "./..."], { folder: folder("go") });
  assert.match(said, /--- PASS: TestSignInUserinfoRefreshLogout/);
});

withTools("Java: Spring Security", [["java", "-version"], ["mvn", "--version"]], async () => {
  await run(["mvn", "--quiet", "--batch-mode", "package"], folder("java"), minutes(8));
  // Spring refreshes a token that has less than a minute left: every one of this house.
  const house = await startHouse({ extra: "[tokens]\naccess_token_seconds = 30\n" });
  let app;
  try {
    const at = `http://127.0.0.1:${await freePort()}`;
    app = startSpring(house, at);
    await until("the Spring app", () => fetch(at, { redirect: "manual" }).then(() => true, () => app.exitCode !== null));
    await springWalk(house, at);
  } finally {
    app?.kill("SIGKILL");
    await house.stop();
  }
});

const password = "correct horse battery staple";

function startSpring(house, at) {
  const client = house.addClient({
    name: "Spring",
    "redirect-uri": `${at}/login/oauth2/code/keyhouse`,
    "post-logout-redirect-uri": `${at}/signed-out`,
    grant: ["authorization_code", "refresh_token"],
    scope: "openid profile email offline_access",
  });
  const registration = "spring.security.oauth2.client.registration.keyhouse";
  const settings = {
    "server.port": new URL(at).port,
    "spring.security.oauth2.client.provider.keyhouse.issuer-uri": house.issuer,
    [`${registration}.client-id`]: client.client_id,
    [`${registration}.client-secret`]: client.client_secret,
    [`${registration}.scope`]: "openid,profile,offline_access",
  };
  const options = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  return spawn("java", ["-jar", "target/interop.jar", ...options], { cwd: folder("java"), stdio: "ignore" });
}

async function springWalk(house, at) {
  const person = house.addAccount({ name: "Mina Aziz", email: "mina@lantern.example", password });
  const known = { identifier: person.accountId, password };
  let cookie = "";
  const ask = async (address, method = "GET") => {
    const answer = await fetch(new URL(address, at), { method, redirect: "manual", headers: { cookie } });
    cookie = answer.headers.getSetCookie().map((line) => line.split(";")[0]).at(-1) ?? cookie;
    return answer;
  };
  const sent = await ask("/oauth2/authorization/keyhouse");
  const visitor = new Visitor(house.issuer);
  const back = await visitor.authorize(sent.headers.get("location"), known);
  const signedIn = await ask(back);
  assert.equal(signedIn.headers.get("location")?.includes("error"), false, signedIn.headers.get("location"));
  const first = await (await ask("/")).json();
  assert.equal(first.name, "Mina Aziz");
  const second = await (await ask("/")).json();
  assert.equal(second.sub, first.sub);
  assert.notEqual(second.accessToken, first.accessToken, "the access token was refreshed");
  const out = await ask("/logout", "POST");
  const end = await visitor.authorize(out.headers.get("location"), known);
  assert.equal(end.href.split("?")[0], `${at}/signed-out`);
}
