// The check page of an import: what she scrolled to stays, the row in focus comes into view, its fix gets the keyboard.
const kept = new Map();
let wanted = false;

const boxes = () => document.querySelectorAll("[data-keep-scroll]");

// Scrolls only inside the box: the page itself stays where she is.
function reveal(box, first, last = first, above = 0) {
  if (!box || box.scrollHeight <= box.clientHeight) return;
  const top = box.getBoundingClientRect().top;
  const from = first.getBoundingClientRect().top - top - above;
  const to = last.getBoundingClientRect().bottom - top - box.clientHeight;
  if (from < 0 || to > from) box.scrollTop += from - first.offsetHeight;
  else if (to > 0) box.scrollTop += Math.min(to, from);
}

function show() {
  for (const box of boxes()) {
    const [top, left] = kept.get(box.dataset.keepScroll) ?? [0, 0];
    box.scrollTo(left, top);
  }
  const problem = document.querySelector(".dq-problem[aria-current]");
  if (problem) reveal(problem.closest("[data-keep-scroll]"), problem);
  const fix = document.querySelector("[data-here]");
  if (!fix) return;
  reveal(fix.closest("[data-keep-scroll]"), fix.previousElementSibling ?? fix, fix, fix.closest("table").tHead.offsetHeight);
  if (wanted) fix.querySelector("select, input:not([type=hidden]), button")?.focus({ preventScroll: true });
}

export function benches() {
  if (!document.querySelector("[data-bench]")) return;
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    for (const box of boxes()) kept.set(box.dataset.keepScroll, [box.scrollTop, box.scrollLeft]);
    const start = event.detail.requestConfig?.triggeringEvent;
    const byKeys = start?.type === "click" && start.detail === 0 && start.target.closest(".dq-problem");
    wanted = Boolean(start?.type === "submit" || byKeys);
  });
  document.body.addEventListener("htmx:afterSettle", show);
  show();
}
