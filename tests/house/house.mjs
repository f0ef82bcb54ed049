// A Keyhouse for tests that are written in JavaScript: the real binary on a temporary SQLite store, on free loopback
// ports, with the flagship apps beside it where a test wants them. Everything is stopped and removed by `stop`.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { randomBytes } from "node:crypto";

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "../..");
const binaries = process.env.KEYHOUSE_TEST_BINARIES ?? path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, "target"), "debug");
const patience = 20_000;

// The server refuses variables that name no key of its configuration: keep those of the tests from it.
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^KEYHOUSE_(?!.*__)/.test(name)));

/** Waits until `condition` gives something true, and returns it; fails with `what` after `limit` milliseconds. */
export async function until(what, condition, limit = patience) {
  const deadline = Date.now() + limit;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A loopback port that was free a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

const apps = {
  cloud: { name: "Cloud" },
  community: { name: "Community" },
  notes: { name: "Notes" },
};

class House {
  /** The issuer, exactly as the server knows it. */
  issuer;
  /** The flagship apps' addresses by name. */
  apps = {};
  #folder;
  #config;
  #captured;
  #clock;
  #ahead = 0;
  #parts = [];

  constructor(folder, host, port) {
    this.#folder = folder;
    this.issuer = `http://${host}:${port}`;
    this.#config = path.join(folder, "keyhouse.toml");
    this.#captured = path.join(folder, "captured.jsonl");
    this.#clock = path.join(folder, "clock");
  }

  /** Writes the configuration and starts the server; `extra` is more TOML. */
  async open(extra) {
    const { port } = new URL(this.issuer);
    const key = path.join(this.#folder, "master.key");
    await this.#secretFile(key, randomBytes(32).toString("base64url"));
    const text = JSON.stringify;
    await this.#secretFile(
      this.#config,
      `[server]\nissuer = ${text(this.issuer)}\nlisten = "127.0.0.1:${port}"\nmanagement_listen = ""\n` +
        `[store]\nurl = ${text(`sqlite:${path.join(this.#folder, "keyhouse.sqlite")}`)}\n` +
        `[secrets]\nmaster_key_file = ${text(key)}\n` +
        `[development]\ncaptured_file = ${text(this.#captured)}\nclock_file = ${text(this.#clock)}\n${extra}`,
    );
    await this.#start("keyhouse", ["serve", "--dev", "--config", this.#config], `${this.issuer}/.well-known/openid-configuration`);
  }

  /** Runs one command of the binary and returns the JSON that it printed. */
  command(args, input = "") {
    const all = [...args, "--dev", "--config", this.#config];
    const done = spawnSync(path.join(binaries, "keyhouse"), all, { input, encoding: "utf8", timeout: patience, env: environment });
    if (done.status !== 0) throw new Error(`keyhouse ${args.join(" ")}: ${done.stderr}${done.stdout}`);
    return args.includes("--json") ? JSON.parse(done.stdout) : done.stdout;
  }

  /** Registers a client: {name: "…", "redirect-uri": ["…"], "first-party": true, …}. */
  addClient(options) {
    const args = [];
    for (const [name, value] of Object.entries(options)) {
      for (const one of [value].flat()) args.push(`--${name}`, ...(one === true ? [] : [String(one)]));
    }
    return this.command(["client", "add", "--json", ...args]);
  }

  /** Makes an account that is ready to sign in, and returns it with its account ID. */
  addAccount({ name = "Mina Aziz", email, phone, password }) {
    const addresses = [...(phone ? ["--phone", phone] : []), ...(email ? ["--email", email] : [])];
    const args = ["account", "create", "--json", "--name", name, ...addresses, "--password-stdin"];
    return { name, email, phone, password, accountId: this.command(args, `${password}\n`).account_id };
  }

  /** Lets so many seconds pass, for the server; the browser's own clock stays. */
  async advance(seconds) {
    this.#ahead += seconds;
    await writeFile(this.#clock, String(this.#ahead));
  }

  /** What the server's clock says, in seconds. */
  now() {
    return Date.now() / 1000 + this.#ahead;
  }

  /** Every message sent so far, oldest first. */
  async messages() {
    const written = await readFile(this.#captured, "utf8").catch(() => "");
    return written.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  /** The code in the next message to an address, beyond the `seen` messages that were there before. */
  async nextCode(to, seen) {
    // Notices come when they come.
    const isIt = (one) => one.to === to && one.kind === "code";
    const message = await until(`a code to ${to}`, async () => (await this.messages()).slice(seen).find(isIt));
    const code = /\b\d{6}\b/.exec(message.text);
    if (!code) throw new Error(`no code in the message to ${to}: ${message.text}`);
    return code[0];
  }

  /** Registers and starts the three flagship apps. */
  async openApps() {
    for (const app of Object.keys(apps)) this.apps[app] = `http://127.0.0.1:${await freePort()}`;
    const resource = `${this.apps.cloud}/api`;
    this.#addResource(resource);
    for (const [app, { name }] of Object.entries(apps)) await this.#openApp(app, name, resource);
  }

  #addResource(resource) {
    const words = "cloud.files.read=en:See the files you keep in Cloud|zh-CN:查看您保存在 Cloud 中的文件";
    this.command(["resource", "add", "--identifier", resource, "--name", apps.cloud.name, "--scope", words]);
  }

  async #openApp(app, name, resource) {
    const url = this.apps[app];
    const client = this.addClient({
      name,
      "redirect-uri": `${url}/callback`,
      "post-logout-redirect-uri": `${url}/signed-out`,
      "backchannel-logout-uri": `${url}/backchannel-logout`,
      "security-event-uri": `${url}/security-events`,
      "auth-method": "client_secret_basic",
      grant: ["authorization_code", "refresh_token"],
      scope: `openid profile email offline_access${app === "notes" ? " cloud.files.read" : ""}`,
      verified: true,
      maker: "Lantern",
      ...(app === "notes" ? { resource } : {}),
    });
    const links = Object.keys(apps).filter((other) => other !== app);
    const text = JSON.stringify;
    const config = path.join(this.#folder, `${app}.toml`);
    await this.#secretFile(
      config,
      [
        `listen = ${text(new URL(url).host)}`,
        `public_url = ${text(url)}`,
        `issuer = ${text(this.issuer)}`,
        `client_id = ${text(client.client_id)}`,
        `client_secret = ${text(client.client_secret)}`,
        `database = ${text(path.join(this.#folder, `${app}.sqlite`))}`,
        `name = ${text(name)}`,
        ...(app === "cloud" ? [`resource = ${text(resource)}`] : []),
        ...(app === "notes" ? [`cloud_api = ${text(resource)}`, `cloud_resource = ${text(resource)}`] : []),
        `links = [${links.map((other) => `{ name = ${text(apps[other].name)}, url = ${text(this.apps[other])} }`).join(", ")}]`,
        "",
      ].join("\n"),
    );
    await this.#start("flagship", [app, "--config", config], `${url}/healthz`, app);
  }

  async #start(binary, args, address, name = binary) {
    const log = path.join(this.#folder, `${name}.log`);
    const out = createWriteStream(log);
    await once(out, "open");
    const child = spawn(path.join(binaries, binary), args, { stdio: ["ignore", out, out], env: environment });
    this.#parts.push(child);
    let failed;
    child.once("error", (error) => (failed = error));
    try {
      await until(`${name} at ${address}`, async () => {
        if (failed) throw failed;
        if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
        return fetch(address).then((answer) => answer.ok, () => false);
      });
    } catch (error) {
      throw new Error(`${error.message}\n${(await readFile(log, "utf8")).split("\n").slice(-15).join("\n")}`);
    }
  }

  async #secretFile(file, content) {
    await writeFile(file, content, { mode: 0o600 });
    await chmod(file, 0o600);
  }

  /** Ends what was started and removes the store. KEYHOUSE_KEEP=yes leaves the folder with its logs. */
  async stop() {
    const ended = this.#parts.map((part) => (part.exitCode === null && part.signalCode === null ? once(part, "exit") : null));
    for (const part of this.#parts) part.kill("SIGTERM");
    await Promise.all(ended);
    if (process.env.KEYHOUSE_KEEP === "yes") console.error(`kept: ${this.#folder}`);
    else await rm(this.#folder, { recursive: true, force: true });
  }
}

/**
 * Starts a Keyhouse, with the flagship apps where `withApps`; `extra` is more configuration, as TOML. Two houses need two hosts:
 * ports do not part cookies.
 */
export async function startHouse({ withApps = false, extra = "", host = "localhost", port } = {}) {
  const house = new House(await mkdtemp(path.join(tmpdir(), "keyhouse-test-")), host, port ?? (await freePort()));
  try {
    await house.open(extra);
    if (withApps) await house.openApps();
  } catch (error) {
    await house.stop();
    throw error;
  }
  return house;
}
