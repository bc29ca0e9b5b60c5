// Writes src/dangqun/kernel/data/strokes.txt: every Chinese character in 笔画 order, as Unicode CLDR collates it.
// Run: node tools/build_strokes.mjs
import { writeFileSync } from "node:fs";

const order = new Intl.Collator("zh-u-co-stroke");
if (order.resolvedOptions().collation !== "stroke") throw new Error("this Node lacks the stroke collation");
const characters = [];
for (const [first, last] of [[0x3400, 0x4dbf], [0x4e00, 0x9fff], [0x20000, 0x2a6df]])
  for (let point = first; point <= last; point++) characters.push(String.fromCodePoint(point));
characters.sort(order.compare);
writeFileSync("src/dangqun/kernel/data/strokes.txt", characters.join("") + "\n");
