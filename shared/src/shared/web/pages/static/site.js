// Everything works without this file. It tells the site the browser's time zone, sends no form twice, and leads to what is wrong.
"use strict";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !/(^|; )time-zone=/.test(document.cookie)) {
  document.cookie = `time-zone=${encodeURIComponent(zone)}; Path=/; Max-Age=31536000; SameSite=Lax; Secure`;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 5000);
}, true);

// A narrow navigation is scrolled: show where one is.
document.querySelector(".top nav a[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

const showFaults = () => document.getElementById("faults")?.focus();
document.addEventListener("htmx:after:swap", showFaults);
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
  showFaults();
});
