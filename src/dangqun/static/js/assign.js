// 交办任务: ticking a park ticks its branches. Without script the boxes are sent as they are.
import { tree } from "./tree.js";

const form = document.getElementById("assign");
if (form) tree(form);
