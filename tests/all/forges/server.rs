//! An HTTP/1.1 server on loopback that can misbehave at every point: close before or after the work, hang, cut its
//! answer short, answer with something else. What a forge would say is up to its [`Site`].

use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Read as _;
use std::io::Write as _;
use std::net::Shutdown;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::Weak;
use std::thread::JoinHandle;

use serde_json::Value;

/// One request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The path as on the wire, `/api/v4/projects/a%2Fb`.
    pub(crate) path: String,
    /// The query, decoded.
    pub(crate) query: Vec<(String, String)>,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Returns the path's segments below `prefix`, decoded; none if the path is elsewhere.
    pub(crate) fn segments(&self, prefix: &str) -> Option<Vec<String>> {
        let rest = self.path.strip_prefix(prefix)?;
        let segments = rest.trim_start_matches('/').split('/').map(decode);
        Some(segments.collect())
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let mut pairs = self.query.iter();
        pairs.find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    /// Returns the bearer token.
    pub(crate) fn token(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// Returns the body as JSON; `Null` where there is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Tells whether it asks for a change.
    pub(crate) fn is_write(&self) -> bool {
        self.method != "GET"
    }
}

/// One answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_string().into_bytes(),
        }
    }

    pub(crate) fn text(status: u16, kind: &str, body: &str) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            body: body.as_bytes().to_vec(),
        }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Cuts a list into pages as `page` and `size_key` ask, never more than `most` items, with `Link` to the next page.
pub(crate) fn page(
    request: &Request,
    origin: &str,
    items: &[Value],
    size_key: &str,
    most: usize,
) -> Reply {
    let number = |name: &str| {
        request
            .query(name)
            .and_then(|text| text.parse::<usize>().ok())
    };
    let page = number("page").unwrap_or(1).max(1);
    let size = number(size_key).unwrap_or(most).clamp(1, most);
    let start = (page - 1).saturating_mul(size).min(items.len());
    let end = (start + size).min(items.len());
    let reply = Reply::json(200, &Value::Array(items[start..end].to_vec()));
    if end == items.len() {
        return reply;
    }
    let mut query: Vec<String> = request
        .query
        .iter()
        .filter(|(name, _)| name != "page")
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    query.push(format!("page={}", page + 1));
    let link = format!(
        "<{origin}{}?{}>; rel=\"next\"",
        request.path,
        query.join("&")
    );
    reply.with("link", &link)
}

/// Gives an answer its ETag, and shortens it to 304 where the client has it.
pub(crate) fn tagged(request: &Request, reply: Reply) -> Reply {
    use std::hash::Hash as _;
    use std::hash::Hasher as _;
    if request.is_write() || reply.status != 200 {
        return reply;
    }
    let mut hasher = std::collections::hash_map::DefaultHasher::new();
    reply.body.hash(&mut hasher);
    let tag = format!("W/\"{:016x}\"", hasher.finish());
    if request.header("if-none-match") == Some(tag.as_str()) {
        return Reply::empty(304).with("etag", &tag);
    }
    reply.with("etag", &tag)
}

/// What a forge answers.
pub(crate) trait Site: Send + Sync + 'static {
    fn answer(&self, request: &Request) -> Reply;
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

/// What goes wrong with one request.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// Nobody listens any more: for whole acts, see [`Server::leave`].
    Gone,
    /// The connection is reset before the forge did anything.
    ResetBefore,
    /// The forge does it, and the connection is reset.
    ResetAfter,
    /// The connection closes before the forge did anything.
    CloseBefore,
    /// The forge does it, and the connection closes without an answer.
    CloseAfter,
    /// The forge does it and never answers, until the client gives up.
    HangAfter,
    /// The forge does nothing and never answers.
    HangBefore,
    /// The forge does it, and its side of the connection ends; the other side stays open.
    HalfOpen,
    /// The forge does it, and its answer comes byte by byte, slower than anybody waits.
    Drip,
    /// The forge does it, and its answer has no end in sight.
    Huge,
    /// The forge does it, and the answer of a cache arrives: what the same read got before, if it got anything.
    Stale,
    /// Something moved between two pages of a list: the last item of the page before comes once more.
    Overlap,
    /// The forge does it, and half of the answer arrives.
    Truncate,
    /// The forge does it and answers with JSON of another shape.
    WrongType,
    /// The forge does it, and a proxy answers in its place.
    InsteadAfter(Reply),
    /// The forge does nothing; this is the answer.
    Instead(Reply),
    /// Something else happens first; then the forge does it and answers.
    Meanwhile(Happening),
    /// The forge does it, something else happens, then the answer arrives.
    Afterwards(Happening),
}

