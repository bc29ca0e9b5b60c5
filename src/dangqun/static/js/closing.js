// A value that was opened is covered again by itself; the rest of its time runs beside it. The clock is the wall's,
// so that a machine that slept covers it as soon as it wakes.
const MINUTE = 60;

function words(rest) {
  return rest > MINUTE ? `还剩 ${Math.ceil(rest / MINUTE)} 分` : `还剩 ${rest} 秒`;
}

function cover(told) {
  const row = told.closest("dd");
  const value = row.querySelector("[data-clear]");
  value.textContent = value.dataset.mask;
  const card = row.closest("[hx-trigger='closes']");
  told.closest("form").remove();
  if (!card.querySelector(".dq-reveal")) card.dispatchEvent(new CustomEvent("closes")); // nothing typed is lost
}

function tick() {
  for (const told of document.querySelectorAll("[data-closes]")) {
    told.until ??= Date.now() + Number(told.dataset.closes) * 1000;
    const rest = Math.ceil((told.until - Date.now()) / 1000);
    if (rest > 0) told.textContent = words(rest);
    else cover(told);
  }
}

export function closings() {
  if (!document.querySelector("[hx-trigger='closes']")) return;
  tick();
  setInterval(tick, 1000);
}
