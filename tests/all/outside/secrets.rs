//! Thirteen secrets, each given the way people give one: none is seen anywhere but at the forge that it is for.

// Named, since this file is.
#[path = "secrets/processes.rs"]
mod processes;
#[path = "secrets/redirects.rs"]
mod redirects;
#[path = "secrets/runs.rs"]
mod runs;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use serde_json::json;

use crate::cli::project::Answer;
use crate::cli::project::Project;
use crate::forges::message::Reply;
use crate::forges::message::Request;
use crate::forges::server::Server;

use processes::Sampler;

/// The secrets: by environment, by file, by another tool, by git's helper, and in addresses.
const VARIABLES: [&str; 9] = [
    "LANEKEEPER_TOKEN",
    "GITLAB_TOKEN",
    "GITLAB_ACCESS_TOKEN",
    "OAUTH_TOKEN",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
    "GITEA_TOKEN",
];
const IN_FILE: &str = "glpat-canary-in-logins-json-0123";
const OF_HELPER: &str = "canary-of-the-credential-helper";
/// As a CI leaves it in the address of a clone; nothing but its length tells that it is one.
const IN_ADDRESS: &str = "0c5d1e7a9b3f2468ace013579bdf2468ace01357";
const OF_TOOL: &str = "glpat-canary-of-glab-0123456789";

fn canary(variable: &str) -> String {
    format!(
        "glpat-canary-{}-0123456789",
        variable.to_lowercase().replace('_', "-")
    )
}

fn canaries() -> Vec<String> {
    let mut canaries: Vec<String> = VARIABLES.iter().map(|name| canary(name)).collect();
    canaries.extend([IN_FILE, IN_ADDRESS, OF_HELPER, OF_TOOL].map(str::to_owned));
    canaries
}

/// A GitLab that repeats in its errors what it was sent, as careless proxies do.
fn careless(request: &Request) -> Reply {
    let token = request.token().unwrap_or("none").to_owned();
    match request.path.as_str() {
        "/api/v4/user" => Reply::json(
            200,
            &json!({"id": 7, "username": "ana", "name": "Ana Ruiz"}),
        ),
        "/api/v4/personal_access_tokens/self" => {
            Reply::json(200, &json!({"scopes": ["api"], "expires_at": "2027-01-31"}))
        }
        _ => Reply::json(
            403,
            &json!({"message": format!("not with {token}; Authorization: Bearer {token}")}),
        ),
    }
}

fn executable(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, text).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("ours");
}

/// Puts a git and a glab before the real ones that write down how they were called and with what around them.
fn wiretap(project: &Project) -> std::ffi::OsString {
    let real = crate::cli::environment("PATH").unwrap_or_default();
    let git = std::env::split_paths(&real)
        .map(|folder| folder.join("git"))
        .find(|program| program.is_file())
        .expect("git is installed");
    let bin = project.path("bin");
    let log = project.path("wiretap.log");
    let tap = format!(
        "{{ printf '%s\\n' \"$0\" \"$@\"; env; }} >> '{}'\n",
        log.display()
    );
    executable(
        &bin.join("git"),
        &format!("#!/bin/sh\n{tap}exec '{}' \"$@\"\n", git.display()),
    );
    executable(
        &bin.join("glab"),
        &format!("#!/bin/sh\n{tap}echo {OF_TOOL}\n"),
    );
    let helper = project.path("helper");
    executable(
        &helper,
        &format!("#!/bin/sh\ncat > /dev/null\necho username=ana\necho password={OF_HELPER}\n"),
    );
    fs::write(
        project.path("home/.gitconfig"),
        format!("[credential]\n\thelper = \"!{}\"\n", helper.display()),
    )
    .expect("written");
    std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&real)))
        .expect("no colon")
}