/// Something that somebody else does at that moment.
#[derive(Clone)]
pub(crate) struct Happening(Arc<dyn Fn() + Send + Sync>);

impl Happening {
    pub(crate) fn new(what: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(what))
    }
}

impl std::fmt::Debug for Happening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Happening")
    }
}

/// A fault and the requests that it hits.
struct Trap {
    method: String,
    part: String,
    /// Writes that must have been taken before it hits anything.
    writes: usize,
    /// Requests that pass before it hits.
    after: usize,
    /// Requests that it hits.
    times: usize,
    fault: Fault,
}

/// One request with the answer that the site gave (not what the fault made of it).
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) request: Request,
    /// None if a fault kept the request from the site.
    pub(crate) reply: Option<Reply>,
}

struct Shared {
    site: Box<dyn Site>,
    traps: Mutex<Vec<Trap>>,
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
        self.set(Trap {
            method: method.to_owned(),
            part: part.to_owned(),
            writes: 0,
            after,
            times,
            fault,
        });
    }

    /// Lets `fault` hit `times` reads, as soon as the site has said yes to `writes` requests for a change.
    pub(crate) fn trap_reads_after_writes(&self, writes: usize, times: usize, fault: Fault) {
        self.set(Trap {
            method: "GET".to_owned(),
            part: String::new(),
            writes,
            after: 0,
            times,
            fault,
        });
    }

    fn set(&self, trap: Trap) {
        let mut traps = self.shared.traps.lock().expect("no panic while held");
        traps.push(trap);
    }

    /// Forgets all faults: the network has healed.
    pub(crate) fn heal(&self) {
        self.shared
            .traps
            .lock()
            .expect("no panic while held")
            .clear();
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
    }
}

fn talk(shared: &Shared, stream: &TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut stream = stream;
    while let Some(request) = read_request(&mut reader) {
        let fault = shared.take_fault(&request);
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
                if let Some(Fault::Meanwhile(Happening(happens))) = &fault {
                    happens();
                }
                let reply = shared.site.answer(&request);
                shared.note(&request, Some(reply.clone()));
                if request.is_write() && reply.status < 300 {
                    shared.count_write();
                }
                if let Some(Fault::Afterwards(Happening(happens))) = &fault {
                    happens();
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
    fn note(&self, request: &Request, reply: Option<Reply>) {
        self.log
            .lock()
            .expect("no panic while held")
            .push(Exchange {
                request: request.clone(),
                reply,
            });
    }

    fn count_write(&self) {
        let mut traps = self.traps.lock().expect("no panic while held");
        for trap in traps.iter_mut() {
            trap.writes = trap.writes.saturating_sub(1);
        }
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

    fn take_fault(&self, request: &Request) -> Option<Fault> {
        let mut traps = self.traps.lock().expect("no panic while held");
        let fits = |trap: &&mut Trap| {
            trap.writes == 0
                && trap.times > 0
                && trap.method == request.method
                && request.path.contains(&trap.part)
        };
        let trap = traps.iter_mut().find(fits)?;
        if trap.after > 0 {
            trap.after -= 1;
            return None;
        }
        trap.times -= 1;
        Some(trap.fault.clone())
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

fn read_request(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.trim().to_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    Some(Request {
        method,
        path: path.to_owned(),
        query,
        headers,
        body,
    })
}

/// Sends an answer, or only the first bytes of its body; tells whether the connection goes on.
fn send(stream: &mut &TcpStream, reply: &Reply, cut: Option<usize>) -> bool {
    let has_body = reply.status != 204 && reply.status != 304;
    let mut head = format!("HTTP/1.1 {} X\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if has_body {
        head.push_str(&format!("content-length: {}\r\n", reply.body.len()));
    }
    head.push_str("\r\n");
    let body = if has_body { reply.body.as_slice() } else { &[] };
    let body = cut.map_or(body, |end| &body[..end]);
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(body);
    stream.write_all(&bytes).is_ok()
}

fn decode(text: &str) -> String {
    // A plus is a plus in a path.
    let pair = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
