//! What the server knows: the folders of the editor, the documents that are open, and what was published.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::Sender;
use lsp_server::{Message, Notification, Request};
use lsp_types::{
    Diagnostic, DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams, InitializeParams, Uri,
};
use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::diagnose::Said;
use super::offer::Client;
use super::root::{Root, is_config};
use super::{diagnose, quiet_for, uri};
use crate::guard::guarded;

/// A document that is open in the editor.
pub struct Open {
    /// Its address, as the editor writes it.
    pub uri: Uri,
    /// Its version, counted by the editor.
    pub version: i32,
    /// Its text.
    pub text: String,
}

/// Everything there is.
pub struct State {
    /// What the editor can do.
    pub client: Client,
    /// Its folders, and the files that are open outside of them.
    pub roots: Vec<Root>,
    /// What is open, by path.
    pub open: BTreeMap<PathBuf, Open>,
    sender: Sender<Message>,
    /// What was last published of each file: its version and its [`Said::mark`].
    published: HashMap<PathBuf, (Option<i32>, Option<u64>)>,
    requests: i32,
}

impl State {
    /// The state at the beginning.
    pub fn new(params: &InitializeParams, client: Client, sender: Sender<Message>) -> Self {
        let folders = params.workspace_folders.iter().flatten().map(|folder| folder.uri.as_str().to_owned());
        #[expect(deprecated, reason = "editors of some age say nothing else")]
        let root = params.root_uri.as_ref().map(|uri| uri.as_str().to_owned());
        let mut folders: Vec<String> = folders.collect();
        if folders.is_empty() {
            folders.extend(root);
        }
        let mut state = State {
            client,
            roots: Vec::new(),
            open: BTreeMap::new(),
            sender,
            published: HashMap::new(),
            requests: 0,
        };
        folders.iter().for_each(|folder| state.add_folder(folder));
        state
    }

    /// Sends a message; an editor that has gone needs none.
    pub fn send(&self, message: Message) {
        let _ = self.sender.send(message);
    }

    fn notify(&self, method: &str, params: Value) {
        self.send(Message::Notification(Notification { method: method.to_owned(), params }));
    }

    /// Asks the editor for something whose answer nobody waits for.
    pub fn request(&mut self, method: &str, params: Value) {
        self.requests += 1;
        let id = self.requests.into();
        self.send(Message::Request(Request { id, method: method.to_owned(), params }));
    }

    /// The editor is ready: asks it to tell of files that change on the disk.
    pub fn begin(&mut self) {
        if self.client.watches {
            let watchers: Vec<Value> = ["**/*.{yaml,yml,json,tpl}", "**/Kustomization", "**/.wplint.yaml"]
                .iter()
                .map(|glob| json!({"globPattern": glob}))
                .collect();
            let registration = json!({
                "id": "wplint.files",
                "method": "workspace/didChangeWatchedFiles",
                "registerOptions": {"watchers": watchers},
            });
            self.request("client/registerCapability", json!({"registrations": [registration]}));
        }
    }

    fn add_folder(&mut self, folder: &str) {
        let Some(folder) = uri::to_path(folder) else {
            return;
        };
        if self.roots.iter().all(|root| root.folder != folder) {
            let mut root = Root::folder(folder);
            for (path, open) in &self.open {
                if root.holds(path) {
                    root.workspace.set(path, open.text.clone());
                }
            }
            self.roots.push(root);
        }
    }

    /// How long to wait for the next message: not at all where nothing is new.
    pub fn patience(&self) -> Option<Duration> {
        let dirty = self.roots.iter().filter_map(|root| Some((root.dirty?, root.took)));
        dirty
            .map(|(since, took)| {
                let quiet = quiet_for(took);
                // Who types without a pause is told now and then.
                (quiet * 4).saturating_sub(since.elapsed()).min(quiet)
            })
            .min()
    }

    /// Lints what is new and tells of it. `named`: somebody asks what names mean.
    pub fn refresh(&mut self, named: bool) {
        let mut any = false;
        for root in self.roots.iter_mut().filter(|root| root.dirty.is_some() || named && !root.is_named) {
            any |= root.dirty.is_some();
            if guarded(|| root.lint(named)).is_none() {
                root.dirty = None;
            }
        }
        if any {
            self.publish();
            if self.client.pulls && self.client.refreshes {
                self.request("workspace/diagnostic/refresh", Value::Null);
            }
        }
    }

    /// The innermost root of a file.
    pub fn owner(&self, path: &Path) -> Option<&Root> {
        let own = self.roots.iter().filter(|root| root.holds(path));
        own.max_by_key(|root| root.folder.as_os_str().len())
    }

    /// What is said of every file of which anything is, root by root.
    pub fn said(&self) -> Vec<(PathBuf, Said<'_>)> {
        let mut all = Vec::new();
        for root in &self.roots {
            let is_own = |path: &Path| self.owner(path).is_some_and(|owner| std::ptr::eq(owner, root));
            all.extend(diagnose::of_run(root).into_iter().filter(|one| is_own(&one.0)));
        }
        all
    }

