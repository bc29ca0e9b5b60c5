// The editor of a notice (Trix) takes the place of the text field; what it sends is cleaned on the server again.
import Trix from "../vendor/trix/trix.esm.min.js";
import { changed } from "./keep.js";

const { blockAttributes, textAttributes } = Trix.config;
blockAttributes.default.tagName = "p";
blockAttributes.heading1.tagName = "h2";
for (const name of ["quote", "bullet", "number"]) blockAttributes[name].nestable = false;
delete blockAttributes.code;
delete textAttributes.frozen;

// Return begins a paragraph, as in Word; Trix by itself would only break the line.
const { LineBreakInsertion } = Trix.models;
const inBlocks = LineBreakInsertion.prototype.shouldInsertBlockBreak;
LineBreakInsertion.prototype.shouldInsertBlockBreak = function begins() {
  return this.block.hasAttributes() ? inBlocks.call(this) : true;
};

// Word and WPS paste styles, classes, comments and tags of their own: only structure comes in.
function bare(html) {
  return html
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/<(style|script|xml|title)\b[\s\S]*?<\/\1>/gi, "")
    .replace(/<\/?(o|w|v|m|st1):[^>]*>/gi, "")
    .replace(/<img\b[^>]*>/gi, "")
    .replace(/\s(style|class|lang|align|face|color|width|height|on\w+)=("[^"]*"|'[^']*'|[^\s>]+)/gi, "")
    .replace(/<(\/?)h[3-6](?=[\s>])/gi, "<$1h2")
    .replace(/<(\/?)h1(?=[\s>])/gi, "<$1h2");
}

function toolbar() {
  const bar = document.createElement("trix-toolbar");
  bar.id = "body-toolbar";
  bar.append(document.getElementById("body-tools").content.cloneNode(true));
  return bar;
}

export function edit(form) {
  const plain = form.elements.body;
  const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: "body", id: "body-input" });
  hidden.value = document.getElementById("body-html").innerHTML;
  const editor = document.createElement("trix-editor");
  editor.setAttribute("toolbar", "body-toolbar");
  editor.setAttribute("input", hidden.id);
  editor.setAttribute("aria-labelledby", "body-label");
  editor.className = `form-control dq-letter-body${document.getElementById("id_body_error") ? " is-invalid" : ""}`;
  plain.removeAttribute("name");
  plain.removeAttribute("id");
  plain.hidden = true;
  editor.id = "id_body";
  document.querySelector("[data-plain]").hidden = true;
  plain.after(toolbar(), hidden, editor);
  form.elements.rich.value = "1";
  editor.addEventListener("trix-file-accept", (event) => event.preventDefault());
  form.addEventListener("beforeinput", (event) => {
    const html = event.target === editor && event.inputType === "insertFromPaste" && event.dataTransfer?.getData("text/html");
    if (!html) return;
    event.preventDefault(); // before Trix looks at it: the styles in it would break our content policy
    event.stopImmediatePropagation();
    editor.editor.recordUndoEntry("Paste");
    editor.editor.insertHTML(bare(html));
  }, true);
  editor.addEventListener("trix-change", () => {
    changed();
    form.dispatchEvent(new Event("written"));
  });
  form.elements.title.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    editor.focus();
  });
}
