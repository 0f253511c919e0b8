//! An HTTP/1.1 server on loopback that can misbehave at every point: close before or after the work, hang, cut its
//! answer short, answer with something else. What a forge would say is up to its [`Site`].

mod traps;

use std::io::BufReader;
use std::io::Read as _;
use std::io::Write as _;
use std::net::Shutdown;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::Weak;
use std::thread::JoinHandle;

use serde_json::Value;

use super::message::Reply;
use super::message::Request;
use super::message::read_request;
use super::message::send;
use super::spec::Described;
pub(crate) use traps::Fault;
pub(crate) use traps::Happening;
use traps::Trap;
use traps::Traps;

/// What a forge answers.
pub(crate) trait Site: Send + Sync + 'static {
    fn answer(&self, request: &Request) -> Reply;

    /// Returns the forge's own description, if it is a forge's: everything that travelled is checked against it when the
    /// server ends.
    fn description(&self) -> Option<Described> {
        None
    }
}

impl<F: Fn(&Request) -> Reply + Send + Sync + 'static> Site for F {
    fn answer(&self, request: &Request) -> Reply {
        self(request)
    }
}

/// Bytes of an answer that a client under test takes; [`Fault::Huge`] sends more.
pub(crate) const SMALL: usize = 512 * 1024;
/// Between two bytes of [`Fault::Drip`].
const BETWEEN_DROPS: std::time::Duration = std::time::Duration::from_millis(100);

/// One request with the answer that the site gave (not what the fault made of it).
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) request: Request,
    /// None if a fault kept the request from the site.
    pub(crate) reply: Option<Reply>,
}

struct Shared {
    site: Box<dyn Site>,
    traps: Mutex<Traps>,
    log: Mutex<Vec<Exchange>>,
    open: Mutex<Vec<Weak<TcpStream>>>,
    is_over: std::sync::atomic::AtomicBool,
}

/// A running server. Ends when dropped.
pub(crate) struct Server {
    origin: String,
    shared: Arc<Shared>,
    accepting: Mutex<Option<JoinHandle<()>>>,
}

