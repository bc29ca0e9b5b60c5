// A person who is ticked among those found moves to the picked ones; unticked there, she goes.
export function people(form) {
  const picked = document.getElementById("picked");
  const field = form.querySelector("[data-people]");
  const seek = form.elements.seek;
  field.querySelector("button[name=find]").hidden = true;
  field.addEventListener("change", ({ target }) => {
    if (target.name !== "people") return;
    const label = target.closest("label");
    const same = [...picked.querySelectorAll("input")].some((each) => each !== target && each.value === target.value);
    if (target.checked && !same) picked.append(label);
    else label.remove();
    if (target.checked) seek.focus();
  }, true);
  seek.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    field.querySelector("#found input")?.focus();
  });
}
