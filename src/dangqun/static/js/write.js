// 写通知: editor, choosing the receivers, files, and a draft that keeps itself. Without script the page is a plain form.
import { edit } from "./editor.js";
import { files } from "./files.js";
import { keeping } from "./keep.js";
import { people } from "./people.js";
import { tree } from "./tree.js";

const form = document.getElementById("write");
if (form) {
  keeping(form);
  edit(form);
  files(form);
  tree(form);
  people(form);
}
