// Lays out the packages for npm, ready for `npm pack` and `npm publish`.
//
//   node npm/build.mjs launcher OUT              the package `wplint`, which asks for one of the others
//   node npm/build.mjs platform TARGET BINARY OUT    the package with the program for one target
//
// The version, the description and the licence are those of Cargo.toml.
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const cargo = readFileSync(join(root, "Cargo.toml"), "utf8");
const platforms = JSON.parse(readFileSync(join(here, "platforms.json"), "utf8"));

/** A text of the section `[package]`, which is the first of Cargo.toml. */
function field(name) {
  const found = cargo.match(new RegExp(`^${name} = "(.*)"$`, "m"));
  if (!found) throw new Error(`Cargo.toml has no ${name}`);
  return found[1];
}

const packageOf = ({ os, cpu }) => `@wplint/${os}-${cpu}`;
const common = {
  version: field("version"),
  description: field("description"),
  license: field("license"),
  repository: { type: "git", url: `git+${field("repository")}.git` },
};

function lay(out, manifest, files) {
  mkdirSync(out, { recursive: true });
  for (const [from, to, mode] of files) {
    copyFileSync(from, join(out, to));
    chmodSync(join(out, to), mode);
  }
  for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) copyFileSync(join(root, licence), join(out, licence));
  writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

function launcher(out) {
  const optional = Object.values(platforms).map((platform) => [packageOf(platform), common.version]);
  const manifest = {
    name: "wplint",
    ...common,
    keywords: ["kubernetes", "linter", "yaml", "availability"],
    bin: { wplint: "wplint.js" },
    engines: { node: ">=16" },
    files: ["wplint.js", "LICENSE-*"],
    optionalDependencies: Object.fromEntries(optional),
  };
  lay(out, manifest, [
    [join(here, "wplint", "wplint.js"), "wplint.js", 0o755],
    [join(root, "README.md"), "README.md", 0o644],
  ]);
}

function platform(target, binary, out) {
  const own = platforms[target];
  if (!own) throw new Error(`no package is made for ${target}; npm/platforms.json lists ${Object.keys(platforms)}`);
  const file = own.os === "win32" ? "wplint.exe" : "wplint";
  const manifest = {
    name: packageOf(own),
    ...common,
    description: `The wplint program for ${own.os} on ${own.cpu}; install the package wplint`,
    os: [own.os],
    cpu: [own.cpu],
    files: [file, "LICENSE-*"],
    preferUnplugged: true,
  };
  lay(out, manifest, [[binary, file, 0o755]]);
}

const [what, ...rest] = process.argv.slice(2);
if (what === "launcher" && rest.length === 1) launcher(...rest);
else if (what === "platform" && rest.length === 3) platform(...rest);
else {
  console.error("usage: build.mjs launcher OUT | build.mjs platform TARGET BINARY OUT");
  process.exit(2);
}
