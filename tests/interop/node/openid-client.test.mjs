// openid-client 6, unmodified, as a relying party: its defaults, and `allowInsecureRequests` because the tests run on
// loopback http. Against a server of one's own: KEYHOUSE_ISSUER, KEYHOUSE_CLIENT_ID, KEYHOUSE_CLIENT_SECRET,
// KEYHOUSE_REDIRECT_URI, KEYHOUSE_POST_LOGOUT_REDIRECT_URI, KEYHOUSE_IDENTIFIER, KEYHOUSE_PASSWORD; and
// KEYHOUSE_MACHINE_ID and KEYHOUSE_MACHINE_SECRET for client_credentials. Without them one is started.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as oidc from "openid-client";
import { startHouse } from "../../house/house.mjs";
import { Visitor } from "./sign-in.mjs";

const scope = "openid profile email offline_access";
// Each algorithm with the key pair it needs, and what WebCrypto calls it.
const keys = [
  ["RS256", "rsa", { modulusLength: 2048 }, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }],
  ["PS256", "rsa", { modulusLength: 2048 }, { name: "RSA-PSS", hash: "SHA-256" }],
  ["ES256", "ec", { namedCurve: "P-256" }, { name: "ECDSA", namedCurve: "P-256" }],
];
let house;
let setting;

async function ownServer() {
  house = await startHouse();
  const redirectUri = "http://127.0.0.1:9/callback";
  const postLogoutRedirectUri = "http://127.0.0.1:9/signed-out";
  const app = (options) =>
    house.addClient({
      "redirect-uri": redirectUri,
      "post-logout-redirect-uri": postLogoutRedirectUri,
      grant: ["authorization_code", "refresh_token"],
      scope,
      ...options,
    });
  const password = "correct horse battery staple";
  const person = house.addAccount({ name: "Mina Aziz", email: "mina@lantern.example", password });
  const keyed = {};
  for (const [algorithm, kind, options] of keys) {
    const pair = generateKeyPairSync(kind, options);
    const jwk = { ...pair.publicKey.export({ format: "jwk" }), kid: algorithm, alg: algorithm, use: "sig" };
    const folder = mkdtempSync(path.join(tmpdir(), "keyhouse-keys-"));
    writeFileSync(path.join(folder, "jwks.json"), JSON.stringify({ keys: [jwk] }));
    const client = app({ name: algorithm, "auth-method": "private_key_jwt", jwks: path.join(folder, "jwks.json"), "auth-signing-alg": algorithm });
    rmSync(folder, { recursive: true });
    keyed[algorithm] = { ...client, pkcs8: pair.privateKey.export({ format: "der", type: "pkcs8" }) };
  }
  return {
    issuer: house.issuer,
    keyed,
    hashed: app({ name: "Hashed", "auth-method": "client_secret_jwt" }),
    // client_secret_post is what openid-client does unless told otherwise.
    app: app({ name: "Plain", "auth-method": "client_secret_post" }),
    basic: app({ name: "Basic", "auth-method": "client_secret_basic" }),
    open: app({ name: "Public", "auth-method": "none" }),
    es256: app({ name: "Elliptic", "auth-method": "client_secret_post", "id-token-alg": "ES256", "access-token-format": "opaque" }),
    eddsa: app({ name: "Edwards", "auth-method": "client_secret_post", "id-token-alg": "EdDSA" }),
    machine: house.addClient({ name: "Machine", "auth-method": "client_secret_post", grant: "client_credentials" }),
    redirectUri,
    postLogoutRedirectUri,
    identifier: person.accountId,
    email: person.email,
    password,
  };
}

function givenServer(env) {
  const client = (id, secret) => (id ? { client_id: id, client_secret: secret } : undefined);
  return {
    issuer: env.KEYHOUSE_ISSUER,
    app: client(env.KEYHOUSE_CLIENT_ID, env.KEYHOUSE_CLIENT_SECRET),
    machine: client(env.KEYHOUSE_MACHINE_ID, env.KEYHOUSE_MACHINE_SECRET),
    redirectUri: env.KEYHOUSE_REDIRECT_URI,
    postLogoutRedirectUri: env.KEYHOUSE_POST_LOGOUT_REDIRECT_URI,
    identifier: env.KEYHOUSE_IDENTIFIER,
    password: env.KEYHOUSE_PASSWORD,
  };
}