impl Server {
    /// Serves `site` on a free port of loopback.
    pub(crate) fn start(site: impl Site) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        Self::serve(listener, |_| Box::new(site))
    }

    /// Serves a site that must know its own origin, `http://127.0.0.1:PORT`.
    pub(crate) fn start_with<S: Site>(make: impl FnOnce(&str) -> S) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        Self::serve(listener, |origin| Box::new(make(origin)))
    }

    fn serve(listener: TcpListener, make: impl FnOnce(&str) -> Box<dyn Site>) -> Self {
        let address = listener.local_addr().expect("bound");
        let origin = format!("http://{address}");
        let shared = Arc::new(Shared {
            site: make(&origin),
            traps: Mutex::default(),
            log: Mutex::default(),
            open: Mutex::default(),
            is_over: false.into(),
        });
        let own = Arc::clone(&shared);
        let accepting = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if own.is_over.load(std::sync::atomic::Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { break };
                let stream = Arc::new(stream);
                let other = Arc::downgrade(&stream);
                own.open.lock().expect("no panic while held").push(other);
                let own = Arc::clone(&own);
                std::thread::spawn(move || talk(&own, &stream));
            }
        });
        Self {
            origin,
            shared,
            accepting: Mutex::new(Some(accepting)),
        }
    }

    /// Ends: whoever comes from now on is refused.
    pub(crate) fn leave(&self) {
        self.shared
            .is_over
            .store(true, std::sync::atomic::Ordering::SeqCst);
        let open = std::mem::take(&mut *self.shared.open.lock().expect("no panic while held"));
        for stream in open.iter().filter_map(Weak::upgrade) {
            let _closed = stream.shutdown(Shutdown::Both);
        }
        let accepting = self.accepting.lock().expect("no panic while held").take();
        if let Some(accepting) = accepting {
            // Wakes the loop that waits for a connection.
            let _woken = TcpStream::connect(self.origin.trim_start_matches("http://"));
            let _ended = accepting.join();
        }
    }

    /// Returns `http://127.0.0.1:PORT`.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Lets `fault` hit the next request with this method whose path contains `part`.
    pub(crate) fn trap(&self, method: &str, part: &str, fault: Fault) {
        self.trap_after(method, part, 0, 1, fault);
    }

    /// Lets `fault` hit `times` such requests, after `after` of them passed.
    pub(crate) fn trap_after(
        &self,
        method: &str,
        part: &str,
        after: usize,
        times: usize,
        fault: Fault,
    ) {
        self.shared.traps().set(Trap {
            method: method.to_owned(),
            part: part.to_owned(),
            writes: 0,
            after,
            times,
            fault,
        });
    }

    /// Lets `fault` hit the write that comes after `after` others, whatever its method.
    pub(crate) fn trap_write(&self, after: usize, fault: Fault) {
        self.trap_after(traps::ANY_WRITE, "", after, 1, fault);
    }

    /// Lets `fault` hit `times` reads, as soon as the site has said yes to `writes` requests for a change.
    pub(crate) fn trap_reads_after_writes(&self, writes: usize, times: usize, fault: Fault) {
        self.shared.traps().set(Trap {
            method: "GET".to_owned(),
            part: String::new(),
            writes,
            after: 0,
            times,
            fault,
        });
    }

    /// Forgets all faults: the network has healed.
    pub(crate) fn heal(&self) {
        self.shared.traps().forget();
    }

    /// Returns how many requests a fault has hit so far.
    pub(crate) fn hits(&self) -> usize {
        self.shared.traps().hits()
    }

    /// Returns everything that arrived so far.
    pub(crate) fn log(&self) -> Vec<Exchange> {
        self.shared.log.lock().expect("no panic while held").clone()
    }

    /// Returns the requests for a change that reached the site.
    pub(crate) fn writes(&self) -> Vec<Request> {
        let log = self.log();
        let applied = log.into_iter().filter(|exchange| exchange.reply.is_some());
        applied
            .map(|exchange| exchange.request)
            .filter(Request::is_write)
            .collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.leave();
        // Who fails has said why, and a second panic would end all tests.
        if std::thread::panicking() {
            return;
        }
        if let Some(description) = self.shared.site.description() {
            let wrong = description.violations(&self.log());
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        }
    }
}

fn talk(shared: &Shared, stream: &TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut stream = stream;
    while let Some(request) = read_request(&mut reader) {
        let fault = shared.traps().take(&request);
        let keeps_open = match &fault {
            Some(
                Fault::CloseBefore | Fault::ResetBefore | Fault::HangBefore | Fault::Instead(_),
            ) => {
                shared.note(&request, None);
                match fault {
                    Some(Fault::Instead(reply)) => send(&mut stream, &reply, None),
                    Some(Fault::HangBefore) => hang(&mut reader),
                    Some(Fault::ResetBefore) => return reset(stream),
                    _ => false,
                }
            }
            Some(_) | None => {
                if let Some(Fault::Meanwhile(happening)) = &fault {
                    happening.now();
                }
                let reply = shared.site.answer(&request);
                shared.note(&request, Some(reply.clone()));
                if request.is_write() && reply.status < 300 {
                    shared.traps().count_write();
                }
                if let Some(Fault::Afterwards(happening)) = &fault {
                    happening.now();
                }
                match fault {
                    None | Some(Fault::Meanwhile(_) | Fault::Afterwards(_)) => {
                        send(&mut stream, &reply, None)
                    }
                    Some(Fault::Truncate) => {
                        send(&mut stream, &reply, Some(reply.body.len() / 2));
                        false
                    }
                    Some(Fault::WrongType) => {
                        let other =
                            Reply::json(reply.status, &serde_json::json!({"id": {"no": []}}));
                        send(&mut stream, &other, None)
                    }
                    Some(Fault::InsteadAfter(other)) => send(&mut stream, &other, None),
                    Some(Fault::HangAfter) => hang(&mut reader),
                    Some(Fault::HalfOpen) => {
                        let _closed = stream.shutdown(Shutdown::Write);
                        hang(&mut reader)
                    }
                    Some(Fault::Drip) => drip(stream, &mut reader, &reply),
                    Some(Fault::Huge) => {
                        let mut reply = reply;
                        reply.body.resize(2 * SMALL, b' ');
                        send(&mut stream, &reply, None);
                        false
                    }
                    Some(Fault::Stale) => {
                        let old = shared.answered_before(&request).unwrap_or(reply);
                        send(&mut stream, &old, None)
                    }
                    Some(Fault::Overlap) => {
                        let reply = shared.overlapping(&request, reply);
                        send(&mut stream, &reply, None)
                    }
                    Some(Fault::ResetAfter) => return reset(stream),
                    Some(_) => false,
                }
            }
        };
        if !keeps_open {
            break;
        }
    }
    let _closed = stream.shutdown(Shutdown::Both);
}

