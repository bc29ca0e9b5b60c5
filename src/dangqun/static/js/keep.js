// Keeps what is being written as one draft: two seconds after typing stops, for every file, and on leaving.
import { send } from "./send.js";

const SILENCE_MS = 2000;
const SIGNED_OUT = "您已经退出登录，还没有存上。写的内容还在这一页：请另开一个窗口登录，再回来点“存为草稿”。";
const OFFLINE = "没有网络，还没有存上。写的内容还在这一页，连上后会再存。";
const TROUBLE = "还没有存上，请过一会儿再点“存为草稿”。";

let form, timer, dirty = false, failed = false, running = null;

const say = (words) => { document.getElementById("kept").textContent = words; };

// A sign-in in another window changes the token: take the one that holds now.
function token({ csrfmiddlewaretoken: field }) {
  field.value = document.cookie.match(/(?:^|; )dangqun_csrf=([^;]+)/)?.[1] ?? field.value;
}

function content(extra = {}) {
  token(form.elements);
  const data = new FormData(form);
  data.delete("files");
  for (const [name, value] of Object.entries(extra)) data.append(name, value);
  return data;
}

function take(answer) {
  const here = answer.status === 200 && answer.responseURL.endsWith(form.dataset.keep);
  failed = !here;
  dirty ||= failed;
  if (failed) return say({ 0: OFFLINE, 200: SIGNED_OUT, 403: SIGNED_OUT }[answer.status] ?? TROUBLE);
  const piece = new DOMParser().parseFromString(answer.responseText, "text/html").querySelector("[data-notice]");
  say(piece.querySelector("[data-words]").textContent);
  document.getElementById("files").replaceChildren(...piece.querySelector("[data-files]").childNodes);
  form.elements.notice.value = piece.dataset.notice;
  return piece.dataset.notice && history.replaceState(null, "", piece.dataset.url);
}

// One after the other, so that an older text never overtakes a newer one.
export function keep(extra, progress) {
  clearTimeout(timer);
  dirty = false;
  const mine = running = Promise.resolve(running).then(() => send(form.dataset.keep, content(extra), progress)).then(take);
  say("正在存…");
  return mine.then(() => { running = running === mine ? null : running; });
}

export function changed(soon = SILENCE_MS) {
  if (!form) return; // a page that keeps nothing by itself (更正)
  dirty = true;
  clearTimeout(timer);
  timer = setTimeout(keep, soon);
}

export function keeping(page) {
  form = page;
  for (const [kind, soon] of [["input", SILENCE_MS], ["change", 400]]) {
    form.addEventListener(kind, ({ target }) => { if (!["seek", "files"].includes(target.name)) changed(soon); });
  }
  form.addEventListener("submit", (event) => {
    token(form.elements);
    clearTimeout(timer);
    dirty = failed = false;
    if (!running) return;
    event.preventDefault(); // the autosave under way comes first
    running.then(() => { running = null; form.requestSubmit(event.submitter); });
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden && dirty) keep(); });
  window.addEventListener("online", () => { if (dirty) keep(); });
  window.addEventListener("pagehide", () => { if (dirty) navigator.sendBeacon(form.dataset.keep, content()); });
  window.addEventListener("beforeunload", (event) => { if (failed) event.preventDefault(); });
  document.body.addEventListener("htmx:beforeOnLoad", (event) => {
    // htmx would load the page anew, and what was typed would be gone
    if (event.detail.xhr.status !== 401) return;
    event.preventDefault();
    failed = true;
    say(SIGNED_OUT);
  });
}
