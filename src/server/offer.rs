//! What the editor can do, and what is offered to it.

use lsp_types::InitializeParams;
use serde_json::{Value, json};

use super::place::Encoding;

/// What matters of an editor's capabilities.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// How columns are counted.
    pub encoding: Encoding,
    /// It asks for the diagnostics of open documents itself.
    pub pulls: bool,
    /// It can be told to ask again.
    pub refreshes: bool,
    /// It tells of files that changed on the disk, if it is asked to.
    pub watches: bool,
    /// Edits may name the version of the document that they are for.
    pub versions: bool,
    /// It opens web pages.
    pub shows: bool,
}

impl Client {
    /// Reads the capabilities.
    pub fn read(params: &InitializeParams) -> Self {
        let all = serde_json::to_value(&params.capabilities).unwrap_or_default();
        let is = |path: &str| all.pointer(path).is_some_and(|value| value == &json!(true));
        let encodings = all.pointer("/general/positionEncodings").and_then(Value::as_array);
        let utf8 = encodings.is_some_and(|list| list.contains(&json!("utf-8")));
        Client {
            encoding: if utf8 { Encoding::Utf8 } else { Encoding::Utf16 },
            pulls: all.pointer("/textDocument/diagnostic").is_some_and(Value::is_object),
            refreshes: is("/workspace/diagnostics/refreshSupport"),
            watches: is("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            versions: is("/workspace/workspaceEdit/documentChanges"),
            shows: is("/window/showDocument/support"),
        }
    }
}

/// The command that opens a rule's page.
pub const OPEN_PAGE: &str = "wplint.openPage";

/// The answer to `initialize`.
pub fn capabilities(client: &Client) -> Value {
    let mut capabilities = json!({
        "positionEncoding": client.encoding.name(),
        "textDocumentSync": {"openClose": true, "change": 2, "save": {"includeText": false}},
        "hoverProvider": true,
        "definitionProvider": true,
        "referencesProvider": true,
        "documentSymbolProvider": true,
        "renameProvider": {"prepareProvider": true},
        "completionProvider": {"triggerCharacters": [":", " ", "-"]},
        "codeActionProvider": {"codeActionKinds": ["quickfix", "source.fixAll.wplint"]},
        "executeCommandProvider": {"commands": [OPEN_PAGE]},
        "workspace": {"workspaceFolders": {"supported": true, "changeNotifications": true}},
    });
    if client.pulls {
        // Documents that are not open are told of without being asked for.
        capabilities["diagnosticProvider"] =
            json!({"identifier": "wplint", "interFileDependencies": true, "workspaceDiagnostics": false});
    }
    json!({
        "capabilities": capabilities,
        "serverInfo": {"name": "wplint", "version": env!("CARGO_PKG_VERSION")},
    })
}
