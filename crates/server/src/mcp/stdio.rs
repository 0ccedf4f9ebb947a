//! An agent at standard input and output: one message a line.
//!
//! A thread reads lines, one task takes them in their order, and calls of tools run beside each other. Whatever is told besides goes to
//! standard error, so nothing on standard output is ever anything but a message.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use super::dispatch::{self, Answered, Exchange, Peer};
use super::message::{Fault, Message, Received};
use crate::limits;
use crate::state::State;

/// Lines that are read ahead.
const AHEAD: usize = 64;

/// A line, or that there was one too long to be kept.
enum Line {
    Whole(Vec<u8>),
    TooLong,
}

/// Answers until the input ends, or until nobody reads the output.
pub(crate) async fn run(
    state: Arc<State>,
    input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
) -> std::io::Result<()> {
    let (lines, mut received) = mpsc::channel(AHEAD);
    std::thread::Builder::new().name("reads messages".to_owned()).spawn(move || read(input, &lines))?;
    let (answers, mut told) = mpsc::channel::<String>(AHEAD);
    let writing = tokio::task::spawn_blocking(move || write(output, &mut told));
    let mut desk = Desk { state, peer: Peer { agreed: None }, answers, calls: JoinSet::new(), by_id: HashMap::new() };
    let reader = desk.answers.clone();
    loop {
        let line = tokio::select! {
            () = reader.closed() => break,
            line = received.recv() => line,
            Some(_) = desk.calls.join_next(), if !desk.calls.is_empty() => {
                desk.by_id.retain(|_, call| !call.is_finished());
                continue;
            }
        };
        let Some(line) = line else { break };
        if desk.take(line).await.is_err() {
            break;
        }
    }
    drop(reader);
    let Desk { answers, mut calls, .. } = desk;
    let finish = async { while calls.join_next().await.is_some() {} };
    _ = tokio::time::timeout(limits::DRAIN_TIME, finish).await;
    drop((answers, calls));
    // Nobody is left to tell of an output that is closed.
    _ = writing.await;
    Ok(())
}

/// What is done with messages, and what is being done.
struct Desk {
    state: Arc<State>,
    peer: Peer,
    answers: mpsc::Sender<String>,
    calls: JoinSet<()>,
    by_id: HashMap<String, AbortHandle>,
}

/// Nobody reads the output any more.
struct Closed;

impl Desk {
    async fn take(&mut self, line: Line) -> Result<(), Closed> {
        let Line::Whole(line) = line else {
            let fault = Fault::invalid(format!("expected a message of at most {} bytes", limits::BODY));
            return self.tell(fault.reply(&Value::Null)).await;
        };
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        match dispatch::received(&line) {
            Err(answered) => self.tell(answered.text).await,
            Ok(Received::Several(messages)) => match dispatch::batch(messages, &mut self.peer, &self.state).await {
                Some(answered) => self.tell(answered.text).await,
                None => Ok(()),
            },
            Ok(Received::One(message)) => match Message::of(message) {
                Err((id, fault)) => self.tell(fault.reply(&id)).await,
                Ok(Message::Answer) => Ok(()),
                Ok(Message::Notification { method, params }) => {
                    if method == "notifications/cancelled" {
                        self.cancel(&params);
                    }
                    Ok(())
                }
                Ok(Message::Request(request)) => match Exchange::begin(request, &mut self.peer) {
                    Err(answered) => self.tell(answered.text).await,
                    Ok(exchange) if exchange.is_call() => self.call(exchange).await,
                    Ok(exchange) => {
                        let answered = exchange.finish(&self.state).await;
                        self.tell(answered.text).await
                    }
                },
            },
        }
    }

    /// Begins a call, and goes on to the next message.
    async fn call(&mut self, exchange: Exchange) -> Result<(), Closed> {
        let key = exchange.id.to_string();
        if self.by_id.get(&key).is_some_and(|call| !call.is_finished()) {
            let fault = Fault::invalid("expected an `id` that no other request has that is being answered");
            return self.tell(Answered::fault(&exchange.id, &fault).text).await;
        }
        let (state, answers) = (self.state.clone(), self.answers.clone());
        let call = self.calls.spawn(async move {
            let answered = exchange.finish(&state).await;
            // The reader has gone; the loop notices by itself.
            _ = answers.send(answered.text).await;
        });
        self.by_id.insert(key, call);
        Ok(())
    }

    /// Drops a call that nobody waits for. It is not answered then; what has not begun never begins.
    fn cancel(&mut self, params: &Map<String, Value>) {
        if let Some(call) = params.get("requestId").and_then(|id| self.by_id.remove(&id.to_string())) {
            call.abort();
        }
    }

    async fn tell(&self, answer: String) -> Result<(), Closed> {
        self.answers.send(answer).await.map_err(|_| Closed)
    }
}

/// Reads lines until the end. Of one that is too long no more is kept than the limit.
fn read(mut input: impl BufRead, lines: &mpsc::Sender<Line>) {
    let mut line = Vec::new();
    let mut is_long = false;
    loop {
        let Ok(bytes) = input.fill_buf() else { return };
        let is_end = bytes.is_empty();
        let end = bytes.iter().position(|&byte| byte == b'\n');
        let part = &bytes[..end.unwrap_or(bytes.len())];
        is_long |= line.len() + part.len() > limits::BODY;
        if is_long {
            line.clear();
        } else {
            line.extend_from_slice(part);
        }
        let used = end.map_or(bytes.len(), |end| end + 1);
        input.consume(used);
        if end.is_none() && !is_end {
            continue;
        }
        let whole = std::mem::take(&mut line);
        let read = if std::mem::take(&mut is_long) { Line::TooLong } else { Line::Whole(whole) };
        if lines.blocking_send(read).is_err() || is_end {
            return;
        }
    }
}

/// Writes answers, one a line, until there are no more or nobody reads them.
fn write(mut output: impl Write, answers: &mut mpsc::Receiver<String>) {
    while let Some(mut answer) = answers.blocking_recv() {
        answer.push('\n');
        if output.write_all(answer.as_bytes()).and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}
