// The eye beside a password field: shows what was typed, as long as it is pressed on.
for (const eye of document.querySelectorAll("[data-eye]")) {
  const input = document.getElementById(eye.dataset.eye);
  eye.hidden = false;
  eye.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    eye.setAttribute("aria-pressed", String(!shown));
    input.focus();
  });
}
