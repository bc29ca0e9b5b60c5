// Starts what a page needs. Everything works without it; it only saves taps.
import { listen } from "./live.js";
import { toasts } from "./toast.js";

document.body.addEventListener("htmx:configRequest", (event) => {
  const token = document.body.dataset.csrf;
  if (token) event.detail.headers["X-CSRFToken"] = token;
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const search = document.querySelector("[data-slash]");
  if (event.key === "/" && !typing && search) {
    event.preventDefault();
    search.focus();
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

toasts();
if (document.body.dataset.csrf) listen();
