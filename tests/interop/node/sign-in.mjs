// Signs a person in as a browser without JavaScript would: plain requests, a cookie jar, and the pages' own forms.

/** Cookies of one host. */
class Jar {
  #cookies = new Map();

  take(response) {
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(";");
      const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
      const gone = value === "" || attributes.some((one) => one.trim().toLowerCase() === "max-age=0");
      if (gone) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }

  header() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }
}

const entities = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescape(text) {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return entities[name] ?? whole;
  });
}

function attributes(tag) {
  return Object.fromEntries([...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, unescape(value)]));
}

/** The form of a page that has a field or button of this name: where it goes and its hidden fields. */
function formWith(html, field) {
  for (const [, opening, content] of html.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)) {
    const inputs = [...content.matchAll(/<(?:input|button)([^>]*)>/g)].map(([, tag]) => attributes(tag));
    if (!inputs.some((input) => input.name === field && input.type !== "hidden")) continue;
    const hidden = inputs.filter((input) => input.type === "hidden").map((input) => [input.name, input.value]);
    return { action: attributes(opening).action, fields: hidden };
  }
  return undefined;
}

export class Visitor {
  #jar = new Jar();
  #issuer;

  constructor(issuer) {
    this.#issuer = issuer;
  }

  async #request(url, options = {}) {
    const response = await fetch(url, {
      redirect: "manual",
      ...options,
      headers: { cookie: this.#jar.header(), ...options.headers },
    });
    this.#jar.take(response);
    return response;
  }

  /**
   * Opens an authorization request and answers every page with what the person knows, until the issuer sends the
   * browser elsewhere. Returns that address.
   */
  async authorize(url, { identifier, password, decision = "allow" }) {
    const answers = { identifier, password, decision };
    let response = await this.#request(url);
    let at = new URL(url);
    for (let step = 0; step < 12; step += 1) {
      if (response.status >= 300 && response.status < 400) {
        at = new URL(response.headers.get("location"), at);
        if (at.origin !== new URL(this.#issuer).origin) return at;
        response = await this.#request(at);
        continue;
      }
      const html = await response.text();
      const asked = Object.keys(answers).find((field) => formWith(html, field));
      if (response.status !== 200 || !asked) throw new Error(`${at.pathname}: ${response.status}\n${html.slice(0, 2000)}`);
      const form = formWith(html, asked);
      at = new URL(form.action ?? at, at);
      const body = new URLSearchParams([...form.fields, [asked, answers[asked]]]);
      response = await this.#request(at, { method: "POST", body, headers: { origin: at.origin } });
    }
    throw new Error("the sign-in does not come to an end");
  }
}
