// 交办任务: the editor, and ticking a park ticks its branches. Without script the page is a plain form.
import { edit } from "./editor.js";
import { tree } from "./tree.js";

const form = document.getElementById("assign");
if (form) {
  edit(form);
  tree(form);
}
