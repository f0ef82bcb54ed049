// Makes the code field kinder: what is pasted or filled in loses everything that is not a digit, and typing stops at
// six. The server does the same, so nothing here is needed.

const field = document.getElementById("code");

field?.addEventListener("input", () => {
  const digits = field.value.normalize("NFKC").replace(/\D/g, "").slice(0, 6);
  if (digits !== field.value) field.value = digits;
});
