//! Real editors: Neovim without a screen, and the extension for VS Code as it is packaged. Where their programs are not
//! there, the tests say so; `WPLINT_EDITORS=required` makes that a failure.

use std::path::Path;
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Whether a program can be started; says so where it cannot.
fn has(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    let required = std::env::var_os("WPLINT_EDITORS").is_some_and(|value| !value.is_empty());
    assert!(there || !required, "{program} is not there");
    if !there {
        eprintln!("skipped: {program} is not there");
    }
    there
}

/// Opens a file (`WPLINT_FILE`) with the server attached.
const OPEN: &str = r#"
local program, folder, out = vim.env.WPLINT_PROGRAM, vim.env.WPLINT_FOLDER, vim.env.WPLINT_OUT
vim.cmd("edit " .. folder .. "/" .. vim.env.WPLINT_FILE)
local client = vim.lsp.start_client({
  name = "wplint",
  cmd = { program, "server" },
  root_dir = folder,
  workspace_folders = { { uri = vim.uri_from_fname(folder), name = folder } },
})
vim.lsp.buf_attach_client(0, client)
"#;

/// Waits for diagnostics, jumps to a definition, applies an action, and writes down what it saw.
const SCRIPT: &str = r#"
local seen = {}
vim.wait(60000, function()
  for _, one in ipairs(vim.diagnostic.get(0)) do
    seen[#seen + 1] = tostring(one.code or (one.user_data and one.user_data.lsp and one.user_data.lsp.code)) .. " " .. one.message
  end
  return #seen > 0
end, 50)
local function ask(method, params)
  for _, answer in pairs(vim.lsp.buf_request_sync(0, method, params, 60000) or {}) do
    if answer.result then return answer.result end
  end
end
local document = { uri = vim.uri_from_bufnr(0) }
local target = ask("textDocument/definition", { textDocument = document, position = { line = 6, character = 34 } })
local actions = ask("textDocument/codeAction", {
  textDocument = document,
  range = { start = { line = 5, character = 8 }, ["end"] = { line = 5, character = 8 } },
  context = { diagnostics = {} },
})
for _, action in ipairs(actions or {}) do
  if action.edit and action.title:find("select `app: web`", 1, true) then
    vim.lsp.util.apply_workspace_edit(action.edit, "utf-16")
  end
end
local file = io.open(out, "w")
file:write(table.concat(seen, "\n"), "\n")
file:write("definition ", target and target[1] and target[1].uri or "none", "\n")
file:write(table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n"), "\n")
file:close()
vim.lsp.stop_client(client)
vim.cmd("qall!")
"#;

const SERVICE: &str = "apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector:
    app: wbe
  ports: [{port: 80, targetPort: http}]
";

const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: \"web:1\", ports: [{name: http, containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: same}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
";

/// Opens one of these files in Neovim and runs a script there; what it wrote down.
fn neovim(file: &str, script: &str, files: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let manifests = folder.path().join("manifests");
    for (path, text) in files {
        let path = manifests.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("written");
    }
    let lua = folder.path().join("script.lua");
    std::fs::write(&lua, format!("{OPEN}{script}")).expect("written");
    let out = folder.path().join("out");
    let status = Command::new("nvim")
        .args(["--headless", "-u", "NONE", "-n", "-c"])
        .arg(format!("luafile {}", lua.display()))
        // A script that fails does not reach its own end.
        .args(["-c", "qall!"])
        .env("WPLINT_PROGRAM", env!("CARGO_BIN_EXE_wplint"))
        .env("WPLINT_FOLDER", &manifests)
        .env("WPLINT_FILE", file)
        .env("WPLINT_OUT", &out)
        .env("HOME", folder.path())
        .output()
        .expect("it runs");
    std::fs::read_to_string(&out).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&status.stderr)))
}

#[test]
fn neovim_shows_what_is_found_and_repairs_it() {
    if !has("nvim") {
        return;
    }
    let seen = neovim("service.yaml", SCRIPT, &[("service.yaml", SERVICE), ("web.yaml", WEB)]);
    assert!(seen.contains("service-selects-nothing"), "{seen}");
    // Nothing is selected, so the port leads nowhere yet.
    assert!(seen.contains("definition "), "{seen}");
    assert!(seen.ends_with(&SERVICE.replace("app: wbe", "app: web")), "{seen}");
}

