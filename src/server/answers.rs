//! Requests of the editor, each with its answer.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use lsp_server::ErrorCode;
use lsp_types::{
    CodeActionParams, CompletionParams, Diagnostic, DocumentDiagnosticParams, DocumentSymbolParams,
    ExecuteCommandParams, GotoDefinitionParams, HoverParams, ReferenceParams, RenameParams,
    TextDocumentPositionParams, WorkspaceDiagnosticParams,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::asked::Asked;
use super::state::State;
use super::{actions, complete, hover, navigate, offer, outline, uri};

/// An answer, or a code and a message.
pub type Answer = Result<Value, (ErrorCode, String)>;

/// Requests that ask what names mean.
const OF_NAMES: [&str; 6] = [
    "textDocument/hover",
    "textDocument/definition",
    "textDocument/references",
    "textDocument/prepareRename",
    "textDocument/rename",
    "textDocument/completion",
];

/// Answers a request. Whatever was edited before it is seen.
pub fn answer(state: &mut State, method: &str, params: Value) -> Answer {
    state.refresh(OF_NAMES.contains(&method));
    match method {
        "textDocument/diagnostic" => document_diagnostics(state, read(params)?),
        "workspace/diagnostic" => workspace_diagnostics(state, read(params)?),
        "textDocument/codeAction" => {
            let params: CodeActionParams = read(params)?;
            Ok(actions::actions(state, &params).into())
        }
        "textDocument/hover" => {
            let params: HoverParams = read(params)?;
            let asked = Asked::read(state, &params.text_document_position_params);
            Ok(asked.and_then(|asked| hover::hover(state, asked)).unwrap_or_default())
        }
        "textDocument/definition" => {
            let params: GotoDefinitionParams = read(params)?;
            let asked = Asked::read(state, &params.text_document_position_params);
            Ok(asked.map_or(Value::Null, |asked| navigate::definition(state, asked)))
        }
        "textDocument/references" => {
            let params: ReferenceParams = read(params)?;
            let asked = Asked::read(state, &params.text_document_position);
            let own = params.context.include_declaration;
            Ok(asked.map_or(Value::Null, |asked| navigate::references(state, asked, own)))
        }
        "textDocument/prepareRename" => {
            let params: TextDocumentPositionParams = read(params)?;
            let asked = Asked::read(state, &params);
            match asked {
                Some(asked) => navigate::prepare(state, asked)
                    .map(Option::unwrap_or_default)
                    .map_err(|message| (ErrorCode::RequestFailed, message)),
                None => Ok(Value::Null),
            }
        }
        "textDocument/rename" => {
            let params: RenameParams = read(params)?;
            match Asked::read(state, &params.text_document_position) {
                Some(asked) => navigate::rename(state, asked, &params.new_name)
                    .map_err(|message| (ErrorCode::RequestFailed, message)),
                None => Ok(Value::Null),
            }
        }
        "textDocument/documentSymbol" => {
            let params: DocumentSymbolParams = read(params)?;
            let path = uri::to_path(params.text_document.uri.as_str());
            let root = path.as_ref().and_then(|path| state.owner(path));
            let file = root.zip(path.as_ref()).and_then(|(root, path)| Some((root, root.find(path)?)));
            Ok(file.map_or_else(|| json!([]), |(root, file)| outline::outline(state, root, file)))
        }
        "textDocument/completion" => {
            let params: CompletionParams = read(params)?;
            let position = params.text_document_position;
            let path = uri::to_path(position.text_document.uri.as_str());
            Ok(path.and_then(|path| complete::complete(state, &path, position.position)).unwrap_or_default())
        }
        "workspace/executeCommand" => {
            let params: ExecuteCommandParams = read(params)?;
            open_page(state, &params)
        }
        _ => Err((ErrorCode::MethodNotFound, format!("there is no method `{method}`"))),
    }
}

fn read<P: DeserializeOwned>(params: Value) -> Result<P, (ErrorCode, String)> {
    serde_json::from_value(params).map_err(|error| (ErrorCode::InvalidParams, error.to_string()))
}

fn document_diagnostics(state: &State, params: DocumentDiagnosticParams) -> Answer {
    let path = uri::to_path(params.text_document.uri.as_str());
    let said = path.and_then(|path| state.said().into_iter().find(|one| one.0 == path));
    let found = said.map_or_else(Vec::new, |(_, said)| said.diagnostics(state.client.encoding));
    Ok(report(&found, params.previous_result_id.as_deref()))
}

fn workspace_diagnostics(state: &State, params: WorkspaceDiagnosticParams) -> Answer {
    let said = state.said().into_iter();
    let mut all: BTreeMap<_, _> =
        said.map(|(path, said)| (path, said.diagnostics(state.client.encoding))).collect();
    let known: Vec<_> = params
        .previous_result_ids
        .iter()
        .filter_map(|one| Some((uri::to_path(one.uri.as_str())?, one.value.as_str())))
        .collect();
    // What had diagnostics and has none any more is told, too.
    for (path, _) in &known {
        all.entry(path.clone()).or_default();
    }
    let items = all.iter().filter_map(|(path, found)| {
        let previous = known.iter().find(|one| one.0 == *path).map(|one| one.1);
        let mut report = report(found, previous);
        report["uri"] = json!(state.uri(path)?);
        report["version"] = json!(state.open.get(path).map(|open| open.version));
        Some(report)
    });
    Ok(json!({"items": items.collect::<Vec<_>>()}))
}

fn report(found: &[Diagnostic], previous: Option<&str>) -> Value {
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(found).unwrap_or_default().hash(&mut hasher);
    let id = format!("{:016x}", hasher.finish());
    if previous == Some(&id) {
        return json!({"kind": "unchanged", "resultId": id});
    }
    json!({"kind": "full", "resultId": id, "items": found})
}

fn open_page(state: &mut State, params: &ExecuteCommandParams) -> Answer {
    let address = params.arguments.first().and_then(Value::as_str);
    let (true, Some(address)) = (params.command == offer::OPEN_PAGE, address) else {
        return Err((ErrorCode::InvalidParams, format!("there is no command `{}`", params.command)));
    };
    let pages = format!("{}/", env!("CARGO_PKG_REPOSITORY"));
    if state.client.shows && address.starts_with(&pages) {
        state.request("window/showDocument", json!({"uri": address, "external": true}));
    }
    Ok(Value::Null)
}
