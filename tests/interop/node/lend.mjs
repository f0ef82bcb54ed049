// A Keyhouse for a test in another language: what it needs to know stands in variables, and the part of the browser is
// played by `visit.mjs`, which the test runs with an address to open.

import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { startHouse } from "../../house/house.mjs";

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);

/** Starts a Keyhouse, runs `command` in `folder` beside it, and returns its output; throws it when the command fails. */
export async function lend(command, { folder, redirectUri = "http://127.0.0.1:9/callback", env = {}, limit = 300_000 }) {
  const house = await startHouse();
  try {
    const password = "correct horse battery staple";
    const person = house.addAccount({ name: "Mina Aziz", email: "mina@lantern.example", password });
    const postLogoutRedirectUri = "http://127.0.0.1:9/signed-out";
    const client = house.addClient({
      name: "Interoperability",
      "redirect-uri": redirectUri,
      "post-logout-redirect-uri": postLogoutRedirectUri,
      grant: ["authorization_code", "refresh_token"],
      scope: "openid profile email offline_access",
    });
    return await run(command, folder, limit, {
      ...env,
      KEYHOUSE_ISSUER: house.issuer,
      KEYHOUSE_CLIENT_ID: client.client_id,
      KEYHOUSE_CLIENT_SECRET: client.client_secret,
      KEYHOUSE_REDIRECT_URI: redirectUri,
      KEYHOUSE_POST_LOGOUT_REDIRECT_URI: postLogoutRedirectUri,
      KEYHOUSE_IDENTIFIER: person.accountId,
      KEYHOUSE_PASSWORD: password,
      KEYHOUSE_VISIT: path.join(here, "visit.mjs"),
      KEYHOUSE_NODE: process.execPath,
    });
  } finally {
    await house.stop();
  }
}

/** Runs a command to its end. */
export async function run([program, ...args], folder, limit, env = {}) {
  const child = spawn(program, args, { cwd: folder, env: { ...process.env, ...env }, timeout: limit });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  const [status, signal] = await once(child, "close");
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status ?? signal}\n${output.slice(-6000)}`);
  return output;
}
