// openid-client 6, unmodified, as an app under FAPI 2.0: private_key_jwt, pushed requests, DPoP, answers as JWTs, and with
// Message Signing signed request objects and signed introspection. `allowInsecureRequests` because the tests run on
// loopback http.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as oidc from "openid-client";
import { startHouse } from "../../house/house.mjs";
import { Visitor } from "./sign-in.mjs";

const redirectUri = "http://127.0.0.1:9/callback";
const password = "correct horse battery staple";
// Each algorithm with the key pair it needs, and what WebCrypto calls it.
const kinds = {
  ES256: ["ec", { namedCurve: "P-256" }, { name: "ECDSA", namedCurve: "P-256" }],
  PS256: ["rsa", { modulusLength: 2048 }, { name: "RSA-PSS", hash: "SHA-256" }],
};
let house;
let person;

/** An app that is held to a profile, with openid-client's configuration and the key it signs with. */
async function appUnder(profile, algorithm) {
  const [kind, options, webCrypto] = kinds[algorithm];
  const pair = generateKeyPairSync(kind, options);
  const jwk = { ...pair.publicKey.export({ format: "jwk" }), kid: algorithm, alg: algorithm, use: "sig" };
  const folder = mkdtempSync(path.join(tmpdir(), "keyhouse-fapi-"));
  const jwks = path.join(folder, "jwks.json");
  writeFileSync(jwks, JSON.stringify({ keys: [jwk] }));
  const client = house.addClient({
    name: `${profile} ${algorithm}`,
    profile,
    "auth-method": "private_key_jwt",
    jwks,
    // The redirect URI lies on this machine.
    "application-type": "native",
    "redirect-uri": redirectUri,
    scope: "openid email offline_access",
    "id-token-alg": algorithm,
    "authorization-alg": algorithm,
    "introspection-alg": algorithm,
    // So that errors come back to the app, too.
    verified: true,
  });
  rmSync(folder, { recursive: true });
  const pkcs8 = pair.privateKey.export({ format: "der", type: "pkcs8" });
  const key = { key: await crypto.subtle.importKey("pkcs8", pkcs8, webCrypto, false, ["sign"]), kid: algorithm };
  const metadata = {
    id_token_signed_response_alg: algorithm,
    authorization_signed_response_alg: algorithm,
    introspection_signed_response_alg: algorithm,
  };
  const insecure = { execute: [oidc.allowInsecureRequests] };
  const config = await oidc.discovery(new URL(house.issuer), client.client_id, metadata, oidc.PrivateKeyJwt(key), insecure);
  oidc.useJwtResponseMode(config);
  oidc.enableNonRepudiationChecks(config);
  return { config, key };
}

describe("openid-client 6 under FAPI 2.0", () => {
  before(async () => {
    house = await startHouse();
    person = house.addAccount({ name: "Mina Aziz", email: "mina@lantern.example", password });
  });
  after(() => house?.stop());

  for (const profile of ["fapi2", "fapi2-message-signing"]) {
    for (const algorithm of Object.keys(kinds)) {
      test(`${profile} with ${algorithm}: signs in, reads userinfo, refreshes, introspects, revokes`, async () => {
        const { config, key } = await appUnder(profile, algorithm);
        const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair(algorithm));
        const verifier = oidc.randomPKCECodeVerifier();
        const checks = { pkceCodeVerifier: verifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() };
        let parameters = {
          redirect_uri: redirectUri,
          scope: "openid email offline_access",
          state: checks.expectedState,
          nonce: checks.expectedNonce,
          code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
          code_challenge_method: "S256",
        };
        if (profile === "fapi2-message-signing") {
          parameters = (await oidc.buildAuthorizationUrlWithJAR(config, parameters, key)).searchParams;
        }
        const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters, { DPoP });
        assert.deepEqual([...url.searchParams.keys()].filter((name) => name === "request_uri"), ["request_uri"]);
        const back = await new Visitor(house.issuer).authorize(url.href, { identifier: person.accountId, password });
        assert.deepEqual([...back.searchParams.keys()], ["response"]);
        const tokens = await oidc.authorizationCodeGrant(config, back, { ...checks, idTokenExpected: true }, undefined, { DPoP });
        assert.equal(tokens.token_type, "dpop");
        const { sub } = tokens.claims();
        const claims = await oidc.fetchUserInfo(config, tokens.access_token, sub, { DPoP });
        assert.equal(claims.email, person.email);
        const again = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
        assert.equal(again.refresh_token, tokens.refresh_token);
        await oidc.fetchUserInfo(config, again.access_token, sub, { DPoP });
        assert.equal((await oidc.tokenIntrospection(config, again.access_token)).active, true);
        await oidc.tokenRevocation(config, again.refresh_token);
        assert.equal((await oidc.tokenIntrospection(config, again.access_token)).active, false);
        await assert.rejects(oidc.refreshTokenGrant(config, again.refresh_token, undefined, { DPoP }), { error: "invalid_grant" });
      });
    }
  }

  test("refuses what is not pushed, and says so in a JWT", async () => {
    const { config, key } = await appUnder("fapi2-message-signing", "ES256");
    const parameters = { redirect_uri: redirectUri, scope: "openid", state: oidc.randomState() };
    const url = await oidc.buildAuthorizationUrlWithJAR(config, parameters, key);
    const back = await new Visitor(house.issuer).authorize(url.href, { identifier: person.accountId, password });
    const refused = oidc.authorizationCodeGrant(config, back, { expectedState: parameters.state });
    await assert.rejects(refused, (error) => error instanceof oidc.AuthorizationResponseError && error.error === "invalid_request");
  });
});
