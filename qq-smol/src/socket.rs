//! `Action::Connect`, `Send` and `Disconnect`: one task for each WebSocket connection.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_tungstenite::tungstenite::http::Uri;
use async_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use async_tungstenite::tungstenite::{Error as WsError, Message};
use async_tungstenite::{WebSocketReceiver, WebSocketSender, WebSocketStream};
use bytes::Bytes;
use qq_proto::{ConnId, Frame, Signal, TransportError, may_carry_secret};
use smol::future;
use smol::io::{AsyncRead, AsyncWrite};
use smol::stream::Stream;

use crate::dial::connect;
use crate::gate::Queue;
use crate::proxy::Proxy;
use crate::shared::{Inbox, Mail};
use crate::tls::{self, tls_error};
use crate::wait::within;

/// Messages that are read before the driver is told.
const BATCH: usize = 64;

/// The WebSocket library's read buffer; its default is 128 KiB for each connection.
const READ_BUFFER: usize = 8 * 1024;

/// Saying goodbye takes this long at most: nobody waits for the answer.
const GOODBYE: Duration = Duration::from_millis(300);

/// What the driver keeps of a connection: what it has to do.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    state: Mutex<Todo>,
    /// The handshake of the protocol is done, so reading may be paused.
    live: AtomicBool,
}

#[derive(Debug, Default)]
struct Todo {
    frames: VecDeque<Frame>,
    hang_up: Option<u16>,
    waker: Option<Waker>,
}

enum Order {
    Send(Frame),
    HangUp(u16),
}

impl Orders {
    pub(crate) fn send(&self, frame: Frame) {
        self.change(|todo| todo.frames.push_back(frame));
    }

    pub(crate) fn hang_up(&self, code: u16) {
        self.change(|todo| todo.hang_up = Some(code));
    }

    pub(crate) fn set_live(&self) {
        self.live.store(true, Ordering::Relaxed);
    }

