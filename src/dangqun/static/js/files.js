// Files go up as soon as they are chosen and stay with the draft; each says how far it is.
import { keep } from "./keep.js";

function line(name) {
  const told = document.createElement("p");
  told.className = "dq-file";
  told.setAttribute("role", "status");
  const say = (words) => { told.textContent = `${name}　${words}`; };
  say("等着传");
  return { told, say };
}

async function up(input, place) {
  const limit = Number(input.dataset.limit);
  const chosen = [...input.files];
  input.value = "";
  input.dispatchEvent(new Event("change"));
  for (const file of chosen) {
    const { told, say } = line(file.name);
    place.append(told);
    if (file.size > limit) {
      say(`超过 ${limit / 1048576} MB，没有传。请压缩图片，或者分成几个文件。`);
      continue;
    }
    await keep({ files: file }, (done) => say(`正在传 ${Math.round(done * 100)}%`));
    told.remove();
  }
}

export function files(form) {
  const input = form.elements.files;
  const place = document.createElement("div");
  document.getElementById("files").before(place);
  input.addEventListener("change", () => { if (input.files.length) up(input, place); });
  document.getElementById("files").addEventListener("click", (event) => {
    const button = event.target.closest("button[name=remove]");
    if (!button) return;
    event.preventDefault();
    keep({ remove: button.value });
  });
}
