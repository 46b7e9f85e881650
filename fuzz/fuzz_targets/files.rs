//! Fuzzes the target `files`.
#![no_main]

#[path = "../targets/program.rs"]
#[macro_use]
mod program;
#[path = "../targets/mod.rs"]
mod targets;

fuzz!(files);