impl Shared {
    fn traps(&self) -> MutexGuard<'_, Traps> {
        self.traps.lock().expect("no panic while held")
    }

    fn note(&self, request: &Request, reply: Option<Reply>) {
        self.log
            .lock()
            .expect("no panic while held")
            .push(Exchange {
                request: request.clone(),
                reply,
            });
    }

    /// Returns what the site answered the same read before this time.
    fn answered_before(&self, request: &Request) -> Option<Reply> {
        let log = self.log.lock().expect("no panic while held");
        let is_same = |one: &&Exchange| {
            one.request.method == request.method
                && one.request.path == request.path
                && one.request.query == request.query
                && one.request.token() == request.token()
        };
        // The latest is the answer of this very request.
        let reply = log.iter().rev().filter(is_same).nth(1)?.reply.clone();
        reply.filter(|reply| reply.status == 200)
    }

    /// Puts the last item of the page before in front of a page.
    fn overlapping(&self, request: &Request, reply: Reply) -> Reply {
        let page = request
            .query("page")
            .and_then(|page| page.parse::<usize>().ok());
        let Some(page) = page.filter(|page| *page > 1) else {
            return reply;
        };
        let mut before = request.clone();
        before.query.retain(|(name, _)| name != "page");
        before
            .query
            .push(("page".to_owned(), (page - 1).to_string()));
        let before: Value =
            serde_json::from_slice(&self.site.answer(&before).body).unwrap_or_default();
        let now: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let last = before.as_array().and_then(|items| items.last());
        let (Some(last), Some(items)) = (last, now.as_array()) else {
            return reply;
        };
        let mut items = items.clone();
        items.insert(0, last.clone());
        Reply {
            body: Value::Array(items).to_string().into_bytes(),
            ..reply
        }
    }
}

/// Lets the connection be reset when it is dropped, which its thread does next.
fn reset(stream: &TcpStream) {
    let socket = socket2::SockRef::from(stream);
    let no_time = Some(std::time::Duration::ZERO);
    socket.set_linger(no_time).expect("a socket can linger");
}

/// Sends an answer byte by byte until the client has had enough.
fn drip(mut stream: &TcpStream, reader: &mut BufReader<&TcpStream>, reply: &Reply) -> bool {
    let head = format!(
        "HTTP/1.1 {} X\r\ncontent-length: 9999\r\n\r\n",
        reply.status
    );
    stream
        .set_read_timeout(Some(BETWEEN_DROPS))
        .expect("a socket has timeouts");
    for byte in head.bytes().chain(std::iter::repeat(b' ')) {
        let mut nothing = [0];
        let is_gone = matches!(reader.read(&mut nothing), Ok(0));
        if is_gone || stream.write_all(&[byte]).is_err() {
            break;
        }
    }
    false
}

/// Waits until the client closes.
fn hang(reader: &mut BufReader<&TcpStream>) -> bool {
    let mut rest = Vec::new();
    let _gone = reader.read_to_end(&mut rest);
    false
}
