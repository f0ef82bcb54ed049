// What a person holds that proves who they are: a device that keeps passkeys, and an app that shows codes.

import { createHmac } from "node:crypto";

/** A device with a screen lock that keeps passkeys and shares them: most phones. It does nothing before it is touched. */
const phone = {
  protocol: "ctap2",
  ctap2Version: "ctap2_1",
  transport: "internal",
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: false,
  defaultBackupEligibility: true,
  defaultBackupState: true,
};

/** Gives a page's browser such a device: Chromium's virtual authenticator (the DevTools protocol's WebAuthn domain). */
export async function keepsPasskeys(page, options = {}) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable", { enableUI: false });
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", { options: { ...phone, ...options } });
  const send = (method, more = {}) => devtools.send(`WebAuthn.${method}`, { authenticatorId, ...more });
  return {
    send,
    touch: (enabled = true) => send("setAutomaticPresenceSimulation", { enabled }),
    kept: async () => (await send("getCredentials")).credentials,
  };
}

/** The bytes of a key in base32. */
function bytes(key) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...key.replaceAll(" ", "")].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
}

/** What an authenticator app shows at a time in seconds (RFC 6238). */
export function shownAt(key, seconds) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(seconds / 30)));
  const mac = createHmac("sha1", bytes(key)).update(counter).digest();
  const place = mac[19] & 15;
  return String((mac.readUInt32BE(place) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
