// A toast goes after 8 seconds, but stays while the pointer or the focus is on it.
const SHOWN_MS = 8000;

function start(toast) {
  const later = () => {
    if (!toast.isConnected) return;
    if (toast.matches(":hover, :focus-within")) setTimeout(later, 1000);
    else toast.remove();
  };
  setTimeout(later, SHOWN_MS);
}

export function toasts() {
  const place = document.querySelector(".dq-toasts");
  if (!place) return;
  place.querySelectorAll("[data-toast]").forEach(start);
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) if (node.matches?.("[data-toast]")) start(node);
    }
  }).observe(place, { childList: true });
  place.addEventListener("click", (event) => {
    if (event.target.closest("[data-gone]")) event.target.closest("[data-toast]").remove();
  });
}
