//! Wires between the program and everything outside: they count what it sends, can be cut, and can kill it at any
//! moment of a run, with its last request delivered or not.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::process::Host;

/// What goes over all wires of one world.
#[derive(Default)]
pub(crate) struct Tap {
    sent: AtomicUsize,
    trap: Mutex<Option<Trap>>,
}

/// A moment at which the program is killed.
struct Trap {
    at: usize,
    is_delivered: bool,
    host: Host,
}

/// One wire.
pub(crate) struct Wire {
    /// Where it begins, host and port.
    pub(crate) address: String,
    is_cut: Arc<AtomicBool>,
}

impl Tap {
    /// How often the program sent something, in pieces as they came.
    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// Kills the program with SIGKILL when it has sent so many pieces more; whether the last one still arrives is said
    /// too.
    pub(crate) fn kill_at(&self, pieces: usize, is_delivered: bool, host: &Host) {
        let trap = Trap {
            at: self.sent() + pieces,
            is_delivered,
            host: host.clone(),
        };
        *self.trap.lock().unwrap() = Some(trap);
    }

    /// Takes the trap away; whether it still waited.
    pub(crate) fn disarm(&self) -> bool {
        self.trap.lock().unwrap().take().is_some()
    }

    fn sprung(&self) -> Option<Trap> {
        let sent = self.sent.fetch_add(1, Ordering::Relaxed) + 1;
        let mut trap = self.trap.lock().unwrap();
        trap.take_if(|trap| trap.at <= sent)
    }
}

impl Wire {
    /// A wire to `place` (host and port).
    pub(crate) async fn to(place: &str, tap: &Arc<Tap>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let is_cut = Arc::new(AtomicBool::new(false));
        let (place, tap, cut) = (place.to_owned(), Arc::clone(tap), Arc::clone(&is_cut));
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                if cut.load(Ordering::Relaxed) {
                    continue;
                }
                let (place, tap, cut) = (place.clone(), Arc::clone(&tap), Arc::clone(&cut));
                tokio::spawn(async move {
                    let far = TcpStream::connect(place).await?;
                    carry(near, far, &tap, &cut).await
                });
            }
        });
        Self { address, is_cut }
    }

    /// Cuts the wire, or mends it. What is on it already goes on until its next request.
    pub(crate) fn cut(&self, is_cut: bool) {
        self.is_cut.store(is_cut, Ordering::Relaxed);
    }
}

async fn carry(
    near: TcpStream,
    far: TcpStream,
    tap: &Tap,
    is_cut: &AtomicBool,
) -> std::io::Result<()> {
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let (mut from_near, mut to_near) = near.into_split();
    let (mut from_far, mut to_far) = far.into_split();
    let back = tokio::spawn(async move { tokio::io::copy(&mut from_far, &mut to_near).await });
    let mut piece = vec![0; 64 * 1024];
    loop {
        let length = from_near.read(&mut piece).await?;
        if length == 0 || is_cut.load(Ordering::Relaxed) {
            break;
        }
        let bytes = piece.get(..length).unwrap_or_default();
        match tap.sprung() {
            None => to_far.write_all(bytes).await?,
            Some(trap) => {
                if trap.is_delivered {
                    to_far.write_all(bytes).await?;
                }
                trap.host.crash().await;
                break;
            }
        }
    }
    // Whatever was delivered is answered, whether anybody hears it or not.
    to_far.shutdown().await?;
    if is_cut.load(Ordering::Relaxed) {
        back.abort();
    }
    Ok(())
}
