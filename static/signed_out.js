// Goes on to the app that asked for the sign-out once every frame has loaded, or has had its time. Without this file
// there is the button.

const onward = document.querySelector("a[data-onward]");

if (onward) {
  const go = () => location.assign(onward.href);
  if (document.readyState === "complete") go();
  else addEventListener("load", go, { once: true });
  setTimeout(go, 5000);
}
