// The smallest relying party in Node that leaves nothing out, on openid-client 6 and jose 6 alone: code flow with PKCE,
// state and nonce, userinfo, sign-out at the issuer and back-channel logout. It belongs to docs/relying-party-guide.md.
//
//   npm install openid-client@6 jose@6
//   ISSUER=http://localhost:8080 CLIENT_ID=… CLIENT_SECRET=… BASE=http://127.0.0.1:8091 node relying_party.mjs

import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as oidc from "openid-client";

const { ISSUER, CLIENT_ID, CLIENT_SECRET, BASE } = process.env;
// Plain http is for a development issuer on loopback only.
const options = ISSUER.startsWith("http:") ? { execute: [oidc.allowInsecureRequests] } : {};
// client_secret_basic, as the client is registered; the library's own default is client_secret_post.
const config = await oidc.discovery(new URL(ISSUER), CLIENT_ID, undefined, oidc.ClientSecretBasic(CLIENT_SECRET), options);
const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
const attempts = new Map(); // by the value of the browser's cookie
const sessions = new Map();

const random = () => randomBytes(32).toString("base64url");
const cookieOf = (request, name) => new RegExp(`(?:^|; )${name}=([^;]+)`).exec(request.headers.cookie ?? "")?.[1];
const secure = BASE.startsWith("https:") ? "; Secure" : "";

function go(response, to, cookie) {
  if (cookie) response.setHeader("Set-Cookie", `${cookie}; Path=/; HttpOnly; SameSite=Lax${secure}`);
  response.writeHead(303, { Location: to, "Cache-Control": "no-store" }).end();
}

function home(request, response) {
  const session = sessions.get(cookieOf(request, "session"));
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.end(session ? `Hello ${session.name}. Sign out: /signout` : "Nobody is signed in. Sign in: /signin");
}

async function signIn(request, response) {
  const attempt = { verifier: oidc.randomPKCECodeVerifier(), state: oidc.randomState(), nonce: oidc.randomNonce() };
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: `${BASE}/callback`,
    scope: "openid profile email",
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: "S256",
  });
  // A cookie ties the attempt to this browser: nobody can finish it in another one.
  const key = random();
  attempts.set(key, attempt);
  go(response, url.href, `attempt=${key}`);
}

async function callback(request, response) {
  const key = cookieOf(request, "attempt");
  const attempt = attempts.get(key);
  attempts.delete(key);
  if (!attempt) return response.writeHead(400).end("this sign-in was begun elsewhere: start again");
  // Checks state, iss, nonce, aud, exp and at_hash, and redeems the code.
  const tokens = await oidc.authorizationCodeGrant(config, new URL(request.url, BASE), {
    pkceCodeVerifier: attempt.verifier,
    expectedState: attempt.state,
    expectedNonce: attempt.nonce,
    idTokenExpected: true,
  });
  const { sub, sid } = tokens.claims();
  const person = await oidc.fetchUserInfo(config, tokens.access_token, sub);
  const value = random();
  // Keep data by `sub`, never by address: addresses change owner.
  sessions.set(value, { sub, sid, name: person.name ?? sub, idToken: tokens.id_token });
  go(response, "/", `session=${value}`);
}

/** A real app does this on a POST with a form token. */
function signOut(request, response) {
  const value = cookieOf(request, "session");
  const session = sessions.get(value);
  sessions.delete(value);
  if (!session) return go(response, "/");
  const parameters = { id_token_hint: session.idToken, post_logout_redirect_uri: `${BASE}/` };
  go(response, oidc.buildEndSessionUrl(config, parameters).href);
}

/** OpenID Connect Back-Channel Logout 1.0, section 2.6. A real app also remembers `jti` until `exp`. */
async function backchannelLogout(request, response) {
  let body = "";
  for await (const chunk of request) {
    body += chunk;
    if (body.length > 16384) return response.writeHead(413).end();
  }
  try {
    const { payload } = await jwtVerify(new URLSearchParams(body).get("logout_token") ?? "", keys, {
      issuer: ISSUER,
      audience: CLIENT_ID,
      typ: "logout+jwt",
      algorithms: ["RS256"], // what the client's ID tokens are signed with
      requiredClaims: ["exp", "iat", "jti"],
    });
    const isLogout = payload.events?.["http://schemas.openid.net/event/backchannel-logout"];
    if (!isLogout || "nonce" in payload || !payload.sid) throw new Error("no logout token");
    for (const [value, session] of sessions) if (session.sid === payload.sid) sessions.delete(value);
    response.writeHead(200, { "Cache-Control": "no-store" }).end();
  } catch {
    response.writeHead(400, { "Cache-Control": "no-store" }).end();
  }
}

const routes = {
  "GET /": home,
  "GET /signin": signIn,
  "GET /callback": callback,
  "GET /signout": signOut,
  "POST /backchannel-logout": backchannelLogout,
};

const server = createServer(async (request, response) => {
  try {
    const route = routes[`${request.method} ${new URL(request.url, BASE).pathname}`];
    if (!route) return response.writeHead(404).end();
    await route(request, response);
  } catch (error) {
    console.error(error.code ?? error.message);
    if (!response.headersSent) response.writeHead(502).end("the sign-in did not work: start again");
  }
});
const { hostname, port } = new URL(BASE);
server.listen(Number(port), hostname);
