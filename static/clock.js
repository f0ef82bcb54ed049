// Puts the browser's own time of day where the server wrote UTC, and counts down beside a time to wait for.
// Nothing is announced: the countdown is hidden from screen readers, which have the time itself.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (/^\d\d:\d\d UTC$/.test(time.textContent.trim()) && !Number.isNaN(at.getTime())) {
    time.textContent = clock.format(at);
  }
}

// Nothing here is waited for longer: where it seems so, this device's clock is wrong.
const DAY = 24 * 60 * 60 * 1000;

for (const place of document.querySelectorAll("[data-countdown]")) {
  const time = place.querySelector("time");
  const at = time ? new Date(time.dateTime).getTime() : NaN;
  if (Number.isNaN(at) || at - Date.now() > DAY) continue;
  const shown = document.createElement("span");
  shown.setAttribute("aria-hidden", "true");
  place.append(" ", shown);
  const tick = () => {
    const seconds = Math.ceil((at - Date.now()) / 1000);
    if (seconds <= 0) {
      place.textContent = place.dataset.now;
      return;
    }
    const left = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    shown.textContent = place.dataset.countdown.replace("%", left);
    setTimeout(tick, 1000);
  };
  tick();
}