    fn change(&self, change: impl FnOnce(&mut Todo)) {
        let waker = {
            let mut todo = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut todo);
            todo.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The next order. Frames that were given before a hang-up go first.
    async fn next(&self) -> Order {
        poll_fn(|cx| {
            let mut todo = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(frame) = todo.frames.pop_front() {
                return Poll::Ready(Order::Send(frame));
            }
            if let Some(code) = todo.hang_up {
                return Poll::Ready(Order::HangUp(code));
            }
            todo.waker = Some(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    async fn hung_up(&self) {
        while !matches!(self.next().await, Order::HangUp(_)) {}
    }
}

/// What a dial needs.
pub(crate) struct Dial {
    pub(crate) conn: ConnId,
    pub(crate) url: String,
    pub(crate) timeout: Duration,
    pub(crate) largest: usize,
    pub(crate) proxy: Option<Proxy>,
}

/// Opens a connection and serves it until it ends or is hung up.
pub(crate) async fn serve(dial: Dial, orders: Arc<Orders>, inbox: Inbox, queue: Arc<Queue>) {
    let conn = dial.conn;
    let opening = async { Some(within(dial.timeout, open(&dial)).await) };
    let abandoned = async {
        orders.hung_up().await;
        None
    };
    let socket = match future::or(abandoned, opening).await {
        None => return,
        Some(Err(error)) => return inbox.signal(conn, Signal::Failed(error)),
        Some(Ok(socket)) => socket,
    };
    inbox.signal(conn, Signal::Opened);
    let (sender, receiver) = socket.split();
    let last = future::or(write(sender, &orders), async {
        Some(read(receiver, conn, &orders, &inbox, &queue).await)
    })
    .await;
    if let Some(signal) = last {
        inbox.signal(conn, signal);
    }
}

/// What it takes to be a connection.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

type Socket = WebSocketStream<Box<dyn Duplex>>;

async fn open(dial: &Dial) -> Result<Socket, TransportError> {
    if !may_carry_secret(&dial.url) {
        return Err(TransportError::Url);
    }
    let url: Uri = dial.url.parse().map_err(|_| TransportError::Url)?;
    let encrypted = url.scheme_str().is_some_and(|scheme| scheme.eq_ignore_ascii_case("wss"));
    let host = url.host().ok_or(TransportError::Url)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = url.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
    let tcp = connect(dial.proxy.as_ref(), host, port, encrypted).await?;
    let stream: Box<dyn Duplex> =
        if encrypted { Box::new(tls::secure(host, tcp).await?) } else { Box::new(tcp) };
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(Some(dial.largest))
        .max_frame_size(Some(dial.largest));
    match async_tungstenite::client_async_with_config(url, stream, Some(config)).await {
        Ok((socket, _)) => Ok(socket),
        Err(error) => Err(ws_error(&error)),
    }
}

fn ws_error(error: &WsError) -> TransportError {
    if let WsError::Http(response) = error {
        TransportError::Status(response.status().as_u16())
    } else if let WsError::Io(error) = error {
        tls_error(error)
    } else if matches!(error, WsError::Capacity(_)) {
        TransportError::TooLarge
    } else if matches!(error, WsError::ConnectionClosed | WsError::AlreadyClosed) {
        TransportError::Broken
    } else {
        TransportError::Protocol
    }
}

/// Carries out orders until there is nothing more to send. Gives what is to be reported, if anything.
async fn write(mut sender: WebSocketSender<Box<dyn Duplex>>, orders: &Orders) -> Option<Signal> {
    loop {
        match orders.next().await {
            Order::Send(frame) => {
                let message = Message::Text(frame.into_string().into());
                if let Err(error) = sender.send(message).await {
                    // Only the reading half knows why a peer left: it had a close frame to read.
                    if matches!(error, WsError::ConnectionClosed | WsError::AlreadyClosed) {
                        orders.hung_up().await;
                        return None;
                    }
                    return Some(Signal::Failed(ws_error(&error)));
                }
            }
            Order::HangUp(code) => {
                let goodbye = CloseFrame { code: code.into(), reason: "".into() };
                let said = async { sender.close(Some(goodbye)).await.map_err(|_| TransportError::Broken) };
                let _ = within(GOODBYE, said).await;
                return None;
            }
        }
    }
}

/// What came of a look at the socket.
enum Look {
    /// Messages, and the end if it has come.
    Texts(Vec<Bytes>, Option<Signal>),
    /// There is no room for what may be there.
    Full,
}

/// Reads what is there, in batches, for as long as there is room.
async fn read(
    mut receiver: WebSocketReceiver<Box<dyn Duplex>>,
    conn: ConnId,
    orders: &Orders,
    inbox: &Inbox,
    queue: &Queue,
) -> Signal {
    let mut paused = false;
    loop {
        match poll_fn(|cx| look(&mut receiver, orders, queue, cx)).await {
            Look::Full => {
                if !paused {
                    paused = true;
                    inbox.signal(conn, Signal::ReadPaused);
                }
                queue.room().await;
            }
            Look::Texts(texts, last) => {
                if paused {
                    paused = false;
                    inbox.signal(conn, Signal::ReadResumed);
                }
                if !texts.is_empty() {
                    inbox.send(Mail::Texts { conn, texts });
                }
                if let Some(last) = last {
                    return last;
                }
                // The driver may live on the same thread: let it hand on what has come.
                future::yield_now().await;
            }
        }
    }
}

/// Takes what can be had at once. Room is reserved for no longer than this takes, so an idle connection holds none.
fn look(
    receiver: &mut WebSocketReceiver<Box<dyn Duplex>>,
    orders: &Orders,
    queue: &Queue,
    cx: &mut Context<'_>,
) -> Poll<Look> {
    // Until it is live it is read in any case: a handshake must not wait for the application.
    let room = queue.reserve(BATCH, orders.live.load(Ordering::Relaxed));
    if room == 0 {
        return Poll::Ready(Look::Full);
    }
    let mut texts = Vec::new();
    let mut last = None;
    while texts.len() < room && last.is_none() {
        match Pin::new(&mut *receiver).poll_next(cx) {
            Poll::Ready(Some(Ok(Message::Text(text)))) => texts.push(Bytes::from(text)),
            Poll::Ready(Some(Ok(Message::Binary(bytes)))) => texts.push(bytes),
            // The library answers pings by itself.
            Poll::Ready(Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)))) => {}
            Poll::Ready(Some(Ok(Message::Close(frame)))) => {
                let code = frame.map(|frame| u16::from(frame.code));
                last = Some(Signal::Closed { code });
            }
            Poll::Ready(Some(Err(error))) => last = Some(ended(&error)),
            Poll::Ready(None) => last = Some(Signal::Closed { code: None }),
            Poll::Pending if texts.is_empty() => {
                queue.give_back(room);
                return Poll::Pending;
            }
            Poll::Pending => break,
        }
    }
    queue.give_back(room - texts.len());
    Poll::Ready(Look::Texts(texts, last))
}

fn ended(error: &WsError) -> Signal {
    use async_tungstenite::tungstenite::error::ProtocolError;
    if matches!(error, WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake)) {
        Signal::Closed { code: None }
    } else {
        Signal::Failed(ws_error(error))
    }
}
