// Keeps what is being written as one draft: two seconds after typing stops, for every file, and on leaving.
const SILENCE_MS = 2000;
const SIGNED_OUT = "您已经退出登录，还没有存上。写的内容还在这一页：请另开一个窗口登录，再回来点“存为草稿”。";
const OFFLINE = "没有网络，还没有存上。写的内容还在这一页，连上后会再存。";

const TROUBLE = "还没有存上，请过一会儿再点“存为草稿”。";

let form, timer, dirty = false, failed = false, running = null;

const say = (words) => { document.getElementById("kept").textContent = words; };

// A sign-in in another window changes the token: take the one that holds now.
function token() {
  const held = document.cookie.match(/(?:^|; )dangqun_csrf=([^;]+)/)?.[1];
  if (held) form.elements.csrfmiddlewaretoken.value = held;
}

function content(extra = {}) {
  token();
  const data = new FormData(form);
  data.delete("files");
  for (const [name, value] of Object.entries(extra)) data.append(name, value);
  return data;
}

function post(data, progress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (event) => progress?.(event.loaded / event.total));
    request.addEventListener("loadend", () => resolve(request));
    request.open("POST", form.dataset.keep);
    request.send(data);
  });
}

function take(answer) {
  const here = answer.status === 200 && answer.responseURL.endsWith(form.dataset.keep);
  failed = !here;
  if (!here) return say({ 0: OFFLINE, 200: SIGNED_OUT, 403: SIGNED_OUT }[answer.status] ?? TROUBLE);
  const piece = new DOMParser().parseFromString(answer.responseText, "text/html").querySelector("[data-notice]");
  say(piece.querySelector("[data-words]").textContent);
  document.getElementById("files").replaceChildren(...piece.querySelector("[data-files]").childNodes);
  if (!piece.dataset.notice) return undefined;
  form.elements.notice.value = piece.dataset.notice;
  return history.replaceState(null, "", piece.dataset.url);
}

// One after the other, so that an older text never overtakes a newer one.
export function keep(extra, progress) {
  clearTimeout(timer);
  dirty = false;
  running = Promise.resolve(running).then(() => { say("正在存…"); return post(content(extra), progress); }).then(take);
  const mine = running;
  return mine.then(() => { running = running === mine ? null : running; });
}

export function changed(soon = SILENCE_MS) {
  dirty = true;
  clearTimeout(timer);
  timer = setTimeout(keep, soon);
}

export function keeping(page) {
  form = page;
  const mark = (event, soon) => { if (!["seek", "files"].includes(event.target.name)) changed(soon); };
  form.addEventListener("input", (event) => mark(event));
  form.addEventListener("change", (event) => mark(event, 400));
  form.addEventListener("submit", (event) => {
    token();
    clearTimeout(timer);
    dirty = failed = false;
    if (!running) return;
    event.preventDefault();
    running.then(() => { running = null; form.requestSubmit(event.submitter); });
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden && dirty) keep(); });
  window.addEventListener("pagehide", () => { if (dirty) navigator.sendBeacon(form.dataset.keep, content()); });
  window.addEventListener("beforeunload", (event) => { if (failed) event.preventDefault(); });
  document.body.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.status !== 401) return;
    event.preventDefault(); // htmx would load the page anew, and what was typed would be gone
    failed = true;
    say(SIGNED_OUT);
  });
}
