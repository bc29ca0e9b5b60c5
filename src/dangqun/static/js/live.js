// One socket a tab. A nudge names a topic; every element with data-live of that topic gets the event "live".
const PAUSE_MS = 300;
const RETRY_MS = [500, 1000, 2000, 5000, 10000];

let socket;
let tries = 0;
const due = new Map();

const elements = () => [...document.querySelectorAll("[data-live]")];
const topics = () => [...new Set(elements().flatMap((each) => each.dataset.live.split(" ")))];

function tell(word) {
  for (const mark of document.querySelectorAll("[data-live-state]")) mark.textContent = word;
}

function stir(element) {
  if (due.has(element)) return;
  due.set(element, setTimeout(() => {
    due.delete(element);
    element.dispatchEvent(new CustomEvent("live", { bubbles: false }));
  }, PAUSE_MS));
}

// "age": what changed since the page was drawn, before it could listen, is told at once.
function subscribe() {
  const age = Math.round(performance.now());
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ subscribe: topics(), age }));
}

function open(again) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/live/`);
  socket.addEventListener("open", () => {
    tries = 0;
    subscribe();
    tell("实时");
    if (again) elements().forEach(stir);
  });
  socket.addEventListener("message", (event) => {
    const { topic } = JSON.parse(event.data);
    elements().filter((each) => each.dataset.live.split(" ").includes(topic)).forEach(stir);
  });
  socket.addEventListener("close", (event) => {
    if (event.code === 4401) {
      location.reload();
      return;
    }
    tell("没有网络，正在重连…");
    const pause = RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)];
    setTimeout(() => open(true), pause * (0.7 + 0.6 * Math.random())); // not all pages at the same moment
  });
}

export function listen() {
  if (!topics().length) return;
  open(false);
  document.body.addEventListener("htmx:afterSettle", subscribe);
}
