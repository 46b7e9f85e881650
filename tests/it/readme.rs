//! The README's picture is what the program prints.

use std::process::Command;

#[test]
fn the_picture_is_real() {
    let root = env!("CARGO_MANIFEST_DIR");
    let readme = std::fs::read_to_string(format!("{root}/README.md")).expect("the README");
    let block =
        readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a picture");
    let (command, picture) = block.split_once('\n').expect("a command line and its output");
    let arguments = command.strip_prefix("$ wplint ").expect("a command line").split(' ');
    let output = Command::new(env!("CARGO_BIN_EXE_wplint"))
        .args(arguments)
        .args(["--color", "never"])
        .current_dir(root)
        .output()
        .expect("the program runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), picture);
    assert_eq!(output.status.code(), Some(1));
}
