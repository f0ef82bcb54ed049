// Adds "Show" to password fields. The field goes back to dots before the form is sent, so that browsers save it as
// a password and do not keep it among typed texts.

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
}
