//! Answers of the three forges. Everything that reads is asked; one of the questions gets the bytes, the others what a
//! forge says (`answers`): a reader that is asked late is reached as well.

use std::collections::BTreeSet;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::time::Duration;

use lanekeeper::config::Settings;
use lanekeeper::forge::Error;
use lanekeeper::forge::Forge;
use lanekeeper::forge::RequestQuery;
use lanekeeper::forge::gitea::GiteaForge;
use lanekeeper::forge::gitea::GiteaOptions;
use lanekeeper::forge::github::GithubForge;
use lanekeeper::forge::github::GithubOptions;
use lanekeeper::forge::gitlab::GitlabForge;
use lanekeeper::forge::gitlab::GitlabOptions;
use lanekeeper::forge::http::Base;
use lanekeeper::forge::http::Connection;
use lanekeeper::forge::http::Manners;
use lanekeeper::forge::http::Tls;
use lanekeeper::forge::http::Token;
use lanekeeper::forge::http::Via;
use lanekeeper::model::Project;
use lanekeeper::model::Timestamp;

use super::answers;
use super::answers::Answer;

/// One forge with what it says to each question.
pub(crate) struct Site {
    answers: &'static [Answer],
    make: fn(Arc<Connection>) -> Box<dyn Forge>,
}

pub(crate) const GITLAB: Site = Site {
    answers: answers::GITLAB,
    make: |http| {
        Box::new(GitlabForge::new(GitlabOptions {
            http,
            path: "acme/shop".to_owned(),
            project: Arc::new(project()),
            clock: Arc::new(|| Timestamp::from_second(0)),
            pause: Duration::ZERO,
        }))
    },
};

pub(crate) const GITHUB: Site = Site {
    answers: answers::GITHUB,
    make: |http| {
        Box::new(GithubForge::new(GithubOptions {
            http,
            path: "acme/shop".to_owned(),
            project: Arc::new(project()),
            clock: Arc::new(|| Timestamp::from_second(0)),
            pause: Duration::ZERO,
        }))
    },
};

pub(crate) const GITEA: Site = Site {
    answers: answers::GITEA,
    make: |http| {
        let clock = Arc::new(|| Timestamp::from_second(0));
        let options = GiteaOptions::new(http, "acme/shop", Arc::new(project()), clock);
        Box::new(GiteaForge::new(GiteaOptions {
            pause: Duration::ZERO,
            ..options
        }))
    },
};

/// GitLab's answers.
pub(super) fn gitlab(bytes: &[u8]) {
    GITLAB.read(bytes);
}

/// GitHub's answers.
pub(super) fn github(bytes: &[u8]) {
    GITHUB.read(bytes);
}

/// Gitea's and Forgejo's answers.
pub(super) fn gitea(bytes: &[u8]) {
    GITEA.read(bytes);
}

/// How much was read, where it could be.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) requests: Result<usize, Error>,
    pub(crate) deployments: Result<usize, Error>,
    pub(crate) requests_of: Result<usize, Error>,
    pub(crate) log: Result<bool, Error>,
    /// The questions that nobody asked.
    pub(crate) unasked: Vec<&'static str>,
}

impl Site {
    /// Reads bytes: the first says which question the rest answers; beyond the last one, all of them.
    fn read(&self, bytes: &[u8]) {
        let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
        let place = usize::from(*first) % (self.answers.len() + 1);
        let rest = rest.to_vec();
        let instead = if place < self.answers.len() {
            Instead::At(place, rest)
        } else {
            Instead::Everywhere(rest)
        };
        let _found = self.ask(instead);
    }

    /// Returns what this forge says, each as bytes that answer the question with it.
    pub(crate) fn seeds(&self) -> Vec<Vec<u8>> {
        let own = self.answers.iter().map(|(_, answer)| answer.as_bytes());
        let plain = [&b"[]"[..], b"{}"];
        let seeds = own.chain(plain).enumerate().map(|(place, answer)| {
            let place = u8::try_from(place.min(self.answers.len())).expect("a few questions");
            [&[place], answer].concat()
        });
        seeds.collect()
    }

    /// Returns what is read where every answer is as it should be.
    pub(crate) fn read_as_it_is(&self) -> Found {
        self.ask(Instead::Nothing)
    }

    /// Makes this forge's client on a connection.
    pub(crate) fn on(&self, http: Arc<Connection>) -> Box<dyn Forge> {
        (self.make)(http)
    }

