//! The port: who comes in, and closing it for a while.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use socket2::{Domain, Socket, Type};

use super::connection::{self, Attention};
use super::shared::Shared;
use super::state::Door;

/// Connections that may wait to be accepted; a test opens many at once.
const BACKLOG: i32 = 1024;

pub(crate) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = bound(address)?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// A socket that has the port and does not listen: whoever connects is refused by the system.
fn bound(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // Connections of the time before may linger when the port is opened again. On Windows this option would
    // let others take the port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

/// Makes a thread in `accept` look up.
pub(crate) fn wake(address: SocketAddr) {
    drop(TcpStream::connect(address));
}

/// Takes connections until the server stops. Runs on a thread of its own.
pub(crate) fn accept(shared: &Arc<Shared>, listener: TcpListener, address: SocketAddr) {
    let mut listener = Some(listener);
    loop {
        let Some(open) = listener.as_ref() else { return };
        let accepted = open.accept();
        let mut state = shared.state();
        if state.stopping {
            return;
        }
        let closed_until = state.refuse_until.take();
        state.threads.retain(|thread| !thread.is_finished());
        // Decided here, in the order in which they came.
        let mut attention = Attention::Full;
        if accepted.is_ok() && closed_until.is_none() && state.hang_connections > 0 {
            state.hang_connections -= 1;
            attention = Attention::None;
        }
        drop(state);
        if let Some(until) = closed_until {
            drop(accepted);
            drop(listener.take());
            let reserved = bound(address);
            shared.set_door(Door::Closed);
            let mut until = Some(until);
            while let Some(moment) = until {
                shared.wait_until(moment);
                // It may have been prolonged.
                until = shared.state().refuse_until.take();
            }
            listener = reopen(reserved, address);
            shared.set_door(Door::Open);
            continue;
        }
        if let Ok((stream, _)) = accepted {
            connection::spawn(shared, stream, attention);
        }
    }
}

fn reopen(reserved: io::Result<Socket>, address: SocketAddr) -> Option<TcpListener> {
    let opened = reserved.and_then(|socket| socket.listen(BACKLOG).map(|()| socket.into()));
    // Where the port could not be kept, it is taken again.
    opened.or_else(|_| bind(address)).ok()
}
