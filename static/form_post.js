// Sends the answer on to the app at once; without this file the person presses the button.

const form = document.getElementById("answer");

// A field may be called "submit": the method is taken from where nothing hides it.
if (form) HTMLFormElement.prototype.submit.call(form);