/// Looks for every secret in every file below a folder.
fn search(folder: &Path, but: &[&str], found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("there") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if but.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            search(&path, but, found);
        } else if let Ok(bytes) = fs::read(&path) {
            look(
                &String::from_utf8_lossy(&bytes),
                &path.display().to_string(),
                found,
            );
        }
    }
}

fn look(text: &str, place: &str, found: &mut Vec<String>) {
    for canary in canaries() {
        if text.contains(&canary) {
            found.push(format!("{canary} in {place}"));
        }
    }
}

struct Stage {
    project: Project,
    path: std::ffi::OsString,
    host: String,
}

impl Stage {
    fn new(forge: &Server) -> Self {
        let project = Project::new();
        let path = wiretap(&project);
        let host = forge.origin().trim_start_matches("http://").to_owned();
        Self {
            project,
            path,
            host,
        }
    }

    /// Moves the project to the forge.
    fn move_to(&self, forge: &Server) {
        let project = &self.project;
        let team = fs::read_to_string(project.path("ana/lanekeeper.toml")).expect("there");
        project.write(
            "ana/lanekeeper.toml",
            &team.replace("forge = \"local\"", "forge = \"gitlab\""),
        );
        let remote = format!("{}/acme/shop.git", forge.origin());
        project.git("ana", &["remote", "set-url", "origin", &remote]);
    }

    /// Does something while the clone's remote has an address with a token in it.
    fn with_token_in_address(&self, work: impl FnOnce()) {
        // Not by git: whoever samples processes would see it there.
        let config = self.project.path("ana/.git/config");
        let before = fs::read_to_string(&config).expect("there");
        let line = |line: &str| {
            if line.trim_start().starts_with("url = ") {
                format!("\turl = https://{IN_ADDRESS}@code.example/acme/shop.git\n")
            } else {
                format!("{line}\n")
            }
        };
        let changed: String = before.lines().map(line).collect();
        assert!(changed.contains(IN_ADDRESS), "{before}");
        fs::write(&config, changed).expect("own clone");
        work();
        fs::write(&config, before).expect("own clone");
    }

    /// Returns a command with the secrets of all variables around it.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.project.binary("ana");
        for name in VARIABLES {
            command.env(name, canary(name));
        }
        command
            .args(words)
            .env("PATH", &self.path)
            .env("GIT_CONFIG_GLOBAL", self.project.path("home/.gitconfig"))
            .env("GITLAB_HOST", &self.host);
        command
    }

    fn run(&self, words: &[&str], input: &str) -> Answer {
        answer(&mut self.command(words), input)
    }
}

/// Runs a command that reads this.
fn answer(command: &mut Command, input: &str) -> Answer {
    use std::io::Write as _;
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut stdin = child.stdin.take().expect("piped");
    // Whoever reads nothing closes early.
    let _read = stdin.write_all(input.as_bytes());
    drop(stdin);
    Answer::new(&child.wait_with_output().expect("it ends"))
}

/// Starts the hotfix in which the secrets are looked for.
const START: [&str; 7] = [
    "start",
    "cart-null",
    "--title",
    "Cart fails",
    "--answer",
    "impact=nobody can pay",
    "--yes",
];

