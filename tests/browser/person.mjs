// What a person does on Keyhouse's pages and in the flagship apps.

import assert from "node:assert/strict";

/** Types into a field and presses Enter. */
export async function answer(page, field, value) {
  const input = page.locator(`input[name="${field}"]:not([type="hidden"])`);
  await input.fill(value);
  await input.press("Enter");
}

/** Waits for the page that asks for this. */
export function asked(page, field) {
  return page.locator(`input[name="${field}"]:not([type="hidden"])`).waitFor();
}

/** From Keyhouse's first page to wherever the sign-in leads: identifier, then password. */
export async function signInByPassword(page, { identifier, password }) {
  await answer(page, "identifier", identifier);
  await asked(page, "password");
  await answer(page, "password", password);
}

/** Identifier, then a code that is sent to `to`. */
export async function signInByCode(page, house, { identifier, to = identifier }) {
  const seen = (await house.messages()).length;
  await answer(page, "identifier", identifier);
  await page.waitForURL(/\/signin\/(password|code)\?/);
  if (new URL(page.url()).pathname === "/signin/password") {
    await page.locator('form[action="/signin/code/send"] button:not([name="channel"])').click();
  }
  await asked(page, "code");
  await answer(page, "code", await house.nextCode(to, seen));
}

/** Finishes an account after its address was proved; one with nothing but that address passes over the question for another. */
export async function finishAccount(page, { name, password = "" }) {
  await page.waitForURL(/\/signup\/details/);
  await page.locator("#name").fill(name);
  await page.locator("#password").fill(password);
  const terms = page.locator("#terms");
  if (await terms.count()) await terms.check();
  await page.locator('form[action="/signup/details"] button[type="submit"]').click();
  if (password) return;
  await page.waitForURL(/\/signup\/second/);
  await page.locator("main .aside a").click();
}

/** Asks, on a page of sign-in, to be approved on another device: where its QR code leads, and its number. */
export async function askElsewhere(page) {
  await page.locator('form[action="/signin/elsewhere"] button').click();
  await page.locator("svg.qr").waitFor();
  const secret = new URL(page.url()).searchParams.get("request");
  return { path: `/signin/approve/${secret}`, number: await page.locator(".match-number").innerText() };
}

/** Answers the consent page. */
export async function decide(page, decision) {
  await page.locator(`button[name="decision"][value="${decision}"]`).click();
}

/** The flagship apps' sign-in link and sign-out button. */
export const signInLink = (page) => page.getByRole("link", { name: "Sign in", exact: true });
export const signOutButton = (page) => page.getByRole("button", { name: "Sign out", exact: true });

/** Writes a note in notes and leaves it open. */
export async function writeNote(page, notes, title) {
  await page.goto(`${notes}/new`);
  await page.locator("#title").fill(title);
  await page.locator("#body").fill("Two nights by the lake.");
  await page.getByRole("button", { name: "Keep", exact: true }).click();
  await page.getByRole("link", { name: "All notes" }).or(page.getByRole("link", { name: title })).first().waitFor();
  const listed = page.getByRole("link", { name: title });
  if (await listed.count()) await listed.first().click();
  await page.getByRole("link", { name: "Attach a file from cloud" }).waitFor();
}

/** From an open note to Keyhouse's question whether notes may read cloud's files. */
export async function askForCloud(page) {
  await page.getByRole("link", { name: "Attach a file from cloud" }).click();
  await page.getByRole("button", { name: "Connect cloud" }).click();
  await page.locator('button[name="decision"][value="allow"]').waitFor();
}

/** Opens an app and presses its sign-in button; ends at the first page that Keyhouse shows, or back in the app. */
export async function pressSignIn(page, app) {
  await page.goto(app);
  await signInLink(page).click();
}

/** The app shows this person as signed in. */
export async function signedInAs(page, app, name) {
  await page.waitForURL((url) => url.origin === app);
  await signOutButton(page).waitFor();
  assert.match(await page.locator("body").innerText(), new RegExp(name), `${app} shows ${name}`);
}

/** The app, opened anew, asks to sign in. */
export async function signedOut(page, app) {
  await page.goto(app);
  await signInLink(page).waitFor();
}
