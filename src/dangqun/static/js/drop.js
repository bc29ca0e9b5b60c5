// A file field becomes a field to drop on: the input lies over the whole frame, the name of the file stands in it.
const MB = 1024 * 1024;

const size = (bytes) => (bytes < MB ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / MB).toFixed(1)} MB`);

function start(frame) {
  const input = frame.querySelector("input[type=file]");
  const name = frame.querySelector("output");
  const over = (on) => frame.classList.toggle("is-over", on);
  frame.classList.add("is-ready");
  input.addEventListener("change", () => {
    name.textContent = [...input.files].map((file) => `${file.name}，${size(file.size)}`).join("；");
    frame.classList.toggle("is-chosen", input.files.length > 0);
    const most = Number(input.dataset.mostMb);
    const tooLarge = most && [...input.files].some((file) => file.size > most * MB);
    input.setCustomValidity(tooLarge ? `文件超过 ${most} MB。请只留要导入的表，另存后再传。` : "");
    if (tooLarge) input.reportValidity();
  });
  input.addEventListener("dragenter", () => over(true));
  for (const kind of ["dragleave", "drop", "dragend"]) input.addEventListener(kind, () => over(false));
}

export function drops() {
  const startAll = () => document.querySelectorAll("[data-drop]:not(.is-ready)").forEach(start);
  startAll();
  document.body.addEventListener("htmx:afterSettle", startAll);
}