#[test]
fn no_secret_is_seen_anywhere_but_at_its_own_forge() {
    assert_eq!(canaries().len(), 13);
    let forge = Server::start(careless);
    let stage = Stage::new(&forge);
    let project = &stage.project;
    let sampler = Sampler::start(project);
    let mut found = Vec::new();
    // With the local forge: the record, notes with a token in them by mistake, children of every kind.
    for words in [
        &START[..],
        &[
            "note",
            &format!("I used {} to look", canary("GITLAB_TOKEN")),
        ],
        &["status"],
        &["log", "-v"],
        &["report"],
        &["log", "--json"],
        &["doctor"],
    ] {
        let answer = stage.run(words, "");
        look(
            &format!("{}{}", answer.out, answer.notes),
            &format!("{words:?}"),
            &mut found,
        );
    }
    stage.with_token_in_address(|| {
        for words in [&["status"][..], &["-v", "lanes"], &["doctor"]] {
            let answer = stage.run(words, "");
            let said = format!("{}{}", answer.out, answer.notes);
            look(&said, &format!("{words:?} by an address"), &mut found);
            if words != ["doctor"] {
                assert!(said.contains("credential helper"), "{words:?}: {said}");
            }
        }
    });
    // With a forge: signed in with a file, by variable, by another tool, by git's helper.
    stage.move_to(&forge);
    let web = forge.origin().to_owned();
    let login = [
        "login",
        &web,
        "--forge",
        "gitlab",
        "--with-token",
        "--in-file",
    ];
    let answer = stage.run(&login, IN_FILE);
    look(
        &format!("{}{}", answer.out, answer.notes),
        "login",
        &mut found,
    );
    assert_eq!(answer.code, 0, "{}", answer.notes);
    for words in [
        &["approvals"][..],
        &["doctor", "--json"],
        &["lanes"],
        &["-v", "status"],
    ] {
        let answer = stage.run(words, "");
        look(
            &format!("{}{}", answer.out, answer.notes),
            &format!("{words:?}"),
            &mut found,
        );
    }
    let before = forge.log().len();
    assert!(before > 0, "the forge was asked");
    stage.run(&["logout", &stage.host], "");
    let answer = stage.run(&["approvals"], "");
    look(
        &format!("{}{}", answer.out, answer.notes),
        "approvals by variable",
        &mut found,
    );
    let sent: Vec<String> = forge
        .log()
        .iter()
        .filter_map(|exchange| exchange.request.token().map(str::to_owned))
        .collect();
    assert!(
        sent.iter().any(|token| token == IN_FILE),
        "the test gives the file's token: {sent:?}"
    );
    assert!(
        sent.iter().any(|token| *token == canary("GITLAB_TOKEN")),
        "and the variable's: {sent:?}"
    );
    assert!(
        sent.iter()
            .all(|token| token == IN_FILE || *token == canary("GITLAB_TOKEN")),
        "one forge's secret went to another: {sent:?}"
    );
    let tapped = fs::read_to_string(project.path("wiretap.log")).expect("git was called");
    assert!(
        tapped.contains("PATH="),
        "the wiretap hears the environment"
    );
    found.extend(sampler.end());
    // What holds secrets on purpose: the tools that give them, and the file that keeps one (gone by now).
    search(&project.path("."), &["bin", "helper"], &mut found);
    let story = project.git("origin.git", &["log", "-p", "--all", "--format=%B"]);
    look(&story, "the record on the remote", &mut found);
    assert!(
        story.contains("[hidden]"),
        "the note is there, without its token"
    );
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Every status with which a forge can send us on, to another origin: by name, port, scheme or as a path that only looks
/// like ours.
#[tokio::test]
async fn no_redirect_takes_a_token_to_another_origin() {
    use lanekeeper::forge::http::Ask;
    use lanekeeper::forge::http::Base;
    use lanekeeper::forge::http::Connection;
    use lanekeeper::forge::http::Manners;
    use lanekeeper::forge::http::Tls;
    use lanekeeper::forge::http::Token;
    use lanekeeper::forge::http::Via;

    let other = Server::start(|_: &Request| Reply::json(200, &json!({"ok": true})));
    let shapes = redirects::shapes(&other);
    let told = shapes.clone();
    let forge = Server::start(move |request: &Request| {
        let number = request
            .path
            .rsplit('/')
            .next()
            .and_then(|text| text.parse::<usize>().ok());
        match number.and_then(|number| told.get(number)) {
            Some((status, target)) => Reply::empty(*status).with("location", target),
            None => Reply::json(200, &json!({"ok": true})),
        }
    });
    let http = Connection::new(
        Base::parse(&format!("{}/api", forge.origin())).expect("an address"),
        Manners::default(),
        &Tls::default(),
        &Via::default(),
        std::sync::Arc::new(Token::new(&canary("GITLAB_TOKEN"))),
        std::sync::Arc::new(lanekeeper::ops::now),
        lanekeeper::ops::BootClock::system().meter(),
    )
    .expect("a connection");
    for (n, shape) in shapes.iter().enumerate() {
        let number = n.to_string();
        // A read, a read that may be kept elsewhere (logs), and a write.
        let _read = http.read::<serde_json::Value>(&Ask::get(&[&number])).await;
        let _elsewhere = http.read_elsewhere(&Ask::get(&[&number])).await;
        let _written = http.write(&Ask::post(&[&number])).await;
        for exchange in other.log() {
            let mut found = Vec::new();
            look(
                &format!("{:?} {}", exchange.request.headers, exchange.request.path),
                "a header",
                &mut found,
            );
            assert!(found.is_empty(), "{shape:?}: {found:?}");
            assert!(
                !exchange.request.is_write(),
                "{shape:?}: a write was sent on"
            );
        }
    }
    assert!(
        !other.log().is_empty(),
        "logs are read where they are, without a token"
    );
}

/// Runs in a process of its own: its panics are reported as the console's are.
#[test]
#[ignore = "the child of a_panic_tells_no_secret_and_moves_no_cursor"]
fn panic_with_a_secret() {
    if crate::cli::environment("LANEKEEPER_TEST_PANIC").is_none() {
        return;
    }
    lanekeeper::cli::report_panics().expect("the hook is installed");
    lanekeeper::model::keep_hidden("canary-that-was-loaded");
    panic!("with canary-that-was-loaded and {IN_FILE} \u{1b}[2J\u{202e}");
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a panic that is not caught ends its process"
)]
fn a_panic_tells_no_secret_and_moves_no_cursor() {
    let child = Command::new(std::env::current_exe().expect("this binary"))
        .args([
            "--exact",
            "outside::secrets::panic_with_a_secret",
            "--ignored",
            "--nocapture",
        ])
        .env("LANEKEEPER_TEST_PANIC", "1")
        .env("RUST_BACKTRACE", "1")
        .output()
        .expect("it runs");
    let said = String::from_utf8(child.stderr).expect("UTF-8");
    assert!(
        said.contains("with [hidden] and glpat-[hidden] ␛[2J‹202E›"),
        "{said}"
    );
    assert!(
        !said.contains("canary-that-was-loaded") && !said.contains(IN_FILE),
        "{said}"
    );
    assert_eq!(super::terminal::foreign(said.as_bytes(), true), None);
}

/// Core files and other processes of the same person would see tokens in our memory.
#[test]
#[cfg(target_os = "linux")]
#[expect(
    clippy::disallowed_methods,
    reason = "the binary is asked from outside"
)]
fn no_core_file_is_ever_written_and_children_write_none_either() {
    let project = Project::new();
    let limits = project.path("limits");
    // An own playbook's check would do as well; git is the child that every command has.
    executable(
        &project.path("bin/git"),
        &format!(
            "#!/bin/sh\nulimit -c > '{}'\nexec git-that-is-not-there\n",
            limits.display()
        ),
    );
    let run = Command::new("sh")
        .args(["-c", "ulimit -c unlimited 2>/dev/null; exec \"$0\" doctor"])
        .arg(env!("CARGO_BIN_EXE_lanekeeper"))
        .current_dir(project.path("ana"))
        .env_clear()
        .env(
            "PATH",
            format!("{}:/usr/bin:/bin", project.path("bin").display()),
        )
        .env("HOME", project.path("home"))
        .output()
        .expect("it runs");
    assert_ne!(run.status.code(), Some(0), "this git answers nothing");
    let limit = fs::read_to_string(limits).expect("the child ran");
    assert_eq!(limit.trim(), "0");
}
