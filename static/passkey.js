// Passkeys: what the browser does for them cannot be done without a script. The server makes every question and judges
// every answer; here they only change form, between JSON and bytes, and the answer travels in a plain form.

const api = globalThis.PublicKeyCredential;

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/** Asks the server what to ask the browser. Nothing where the person has to prove themselves first: the page says so. */
async function question(form, address) {
  const answer = await fetch(address, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" });
  if (answer.type === "opaqueredirect") {
    location.reload();
    return undefined;
  }
  if (!answer.ok) throw new Error(`the question was answered with ${answer.status}`);
  const { publicKey } = await answer.json();
  publicKey.challenge = bytes(publicKey.challenge);
  if (publicKey.user) publicKey.user.id = bytes(publicKey.user.id);
  for (const list of [publicKey.allowCredentials, publicKey.excludeCredentials]) {
    for (const credential of list ?? []) credential.id = bytes(credential.id);
  }
  return publicKey;
}

/** What the authenticator answered, as JSON. By hand: not every password manager's answer can do it itself. */
function written({ rawId, type, response }) {
  const id = text(rawId);
  const all = { clientDataJSON: text(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) all[name] = text(response[name]);
  }
  if (response.getTransports) all.transports = response.getTransports();
  return JSON.stringify({ id, rawId: id, type, response: all, clientExtensionResults: {} });
}

function send(form, credential) {
  form.elements.credential.value = written(credential);
  form.submit();
}

/** Somebody who closes the browser's window knows why nothing happened; anything else is said. */
function failed(form, error) {
  if (error.name === "NotAllowedError" || error.name === "AbortError") return;
  const known = error.name === "InvalidStateError" && form.querySelector("[data-passkey-known]");
  (known || form.querySelector("[data-passkey-fault]")).hidden = false;
}

function clear(form) {
  for (const fault of form.querySelectorAll("[data-passkey-fault], [data-passkey-known]")) fault.hidden = true;
}

// One question at a time: the one behind the field is taken back when the button asks.
let waiting;
// Until when the question behind the field is good.
let good = 0;

async function ask(form, run) {
  waiting?.abort();
  const controller = (waiting = new AbortController());
  good = 0;
  clear(form);
  try {
    const publicKey = await question(form, form.dataset.passkeyGet ?? form.dataset.passkeyCreate);
    if (!publicKey || controller.signal.aborted) return;
    send(form, await run({ publicKey, signal: controller.signal }));
  } catch (error) {
    failed(form, error);
    if (form === autofilled && waiting === controller) offerInField();
  }
}

// The browser offers passkeys in the field for names, beside what it knows of names. A question is good for five minutes,
// so a page that stays open asks again before that, and when it is looked at again.
const FRESH = 4 * 60 * 1000;
const field = document.querySelector('input[autocomplete~="webauthn"]');
const autofilled = field && document.querySelector("form[data-passkey-get]");
let again;

async function offerInField() {
  if (!autofilled || document.hidden || Date.now() < good || !(await api.isConditionalMediationAvailable?.())) return;
  clearTimeout(again);
  good = Date.now() + FRESH;
  waiting?.abort();
  const controller = (waiting = new AbortController());
  try {
    const publicKey = await question(autofilled, autofilled.dataset.passkeyGet);
    if (!publicKey || controller.signal.aborted) return;
    again = setTimeout(offerInField, FRESH);
    send(autofilled, await navigator.credentials.get({ publicKey, mediation: "conditional", signal: controller.signal }));
  } catch {
    // The field is still there to type in.
  }
}

/** Tells the passkey provider what still counts (Web Authentication §5.1.10). Nobody is waiting for an answer. */
async function tell({ passkeyRp: rpId, passkeyUnknown, passkeyAccount: userId, ...account }) {
  if (passkeyUnknown) await api.signalUnknownCredential?.({ rpId, credentialId: passkeyUnknown });
  if (!userId) return;
  const allAcceptedCredentialIds = account.passkeyAccepted.split(" ").filter(Boolean);
  await api.signalAllAcceptedCredentials?.({ rpId, userId, allAcceptedCredentialIds });
  const { passkeyName: name, passkeyDisplayName: displayName } = account;
  await api.signalCurrentUserDetails?.({ rpId, userId, name, displayName });
}

if (api && navigator.credentials) {
  for (const form of document.querySelectorAll("form[data-passkey-get], form[data-passkey-create]")) {
    const run = (options) => (form.dataset.passkeyGet ? navigator.credentials.get(options) : navigator.credentials.create(options));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask(form, run);
    });
  }
  for (const shown of document.querySelectorAll("[data-passkey-shown], form[data-passkey-get], form[data-passkey-create]")) {
    shown.hidden = false;
  }
  for (const hidden of document.querySelectorAll("[data-passkey-missing]")) hidden.hidden = true;
  for (const told of document.querySelectorAll("[data-passkey-rp]")) tell({ ...told.dataset }).catch(() => {});

  const offers = document.querySelectorAll("[data-passkey-offer]");
  if (offers.length > 0 && (await api.isUserVerifyingPlatformAuthenticatorAvailable?.())) {
    for (const offer of offers) offer.value = "yes";
  }

  document.addEventListener("visibilitychange", offerInField);
  // Back by the browser's button: the answer of before is spent.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const spent of document.querySelectorAll('input[name="credential"]')) spent.value = "";
    good = 0;
    offerInField();
  });
  offerInField();
}
