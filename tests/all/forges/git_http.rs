//! Git over HTTP on the fake's own port, by git's own `http-backend`: a remote has the address of its forge, as it has in
//! real life, and not the path of a folder.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;

use crate::forges::message::Reply;
use crate::forges::message::Request;

/// Answers git's requests for one bare repository.
pub(crate) struct GitHttp {
    pub(crate) bare: PathBuf,
    pub(crate) program: PathBuf,
}

impl GitHttp {
    /// Answers what git asks of `rest`, the path after the repository's own.
    pub(crate) fn answer(&self, rest: &str, request: &Request) -> Reply {
        let query: Vec<String> = request
            .query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let header = |name: &str| request.header(name).unwrap_or_default().to_owned();
        #[expect(clippy::disallowed_methods, reason = "tests drive git from outside")]
        let mut command = std::process::Command::new(&self.program);
        command
            .arg("http-backend")
            .env_clear()
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("GIT_PROJECT_ROOT", &self.bare)
            .env("PATH_INFO", rest)
            .env("REQUEST_METHOD", &request.method)
            .env("QUERY_STRING", query.join("&"))
            .env("CONTENT_TYPE", header("content-type"))
            .env("CONTENT_LENGTH", request.body.len().to_string())
            .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
            .env("GIT_PROTOCOL", header("git-protocol"))
            // Whoever is somebody may push.
            .env("REMOTE_USER", "somebody")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("git can be started");
        let mut stdin = child.stdin.take().expect("piped");
        let body = request.body.clone();
        let writing = std::thread::spawn(move || {
            // It may have answered before it read everything.
            let _read = stdin.write_all(&body);
        });
        let output = child.wait_with_output().expect("git ends");
        writing.join().expect("the body is written");
        parse(&output.stdout)
    }
}

/// Reads the answer of a CGI program: headers, an empty line, the body.
fn parse(output: &[u8]) -> Reply {
    let end = output.windows(4).position(|four| four == b"\r\n\r\n");
    let Some(end) = end else {
        return Reply::text(500, "text/plain", "git http-backend said nothing");
    };
    let mut reply = Reply::empty(200);
    for line in String::from_utf8_lossy(&output[..end]).lines() {
        let Some((name, value)) = line.split_once(": ") else {
            continue;
        };
        if name.eq_ignore_ascii_case("status") {
            reply.status = value[..3].parse().expect("a status");
        } else {
            reply = reply.with(&name.to_lowercase(), value);
        }
    }
    reply.body = output[end + 4..].to_vec();
    reply
}
