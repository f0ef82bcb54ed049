// Works for a text message: seeks the number that, behind the text of the task, has a SHA-256 beginning with so many zero
// bits, and sends it. Nothing leaves the browser meanwhile. Whoever runs no scripts is told what to do instead.
//
// The task is longer than one block of the hash (FIPS 180-4), so all that is the same for every number is hashed once.

const form = document.getElementById("proof");

const K = new Int32Array(64);
const START = new Int32Array(8);

// The fractional parts of the roots of the first primes (FIPS 180-4, sections 4.2.2 and 5.3.3).
const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
for (let candidate = 2, found = 0; found < 64; candidate++) {
  let prime = true;
  for (let by = 2; by * by <= candidate; by++) if (candidate % by === 0) prime = false;
  if (!prime) continue;
  if (found < 8) START[found] = fraction(Math.sqrt(candidate));
  K[found] = fraction(Math.cbrt(candidate));
  found++;
}

const W = new Int32Array(64);

// One block of 64 bytes, whose sixteen words stand in W: moves `state` on, into `next`.
const compress = (state, next) => {
  for (let i = 16; i < 64; i++) {
    const x = W[i - 15];
    const y = W[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  next[0] = state[0] + a;
  next[1] = state[1] + b;
  next[2] = state[2] + c;
  next[3] = state[3] + d;
  next[4] = state[4] + e;
  next[5] = state[5] + f;
  next[6] = state[6] + g;
  next[7] = state[7] + h;
};

// What is left of a text after its whole blocks, and the state these lead to.
const begin = (bytes) => {
  const state = START.slice();
  const whole = bytes.length - (bytes.length % 64);
  for (let at = 0; at < whole; at += 64) {
    for (let i = 0; i < 16; i++) {
      const word = at + 4 * i;
      W[i] = (bytes[word] << 24) | (bytes[word + 1] << 16) | (bytes[word + 2] << 8) | bytes[word + 3];
    }
    compress(state, state);
  }
  return { state, rest: bytes.subarray(whole), length: bytes.length };
};

const block = new Uint8Array(64);
const words = new DataView(block.buffer);
const end = new Int32Array(8);

// The first 32 bits of the hash: no task asks for more zero bits.
const hash = ({ state, rest, length }, number) => {
  const digits = String(number);
  block.fill(0);
  block.set(rest);
  for (let i = 0; i < digits.length; i++) block[rest.length + i] = digits.charCodeAt(i);
  block[rest.length + digits.length] = 0x80;
  words.setUint32(60, (length + digits.length) * 8);
  for (let i = 0; i < 16; i++) W[i] = words.getInt32(4 * i);
  compress(state, end);
  return end[0];
};

const work = (task, bits) => {
  const begun = begin(new TextEncoder().encode(`${task}.`));
  // The digits, their end and the length must fit into one block.
  if (begun.rest.length > 44) return Promise.reject(new Error("the task is longer than this script knows"));
  let number = 0;
  return new Promise((resolve) => {
    const some = () => {
      const until = performance.now() + 40;
      do {
        for (let i = 0; i < 500; i++, number++) {
          if (Math.clz32(hash(begun, number)) >= bits) return resolve(number);
        }
      } while (performance.now() < until);
      // The page stays awake in between.
      setTimeout(some);
    };
    some();
  });
};

if (form) {
  const status = form.querySelector("[data-working]");
  const instead = status.textContent;
  status.textContent = status.dataset.working;
  work(form.elements.challenge.value, Number(form.dataset.bits)).then(
    (number) => {
      form.elements.answer.value = number;
      HTMLFormElement.prototype.submit.call(form);
    },
    () => {
      status.textContent = instead;
    },
  );
}
