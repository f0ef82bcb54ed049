// Adds "Show" to password fields. The field goes back to dots before the form is sent, so that browsers save it as
// a password and do not keep it among typed texts. Where one is chosen, a meter says how good it is while it is typed: the
// server's own judgement, the same as the form gets. Where that cannot be had, there is no meter.

const PAUSE = 400;

/** Judges what is in the field, once the person pauses. Only the newest answer is shown. */
function measure(frame, field) {
  const meter = document.createElement("p");
  meter.className = "meter";
  meter.hidden = true;
  const bars = document.createElement("span");
  bars.className = "meter-bars";
  bars.setAttribute("aria-hidden", "true");
  for (let bar = 0; bar < 4; bar++) bars.append(document.createElement("span"));
  const words = document.createElement("span");
  words.setAttribute("role", "status");
  meter.append(bars, words);
  frame.after(meter);
  let timer;
  let asking;
  const hide = () => {
    meter.hidden = true;
    words.textContent = "";
  };
  const ask = async () => {
    asking = new AbortController();
    const sent = new URLSearchParams();
    for (const name of ["csrf", "attempt", "name", "password"]) {
      const value = field.form.elements.namedItem(name)?.value;
      if (value) sent.set(name, value);
    }
    try {
      const answer = await fetch(frame.dataset.measure, { method: "POST", body: sent, signal: asking.signal, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const { level, text } = await answer.json();
      meter.dataset.level = level;
      words.textContent = text;
      meter.hidden = false;
    } catch (error) {
      if (error.name !== "AbortError") hide();
    }
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    asking?.abort();
    if (field.value) timer = setTimeout(ask, PAUSE);
    else hide();
  });
  field.form.addEventListener("submit", () => {
    clearTimeout(timer);
    asking?.abort();
  });
}

for (const frame of document.querySelectorAll(".with-show")) {
  const field = frame.querySelector("input");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "show";
  button.setAttribute("aria-controls", field.id);
  const set = (visible) => {
    field.type = visible ? "text" : "password";
    button.textContent = visible ? frame.dataset.hide : frame.dataset.show;
  };
  button.addEventListener("click", () => {
    set(field.type === "password");
    field.focus();
  });
  field.form?.addEventListener("submit", () => set(false));
  set(false);
  frame.append(button);
  if (frame.dataset.measure && field.form) measure(frame, field);
}
