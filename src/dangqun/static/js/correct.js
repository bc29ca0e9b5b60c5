// 更正: the editor of a notice and its files, without a draft that keeps itself. Without script the page is a plain form.
import { edit } from "./editor.js";

const form = document.getElementById("correct");
if (form) edit(form);
