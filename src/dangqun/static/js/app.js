// Starts what a page needs. Everything works without it; it only saves taps.
import { benches } from "./bench.js";
import { closings } from "./closing.js";
import { dialogs } from "./dialog.js";
import { drops } from "./drop.js";
import "./eye.js";
import { folds } from "./fold.js";
import { listen } from "./live.js";
import { toasts } from "./toast.js";
import { troubles } from "./trouble.js";

document.body.addEventListener("htmx:configRequest", (event) => {
  const token = document.body.dataset.csrf;
  if (token) event.detail.headers["X-CSRFToken"] = token;
  if (event.detail.triggeringEvent?.type === "live") event.detail.headers["X-Live"] = "1"; // keeps nobody signed in
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const search = document.querySelector("[data-slash]");
  if (event.key === "/" && !typing && search?.offsetParent) {
    event.preventDefault();
    search.focus();
  }
  if (event.key === "Escape" && event.target.matches("[data-slash]")) event.target.blur();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// A form that is being sent cannot be sent a second time by an impatient finger.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (event.defaultPrevented || !button || event.target.method === "get") return;
  setTimeout(() => { button.disabled = true; });
  setTimeout(() => { button.disabled = false; }, 5000);
});

document.querySelector(".dq-errors")?.focus();
document.querySelector(".dq-rooms [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
benches();
closings();
dialogs();
drops();
folds();
toasts();
troubles();
if (document.body.dataset.csrf) listen();
