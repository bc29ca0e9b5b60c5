// What htmx could not fetch is said in a sentence at the top of the page, never swallowed.
const SENTENCES = {
  0: "没有网络，刚才的操作没有送出。连上后请再点一次。",
  403: "这一页放得太久了，刚才的操作没有保存。请刷新后再做。",
  404: "没有这一项，或者您看不到它。请刷新本页。",
  413: "传的内容太大了。请把文件压小，或者分几次传。",
};
const OTHERWISE = "平台出了问题，不是您的操作不对。请过一会儿再试。";

const silent = (event) => event.detail.requestConfig?.triggeringEvent?.type === "live";

function say(status) {
  const place = document.getElementById("refusal");
  const piece = document.getElementById("trouble").content.cloneNode(true);
  piece.querySelector("p").textContent = SENTENCES[status] ?? OTHERWISE;
  place.replaceChildren(piece);
  place.scrollIntoView({ block: "nearest" });
}

export function troubles() {
  document.body.addEventListener("htmx:responseError", (event) => say(event.detail.xhr.status));
  document.body.addEventListener("htmx:sendError", (event) => {
    if (!silent(event)) say(0);
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && !silent(event)) document.getElementById("refusal").replaceChildren();
  });
}