    /// Publishes what changed.
    fn publish(&mut self) {
        let said = self.said();
        let marks: Vec<u64> = said.par_iter().map(|(_, said)| said.mark()).collect();
        let mut published = HashMap::with_capacity(said.len());
        for ((path, said), mark) in said.into_iter().zip(marks) {
            let open = self.open.get(&path);
            if self.client.pulls && open.is_some() {
                // The editor asks for these itself.
                continue;
            }
            let mark = (open.map(|open| open.version), Some(mark));
            if self.published.get(&path) != Some(&mark) {
                self.tell(&path, &said.diagnostics(self.client.encoding));
            }
            published.insert(path, mark);
        }
        for (path, open) in self.open.iter().filter(|_| !self.client.pulls) {
            if !published.contains_key(path) && self.owner(path).is_some() {
                let mark = (Some(open.version), None);
                if self.published.get(path) != Some(&mark) {
                    self.tell(path, &[]);
                }
                published.insert(path.clone(), mark);
            }
        }
        let mut gone: Vec<&PathBuf> =
            self.published.keys().filter(|path| !published.contains_key(*path)).collect();
        gone.sort();
        gone.into_iter().for_each(|path| self.tell(path, &[]));
        self.published = published;
    }

    fn tell(&self, path: &Path, found: &[Diagnostic]) {
        let open = self.open.get(path);
        let Some(uri) = self.uri(path) else {
            return;
        };
        let version = open.map(|open| open.version);
        self.notify(
            "textDocument/publishDiagnostics",
            json!({"uri": uri, "version": version, "diagnostics": found}),
        );
    }

    /// The address of a path, as the editor writes it if it has the file open.
    pub fn uri(&self, path: &Path) -> Option<Uri> {
        self.open.get(path).map(|open| open.uri.clone()).or_else(|| uri::of_path(path))
    }

    /// Takes a notification of the editor.
    pub fn notified(&mut self, method: &str, params: Value) {
        match method {
            "textDocument/didOpen" => self.with(params, Self::did_open),
            "textDocument/didChange" => self.with(params, Self::did_change),
            "textDocument/didClose" => self.with(params, Self::did_close),
            "textDocument/didSave" => self.with(params, Self::did_save),
            "workspace/didChangeWatchedFiles" => self.with(params, Self::files_changed),
            "workspace/didChangeWorkspaceFolders" => self.with(params, Self::folders_changed),
            _ => {}
        }
    }

    fn with<P: DeserializeOwned>(&mut self, params: Value, take: fn(&mut Self, P)) {
        if let Ok(params) = serde_json::from_value(params) {
            take(self, params);
        }
    }

    fn did_open(&mut self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        let Some(path) = uri::to_path(document.uri.as_str()) else {
            return;
        };
        if self.owner(&path).is_none() {
            self.roots.extend(Root::file(&path));
        }
        let open = Open { uri: document.uri, version: document.version, text: document.text };
        self.open.insert(path.clone(), open);
        self.lay(&path);
    }

    fn did_change(&mut self, params: DidChangeTextDocumentParams) {
        let Some(path) = uri::to_path(params.text_document.uri.as_str()) else {
            return;
        };
        let encoding = self.client.encoding;
        let Some(open) = self.open.get_mut(&path) else {
            return;
        };
        open.version = params.text_document.version;
        for change in params.content_changes {
            encoding.change(&mut open.text, change);
        }
        self.lay(&path);
    }

    /// Lays the text of an open document over its file.
    fn lay(&mut self, path: &Path) {
        let Some(open) = self.open.get(path) else {
            return;
        };
        for root in self.roots.iter_mut().filter(|root| root.holds(path)) {
            root.workspace.set(path, open.text.clone());
            root.touch();
        }
    }

    fn did_close(&mut self, params: DidCloseTextDocumentParams) {
        let Some(path) = uri::to_path(params.text_document.uri.as_str()) else {
            return;
        };
        self.open.remove(&path);
        let is_own = |root: &Root| root.holds(&path) && !root.is_folder();
        self.roots.retain(|root| !is_own(root));
        for root in self.roots.iter_mut().filter(|root| root.holds(&path)) {
            root.workspace.unset(&path);
            root.touch();
        }
        self.publish();
    }

    fn did_save(&mut self, params: DidSaveTextDocumentParams) {
        if let Some(path) = uri::to_path(params.text_document.uri.as_str()) {
            self.changed_on_disk(&path);
        }
    }

    fn files_changed(&mut self, params: DidChangeWatchedFilesParams) {
        for change in params.changes {
            if let Some(path) = uri::to_path(change.uri.as_str()) {
                self.changed_on_disk(&path);
            }
        }
    }

    fn changed_on_disk(&mut self, path: &Path) {
        // A configuration above a folder holds for it, too.
        let config = is_config(path);
        let above = path.parent();
        for root in &mut self.roots {
            let holds = root.holds(path);
            if config && (holds || above.is_some_and(|above| root.folder.starts_with(above))) {
                root.reload();
            } else if holds {
                root.workspace.disk_changed();
                root.touch();
            }
        }
    }

    fn folders_changed(&mut self, params: DidChangeWorkspaceFoldersParams) {
        for folder in params.event.removed {
            let gone = uri::to_path(folder.uri.as_str());
            self.roots.retain(|root| !root.is_folder() || Some(&root.folder) != gone.as_ref());
        }
        params.event.added.iter().for_each(|folder| self.add_folder(folder.uri.as_str()));
        self.publish();
    }
}
