// Bundles the page: `node build.mjs` writes ../built/, `node build.mjs --check` says whether it is of
// these sources, to the byte.

import { build } from "esbuild";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url)),
  built = join(here, "..", "built");
const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  preserveSymlinks: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  write: false,
  metafile: true,
};

async function bundled(entry, name) {
  const { outputFiles, metafile } = await build({
    ...common,
    entryPoints: [entry],
    outfile: name,
    jsx: "automatic",
    jsxImportSource: "preact",
  });
  return { text: outputFiles[0].text, inputs: Object.keys(metafile.inputs) };
}

// The licences of everything that is linked in.
function notice(inputs) {
  const folders = new Set(inputs.flatMap((file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  const parts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(here, folder, "package.json"), "utf8"));
    const file = readdirSync(join(here, folder)).find((one) => /^licen[cs]e/i.test(one));
    return `${name} ${version} (${license})\n\n${readFileSync(join(here, folder, file), "utf8").trim()}\n`;
  });
  return `What is linked into page.js and worker.js, and its licences.\n\n${parts.join(`\n${"-".repeat(80)}\n\n`)}`;
}

const page = await bundled("main.jsx", "page.js"),
  worker = await bundled("worker.js", "worker.js");
const style = (await build({ ...common, entryPoints: ["style.css"], outfile: "page.css" })).outputFiles[0]
  .text;
const files = {
  "page.js": page.text,
  "worker.js": worker.text,
  "page.css": style,
  NOTICE: notice([...page.inputs, ...worker.inputs]),
};

if (process.argv.includes("--check")) {
  const stale = Object.keys(files).filter(
    (name) => !existsSync(join(built, name)) || readFileSync(join(built, name), "utf8") !== files[name],
  );
  if (stale.length) {
    console.error(`not of these sources: ${stale.join(", ")}; run make page`);
    process.exit(1);
  }
  console.log("the page is of these sources");
} else {
  mkdirSync(built, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(built, name), text);
  console.log(
    Object.entries(files)
      .map(([name, text]) => `${name} ${Math.round(Buffer.byteLength(text) / 1024)} kB`)
      .join(", "),
  );
}
