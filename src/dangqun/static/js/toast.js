// A toast goes after 8 seconds, but stays while the pointer or the focus is on it.
const SHOWN_MS = 8000;

export function toasts() {
  for (const toast of document.querySelectorAll("[data-toast]")) {
    const later = () => {
      if (toast.matches(":hover, :focus-within")) setTimeout(later, 1000);
      else toast.remove();
    };
    setTimeout(later, SHOWN_MS);
  }
}