    /// Returns what this forge says to a question, by its path below the API's own.
    pub(crate) fn says(&self, path: &str) -> Option<&'static str> {
        let mut answers = self.answers.iter();
        answers.find_map(|(of, answer)| is_asked(of, path).then_some(*answer))
    }

    /// Asks everything that reads.
    fn ask(&self, instead: Instead) -> Found {
        let (address, said) = server();
        *said.lock().expect("one at a time") = Said {
            answers: self.answers,
            instead,
            asked: BTreeSet::new(),
        };
        let forge = self.on(connect(&address));
        let commit = "a".repeat(40).parse().expect("static id");
        let job = "7".parse().expect("static id");
        let mut found = runtime().block_on(async {
            let _me = forge.me().await.is_ok();
            let requests = forge.requests(&RequestQuery::default()).await;
            let deployments = forge.deployments(None).await;
            let requests_of = forge.requests_of(&commit).await;
            let branches = ["main".parse().expect("static name")];
            let _remarks = forge.examine(&branches).await.is_ok();
            let log = forge.job_log(&job, 0).await;
            Found {
                requests: requests.map(|all| all.len()),
                deployments: deployments.map(|all| all.len()),
                requests_of: requests_of.map(|all| all.len()),
                log: log.map(|chunk| chunk.is_complete),
                unasked: Vec::new(),
            }
        });
        let said = said.lock().expect("one at a time");
        let questions = self.answers.iter().enumerate();
        found.unasked = questions
            .filter(|(place, _)| !said.asked.contains(place))
            .map(|(_, (question, _))| *question)
            .collect();
        found
    }
}

fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .expect("a runtime")
    })
}

/// One lane into production, whose environment has a job and asks for a seat.
const TEAM: &str = r#"
[project]
name = "shop"
[roles]
tech-lead = ["@lena"]
[[lane]]
name = "main"
layer = "run"
environment = "production"
[[environment]]
name = "production"
production = true
seats = ["tech-lead"]
job = "deploy.yml"
apps = ["portal"]
[[app]]
name = "portal"
deploy = ["true"]
"#;

fn project() -> Project {
    Settings::load(&super::sources(TEAM.to_owned()))
        .map(|settings| settings.project)
        .expect("a small project")
}

/// Which questions get the bytes.
enum Instead {
    Nothing,
    At(usize, Vec<u8>),
    Everywhere(Vec<u8>),
}

/// What is said, and to whom it was said.
struct Said {
    answers: &'static [Answer],
    instead: Instead,
    asked: BTreeSet<usize>,
}

impl Said {
    /// Answers one question: status and body.
    fn answer(&mut self, path: &str) -> (u16, Vec<u8>) {
        let place = self.answers.iter().position(|(of, _)| is_asked(of, path));
        self.asked.extend(place);
        match (&self.instead, place) {
            (Instead::Everywhere(bytes), _) => (200, bytes.clone()),
            (Instead::At(at, bytes), Some(place)) if *at == place => (200, bytes.clone()),
            (Instead::Nothing | Instead::At(..), Some(place)) => {
                (200, self.answers[place].1.as_bytes().to_vec())
            }
            (Instead::Nothing | Instead::At(..), None) => (404, b"{}".to_vec()),
        }
    }
}

/// Tells whether a path is the one of a question, in which `*` stands for one segment.
fn is_asked(question: &str, path: &str) -> bool {
    let segments: Vec<&str> = path.split('/').collect();
    let wanted: Vec<&str> = question.split('/').collect();
    let is_same = |(one, other): (&&str, &&str)| *one == "*" || one == other;
    wanted.len() == segments.len() && wanted.iter().zip(&segments).all(is_same)
}

fn connect(address: &str) -> Arc<Connection> {
    let manners = Manners {
        total: Duration::from_secs(5),
        repeats: Vec::new(),
        patience: Duration::ZERO,
        ..Manners::default()
    };
    let http = Connection::new(
        Base::parse(&format!("{address}/api")).expect("an address"),
        manners,
        &Tls::default(),
        &Via::default(),
        Arc::new(Token::new("a-token")),
        Arc::new(|| Timestamp::from_second(0)),
        Arc::new(|| Duration::ZERO),
    );
    Arc::new(http.expect("a connection"))
}

/// A server of this thread: targets of different threads must not answer each other.
fn server() -> (String, Arc<Mutex<Said>>) {
    thread_local! {
        static SERVER: (String, Arc<Mutex<Said>>) = serve();
    }
    SERVER.with(|(address, said)| (address.clone(), Arc::clone(said)))
}

fn serve() -> (String, Arc<Mutex<Said>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    let said = Arc::new(Mutex::new(Said {
        answers: &[],
        instead: Instead::Nothing,
        asked: BTreeSet::new(),
    }));
    let shared = Arc::clone(&said);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut asked: Vec<u8> = Vec::new();
            let mut block = [0; 4_096];
            while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
                match stream.read(&mut block) {
                    Ok(count @ 1..) => asked.extend(&block[..count]),
                    Ok(0) | Err(_) => break,
                }
            }
            let asked = String::from_utf8_lossy(&asked);
            let target = asked.split(' ').nth(1).unwrap_or_default();
            let path = target.split('?').next().unwrap_or_default();
            let path = path.trim_start_matches("/api/");
            let (status, body) = shared.lock().expect("one at a time").answer(path);
            let mut answer = format!(
                "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            )
            .into_bytes();
            answer.extend(body);
            let _gone = stream.write_all(&answer);
        }
    });
    (address, said)
}
