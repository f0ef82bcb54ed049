// Plays the person's browser for a test in another language: opens the address given, answers Keyhouse's pages, and
// prints where the browser is sent in the end.

import { Visitor } from "./sign-in.mjs";

const { KEYHOUSE_ISSUER, KEYHOUSE_IDENTIFIER: identifier, KEYHOUSE_PASSWORD: password } = process.env;
const back = await new Visitor(KEYHOUSE_ISSUER).authorize(process.argv[2], { identifier, password });
console.log(back.href);