/// Reads what is known of a value, jumps to its default, and gives it another name.
const CHART_SCRIPT: &str = r#"
vim.wait(60000, function()
  local known = vim.lsp.get_client_by_id(client)
  return known ~= nil and known.server_capabilities ~= nil and known.server_capabilities.hoverProvider ~= nil
end, 50)
local said = {}
local function ask(method, params)
  for _, answer in pairs(vim.lsp.buf_request_sync(0, method, params, 60000) or {}) do
    if answer.error then said[#said + 1] = "refused " .. answer.error.message end
    if answer.result then return answer.result end
  end
end
local function at(line, character, more)
  local place = { textDocument = { uri = vim.uri_from_bufnr(0) }, position = { line = line, character = character } }
  return vim.tbl_extend("force", place, more or {})
end
local hover = ask("textDocument/hover", at(4, 32))
local target = ask("textDocument/definition", at(4, 32))
ask("textDocument/rename", at(6, 31, { newName = "labels" }))
local edit = ask("textDocument/rename", at(4, 32, { newName = "title" }))
vim.lsp.util.apply_workspace_edit(edit, "utf-16")
local file = io.open(out, "w")
file:write(hover.contents.value, "\n")
file:write("definition ", target[1].uri, ":", target[1].range.start.line, "\n")
file:write(table.concat(said, "\n"), "\n")
for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
  file:write(table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\n"), "\n")
end
file:close()
vim.lsp.stop_client(client)
vim.cmd("qall!")
"#;

#[test]
fn neovim_follows_the_values_of_a_chart() {
    if !has("nvim") {
        return;
    }
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n  labels: {a: {{ .Values.front.name }}}\ndata:\n  \
                    more: {{ toJson .Values.more.all | quote }}\n";
    let values = "# of the page\nfront:\n  name: shop # what customers see\nmore: {all: {x: 1}}\n";
    let seen = neovim(
        "web/templates/web.yaml",
        CHART_SCRIPT,
        &[
            ("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
            ("web/values.yaml", values),
            ("web/values-test.yaml", "front: {name: test}\n"),
            ("web/templates/web.yaml", template),
            ("web/templates/_more.tpl", "{{ define \"m\" }}{{ toYaml .Values.more }}{{ end }}\n"),
        ],
    );
    assert!(seen.contains("default: `shop` in `web/values.yaml:3`"), "{seen}");
    assert!(seen.contains("`test` in `web/values-test.yaml:1`"), "{seen}");
    assert!(seen.contains("manifests/web/values.yaml:2\n"), "{seen}");
    assert!(
        seen.contains(
            "refused `all` may be used where a mapping around it is printed or passed on as a whole"
        ),
        "{seen}"
    );
    assert!(
        seen.contains("{{ .Values.front.title }}") && seen.contains("  title: shop # what customers see"),
        "{seen}"
    );
    assert!(seen.contains("front: {title: test}"), "{seen}");
}

#[test]
fn the_extension_is_packaged() {
    if std::env::var_os("WPLINT_EDITORS").is_none() || !has("npm") {
        eprintln!("skipped: WPLINT_EDITORS=required packages the extension for VS Code");
        return;
    }
    let from = Path::new(ROOT).join("editors/vscode");
    let folder = tempfile::tempdir().expect("a folder");
    for name in
        ["package.json", "package-lock.json", "tsconfig.json", ".vscodeignore", "README.md", "LICENSE.md"]
    {
        std::fs::copy(from.join(name), folder.path().join(name)).expect("copied");
    }
    std::fs::create_dir(folder.path().join("src")).expect("a folder");
    std::fs::copy(from.join("src/extension.ts"), folder.path().join("src/extension.ts")).expect("copied");
    for arguments in [&["ci", "--no-audit", "--no-fund"][..], &["run", "package"]] {
        let output =
            Command::new("npm").args(arguments).current_dir(folder.path()).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let name = format!("wplint-{}.vsix", env!("CARGO_PKG_VERSION"));
    let size = std::fs::metadata(folder.path().join(&name)).map_or(0, |data| data.len());
    assert!(size > 10_000, "{name} has {size} bytes");
}
