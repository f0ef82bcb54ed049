// Asks whether the other device has answered, and looks at the page again once it has. Without it the page looks again by itself.

const place = document.querySelector("[data-elsewhere]");

const ask = async () => {
  try {
    const answer = await fetch(place.dataset.elsewhere, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (answer.ok && (await answer.json()).waits === false) {
      location.reload();
      return;
    }
  } catch {
    // The network is away for a moment: the next time may be better.
  }
  setTimeout(ask, 2000);
};

if (place) setTimeout(ask, 2000);
