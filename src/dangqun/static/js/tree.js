// Ticking: a park ticks its branches, the whole ticks the parks; what lies under a ticked box is not sent.
const boxes = (place) => [...place.querySelectorAll("[data-twigs] input")];

function settle(bough) {
  const box = bough.querySelector("[data-bough-box]");
  const twigs = boxes(bough);
  const ticked = twigs.filter((each) => each.checked).length;
  const partial = "partial" in bough.dataset;
  if (box && twigs.length && !partial) box.checked = ticked === twigs.length;
  if (box) box.indeterminate = !box.checked && ticked > 0;
  const count = bough.querySelector("[data-bough-count]");
  if (count) count.textContent = box?.checked ? "，全选" : ticked ? `，选了 ${ticked} 个` : "";
}

function crown(tree) {
  const boughs = [...tree.querySelectorAll("[data-bough]")];
  boughs.forEach(settle);
  const all = boughs.length > 0 && boughs.every((bough) => (bough.querySelector("[data-bough-box]") ?? { checked: boxes(bough).every((each) => each.checked) }).checked);
  for (const root of tree.querySelectorAll("[data-root]")) {
    if (boughs.length) root.checked = all;
    root.indeterminate = !root.checked && boughs.some((bough) => bough.querySelector("input:checked"));
  }
}

function tickAll(place, on) {
  for (const box of place.querySelectorAll("input[name=orgs]")) box.checked = on;
}

function covered(box) {
  const bough = box.closest("[data-bough]");
  if (!bough) return false;
  const root = box.closest("[data-tree]").querySelector("[data-root]");
  const above = bough.querySelector("[data-bough-box]");
  return Boolean(root?.checked || (above !== box && above?.checked));
}

export function tree(form) {
  const place = form.querySelector("[data-tree]");
  const roots = [...place.querySelectorAll("[data-root]")];
  if (roots.some((root) => root.checked)) tickAll(place, true);
  for (const bough of place.querySelectorAll("[data-bough]")) {
    if (bough.querySelector("[data-bough-box]")?.checked) tickAll(bough, true);
  }
  crown(place);
  place.addEventListener("change", ({ target }) => {
    if ("root" in target.dataset) tickAll(place, target.checked);
    if ("boughBox" in target.dataset) tickAll(target.closest("[data-bough]"), target.checked);
    crown(place);
  });
  for (const button of place.querySelectorAll("[data-all]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      tickAll(place, Boolean(button.dataset.all));
      crown(place);
      place.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  place.addEventListener("htmx:afterSettle", ({ target }) => {
    const bough = target.closest("[data-bough]");
    if (bough?.querySelector("[data-bough-box]")?.checked) tickAll(bough, true);
    if (bough) delete bough.dataset.partial;
  });
  form.querySelector("[data-zones]")?.addEventListener("change", ({ target }) => {
    if (!target.checked || !roots.some((root) => root.checked)) return;
    tickAll(place, false);
    crown(place);
  });
  form.addEventListener("formdata", ({ formData }) => {
    const sent = [...place.querySelectorAll("input[name=orgs]:checked")].filter((box) => !covered(box));
    formData.set("orgs", sent.map((box) => box.value).join(","));
  });
}
