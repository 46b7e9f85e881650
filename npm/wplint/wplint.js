#!/usr/bin/env node
// Starts the program that the package of this platform brings along: same arguments, same streams, same exit status.
"use strict";

const { spawnSync } = require("node:child_process");

const name = `@wplint/${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "wplint.exe" : "wplint";

let program;
try {
  program = require.resolve(`${name}/${file}`);
} catch {
  console.error(
    `error: ${name} is not installed. npm leaves it out with --omit=optional and --no-optional, and there is none for ` +
      "every platform; https://github.com/wplint/wplint/blob/main/docs/getting-started.md has other ways",
  );
  process.exit(2);
}

const { status, signal, error } = spawnSync(program, process.argv.slice(2), { stdio: "inherit" });
if (error) {
  console.error(`error: cannot start ${program}: ${error.message}`);
  process.exit(2);
}
if (signal) {
  process.kill(process.pid, signal);
}
process.exit(status ?? 2);
