//! `wplint server`: the language server. One thread reads what the editor sends, another one lints and answers, so that
//! edits are taken while a run goes on and what was cancelled is never begun.

mod actions;
mod answers;
mod asked;
mod complete;
mod diagnose;
mod expressions;
mod fields;
mod hover;
mod navigate;
mod offer;
mod outline;
mod place;
mod root;
mod state;
mod uri;

use std::collections::HashSet;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::InitializeParams;

use crate::guard::guarded;
use state::State;

/// Requests that the editor does not wait for any more.
type Cancelled = Arc<Mutex<HashSet<RequestId>>>;

/// Serves one editor over standard input and output until it says goodbye. Returns whether it did so in due form.
///
/// # Errors
/// What the connection says: something that is not the protocol, or a closed pipe.
pub fn stdio() -> Result<bool, Box<dyn Error + Send + Sync>> {
    let (connection, threads) = Connection::stdio();
    let (id, params) = connection.initialize_start()?;
    let params: InitializeParams = serde_json::from_value(params)?;
    let client = offer::Client::read(&params);
    connection.initialize_finish(id, offer::capabilities(&client))?;
    let (sender, receiver) = crossbeam_channel::unbounded();
    let cancelled = Cancelled::default();
    let state = State::new(&params, client, connection.sender.clone());
    let worker = {
        let cancelled = Arc::clone(&cancelled);
        std::thread::Builder::new()
            .name("lint".to_owned())
            .spawn(move || work(state, &receiver, &cancelled))?
    };
    let mut proper = false;
    for message in &connection.receiver {
        match message {
            Message::Request(request) if request.method == "shutdown" => {
                // Nothing is read after it but `exit`.
                proper = connection.handle_shutdown(&request).unwrap_or(false);
                break;
            }
            Message::Notification(one) if one.method == "$/cancelRequest" => {
                if let Some(id) = one.params.get("id").and_then(|id| serde_json::from_value(id.clone()).ok())
                {
                    cancelled.lock().unwrap_or_else(|broken| broken.into_inner()).insert(id);
                }
            }
            Message::Notification(one) if one.method == "exit" => break,
            message => {
                if sender.send(message).is_err() {
                    break;
                }
            }
        }
    }
    drop(sender);
    let _ = worker.join();
    drop(connection);
    threads.join()?;
    Ok(proper)
}

/// Takes messages in their order; lints when there is something new and nothing else comes for a moment.
fn work(mut state: State, messages: &Receiver<Message>, cancelled: &Cancelled) {
    state.begin();
    loop {
        let message = match state.patience() {
            None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(patience) => messages.recv_timeout(patience),
        };
        match message {
            Ok(message) => take(&mut state, message, cancelled),
            Err(RecvTimeoutError::Timeout) => state.refresh(false),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn take(state: &mut State, message: Message, cancelled: &Cancelled) {
    match message {
        Message::Request(request) => {
            let id = request.id.clone();
            let is_cancelled =
                |id: &RequestId| cancelled.lock().unwrap_or_else(|broken| broken.into_inner()).remove(id);
            let response = if is_cancelled(&id) {
                Response::new_err(id, ErrorCode::RequestCanceled as i32, "cancelled".to_owned())
            } else {
                answer(state, request)
            };
            state.send(Message::Response(response));
        }
        Message::Notification(Notification { method, params }) => {
            // A bug in one message costs that message.
            let _ = guarded(|| state.notified(&method, params));
        }
        Message::Response(_) => {}
    }
}

fn answer(state: &mut State, request: Request) -> Response {
    let Request { id, method, params } = request;
    match guarded(|| answers::answer(state, &method, params)) {
        Some(Ok(result)) => Response::new_ok(id, result),
        Some(Err((code, message))) => Response::new_err(id, code as i32, message),
        None => {
            let message = "this request failed: this is a bug in wplint".to_owned();
            Response::new_err(id, ErrorCode::InternalError as i32, message)
        }
    }
}

/// How long nothing has to come before a run begins, by how long the last one took: who types waits for this, too.
fn quiet_for(last: Duration) -> Duration {
    (last / 10).clamp(Duration::from_millis(2), Duration::from_millis(250))
}
