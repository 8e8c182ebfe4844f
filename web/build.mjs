/**
 * Builds the pages, page.html and practice.html beside it: each one file with its script, its
 * style and the fonts it uses, which loads nothing. Python puts its data into the element
 * steepest-data.
 *
 *     node build.mjs [page.html] [--readable]
 *
 * With --readable the script keeps its names and lines, for profiling.
 */

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const view = join(here, "..", "src", "steepest", "view");
const output = process.argv[2] ?? join(view, "page.html");
const katex = dirname(createRequire(import.meta.url).resolve("katex/package.json"));

/** The colours that all views share. */
const { themes } = JSON.parse(readFileSync(join(view, "tokens.json"), "utf8"));

/** The fonts that the page's mathematics needs. */
const FONTS = new Set([
  "KaTeX_Main-Regular", "KaTeX_Math-Italic", "KaTeX_Size1-Regular", "KaTeX_Size2-Regular",
  "KaTeX_Size3-Regular", "KaTeX_Size4-Regular",
]);

/** KaTeX's style sheet with those fonts inside and no others. */
function katexStyle() {
  const sheet = readFileSync(join(katex, "dist", "katex.min.css"), "utf8");
  return sheet.replace(/@font-face\{[^}]*\}/g, (block) => {
    const font = /fonts\/([\w-]+)\.woff2/.exec(block)?.[1];
    if (!font || !FONTS.has(font)) return "";
    const data = readFileSync(join(katex, "dist", "fonts", `${font}.woff2`)).toString("base64");
    return block.replace(/src:[^}]*/, `src:url(data:font/woff2;base64,${data}) format("woff2")`);
  });
}

/** KaTeX itself without the metrics of the fonts that are not there. */
const slimKatex = {
  name: "slim-katex",
  setup(build) {
    build.onLoad({ filter: /katex\.mjs$/ }, ({ path }) => {
      const table = /^  "(\w+-\w+)": \{\n(?:    "\d+": \[[^\]]*\],?\n)*  \}/gm;
      const source = readFileSync(path, "utf8");
      const kept = (block, font) => (FONTS.has(`KaTeX_${font}`) ? block : `  "${font}": {}`);
      return { contents: source.replace(table, kept), loader: "js" };
    });
  },
};

/** The tokens as custom properties, light and dark. */
function colours() {
  const properties = (t) =>
    `--paper:${t.paper};--ink:${t.ink};--quiet:${t.quiet};--line:${t.hairline};` +
    `--gradient:${t.gradient};--direction:${t.direction};--level:${t.level}`;
  return `:root{${properties(themes.light)}}:root[data-theme="dark"]{${properties(themes.dark)}}`;
}

/** The same triangle as the documentation's, in the gradient's colour. */
const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M3 20 12 4l9 16z" fill="none" stroke="${themes.light.gradient}" stroke-width="2.4" stroke-linejoin="round"/></svg>`;

const options = { bundle: true, minify: !process.argv.includes("--readable"), write: false, target: "es2022", legalComments: "none" };

/** The page whose script starts in `entry` and whose style in `sheet`, written to `output`. */
async function write(output, entry, sheet) {
  const bundled = await build({
    ...options,
    entryPoints: [join(here, "src", entry)],
    jsx: "automatic",
    jsxImportSource: "preact",
    format: "iife",
    charset: "utf8",
    plugins: [slimKatex],
  });
  const script = bundled.outputFiles[0].text.replaceAll("</script", "<\\/script");
  const style = (await build({ ...options, entryPoints: [join(here, "src", sheet)] })).outputFiles[0].text;
  const hash = createHash("sha256").update(script).digest("base64");
  const policy = [
    "default-src 'none'", `script-src 'sha256-${hash}'`, "style-src 'unsafe-inline'",
    "font-src data:", "img-src data: blob:", "base-uri 'none'", "form-action 'none'",
  ].join("; ");
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>steepest</title>
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}">
<style>${katexStyle()}${colours()}${style}</style>
</head>
<body>
<div id="page"><noscript>This page needs JavaScript; it runs offline and loads nothing.</noscript></div>
<script type="application/json" id="steepest-data"></script>
<script>${script}</script>
</body>
</html>
`;
  writeFileSync(output, page);
  const kb = (n) => `${(n / 1000).toFixed(0)} kB`;
  console.log(`${output}: ${kb(Buffer.byteLength(page))}, ${kb(gzipSync(page, { level: 9 }).length)} gzipped`);
}

await write(output, "page.tsx", "style.css");
await write(join(dirname(output), "practice.html"), "practice/page.tsx", "practice/style.css");
