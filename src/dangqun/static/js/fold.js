// Lines of a table that fold: <button class="dq-fold" aria-expanded aria-controls="id id …">. Lists use <details>.
function turn(button, open) {
  button.setAttribute("aria-expanded", String(open));
  for (const id of button.getAttribute("aria-controls").split(" ")) {
    const line = document.getElementById(id);
    if (!line) continue;
    line.hidden = !open;
    const inner = line.querySelector("button.dq-fold[aria-controls]");
    if (inner && !open) turn(inner, false);
  }
}

export function folds() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.dq-fold[aria-controls]");
    if (button) turn(button, button.getAttribute("aria-expanded") !== "true");
  });
}