/** Discovery with openid-client's defaults. */
function discover(client, metadata, authentication) {
  const options = { execute: [oidc.allowInsecureRequests] };
  return oidc.discovery(new URL(setting.issuer), client.client_id, metadata ?? client.client_secret, authentication, options);
}

/** The whole code flow in a fresh browser. `build` makes the address to begin at. */
async function signIn(config, parameters = {}, build = oidc.buildAuthorizationUrl) {
  const verifier = oidc.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier: verifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() };
  const url = await build(config, {
    redirect_uri: setting.redirectUri,
    scope,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...parameters,
  });
  const back = await new Visitor(setting.issuer).authorize(url.href, { ...setting, ...parameters.answers });
  return oidc.authorizationCodeGrant(config, back, { ...checks, idTokenExpected: true });
}

describe("openid-client 6", () => {
  before(async () => {
    setting = process.env.KEYHOUSE_ISSUER ? givenServer(process.env) : await ownServer();
  });
  after(() => house?.stop());

  test("discovers the issuer", async () => {
    const metadata = (await discover(setting.app)).serverMetadata();
    assert.equal(metadata.issuer, setting.issuer);
    assert.equal(metadata.authorization_response_iss_parameter_supported, true);
    assert.ok(metadata.supportsPKCE());
    for (const endpoint of ["authorization", "token", "userinfo", "introspection", "revocation", "end_session"]) {
      assert.ok(metadata[`${endpoint}_endpoint`]?.startsWith(`${setting.issuer}/`), `${endpoint}_endpoint`);
    }
  });

  test("signs in by the code flow, reads userinfo, refreshes", async () => {
    const config = await discover(setting.app);
    const tokens = await signIn(config);
    const claims = tokens.claims();
    assert.equal(claims.iss, setting.issuer);
    assert.deepEqual([claims.aud].flat(), [setting.app.client_id]);
    const person = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
    assert.equal(person.sub, claims.sub);
    if (setting.email) {
      assert.equal(person.name, "Mina Aziz");
      assert.equal(person.email, setting.email);
      assert.equal(typeof person.email_verified, "boolean");
    }
    const again = await oidc.refreshTokenGrant(config, tokens.refresh_token);
    assert.equal(again.claims()?.sub ?? claims.sub, claims.sub);
    assert.notEqual(again.refresh_token, tokens.refresh_token);
    await oidc.fetchUserInfo(config, again.access_token, claims.sub);
  });

  test("proves itself by keys of its own, pushes and signs its requests", async (t) => {
    if (!setting.keyed) return t.skip("needs a server of its own");
    for (const [algorithm, , , webCrypto] of keys) {
      const client = setting.keyed[algorithm];
      const key = { key: await crypto.subtle.importKey("pkcs8", client.pkcs8, webCrypto, false, ["sign"]), kid: algorithm };
      const config = await discover(client, {}, oidc.PrivateKeyJwt(key));
      const signed = (own, parameters) => oidc.buildAuthorizationUrlWithJAR(own, parameters, key);
      const pushedAndSigned = async (own, parameters) =>
        oidc.buildAuthorizationUrlWithPAR(own, (await signed(own, parameters)).searchParams);
      for (const build of [oidc.buildAuthorizationUrl, oidc.buildAuthorizationUrlWithPAR, signed, pushedAndSigned]) {
        const tokens = await signIn(config, {}, build);
        const again = await oidc.refreshTokenGrant(config, tokens.refresh_token);
        assert.equal((await oidc.tokenIntrospection(config, again.access_token)).active, true);
        await oidc.tokenRevocation(config, again.refresh_token);
      }
    }
  });

  test("proves itself by an HMAC of its secret", async (t) => {
    if (!setting.hashed) return t.skip("needs a server of its own");
    const config = await discover(setting.hashed, {}, oidc.ClientSecretJwt(setting.hashed.client_secret));
    await signIn(config);
    const renewed = house.command(["client", "rotate-secret", setting.hashed.client_id, "--json"]);
    await assert.rejects(signIn(config), { error: "invalid_client" });
    await signIn(await discover(renewed, {}, oidc.ClientSecretJwt(renewed.client_secret)));
  });

  test("the code is good for one redemption only", async () => {
    const config = await discover(setting.app);
    const verifier = oidc.randomPKCECodeVerifier();
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: setting.redirectUri,
      scope: "openid",
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    const back = await new Visitor(setting.issuer).authorize(url.href, setting);
    await oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier });
    const replay = oidc.authorizationCodeGrant(config, back, { pkceCodeVerifier: verifier });
    await assert.rejects(replay, (error) => error instanceof oidc.ResponseBodyError && error.error === "invalid_grant");
  });

  test("hears that the person said no", async () => {
    const config = await discover(setting.app);
    const refused = signIn(config, { prompt: "consent", answers: { decision: "deny" } });
    await assert.rejects(refused, (error) => error instanceof oidc.AuthorizationResponseError && error.error === "access_denied");
  });

  test("introspects and revokes", async () => {
    const config = await discover(setting.app);
    const tokens = await signIn(config);
    const seen = await oidc.tokenIntrospection(config, tokens.access_token);
    assert.equal(seen.active, true);
    assert.equal(seen.client_id, setting.app.client_id);
    await oidc.tokenRevocation(config, tokens.refresh_token);
    assert.deepEqual(await oidc.tokenIntrospection(config, tokens.refresh_token), { active: false });
    assert.deepEqual(await oidc.tokenIntrospection(config, tokens.access_token), { active: false });
    const dead = oidc.refreshTokenGrant(config, tokens.refresh_token);
    await assert.rejects(dead, (error) => error instanceof oidc.ResponseBodyError && error.error === "invalid_grant");
  });

  test("gets a token for itself by client_credentials", async (t) => {
    if (!setting.machine) return t.skip("no client for it was given");
    const tokens = await oidc.clientCredentialsGrant(await discover(setting.machine));
    assert.equal(tokens.token_type, "bearer");
    assert.ok(tokens.expiresIn() > 0);
    assert.equal(tokens.refresh_token, undefined);
    assert.equal(tokens.id_token, undefined);
  });

  test("signs out: the end_session URL leads back to the app", async () => {
    const config = await discover(setting.app);
    const tokens = await signIn(config);
    const state = oidc.randomState();
    const url = oidc.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: setting.postLogoutRedirectUri,
      state,
    });
    const back = await new Visitor(setting.issuer).authorize(url.href, setting);
    assert.equal(`${back.origin}${back.pathname}`, setting.postLogoutRedirectUri);
    assert.equal(back.searchParams.get("state"), state);
  });

  const kinds = {
    client_secret_basic: ["basic", (client) => [undefined, oidc.ClientSecretBasic(client.client_secret)]],
    "a public client": ["open", () => [undefined, oidc.None()]],
    "ES256 ID tokens and opaque access tokens": ["es256", (client) => [{ client_secret: client.client_secret, id_token_signed_response_alg: "ES256" }]],
    "EdDSA ID tokens": ["eddsa", (client) => [{ client_secret: client.client_secret, id_token_signed_response_alg: "EdDSA" }]],
  };
  for (const [title, [name, how]] of Object.entries(kinds)) {
    test(`signs in and refreshes with ${title}`, async (t) => {
      const client = setting[name];
      if (!client) return t.skip("only against the server that the test starts");
      const config = await discover(client, ...how(client));
      // openid-client verifies signatures only where they carry weight; ask it to verify all.
      oidc.enableNonRepudiationChecks(config);
      const tokens = await signIn(config);
      await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
      const again = await oidc.refreshTokenGrant(config, tokens.refresh_token);
      assert.notEqual(again.refresh_token, tokens.refresh_token);
    });
  }
});
