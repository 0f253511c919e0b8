//! `login` and `logout`: who is signed in to a forge.

use std::io::Read as _;

use crate::cli::args::Login;
use crate::cli::args::Logout;
use crate::cli::exit::Exit;
use crate::cli::json::TextDocument;
use crate::cli::session::Session;
use crate::cli::text::Page;
use crate::config::ForgeKind;
use crate::config::RemoteAddress;
use crate::config::web_of;
use crate::ops::Door;
use crate::ops::Fault;
use crate::ops::FaultKind;
use crate::ops::Kept;
use crate::ops::Storage;
use crate::ops::Workspace;
use crate::ops::known_hosts;
use crate::ops::logout as forget;
use crate::ops::probe;
use crate::ops::reached_by;
use crate::ops::sign_in;

pub(in crate::cli) async fn login(session: &Session, words: &Login) -> Result<Exit, Fault> {
    let mut door = door(session, words.host.as_deref())?;
    let environment = &session.environment;
    if door.hosts.is_empty() {
        // Where there is no clone, or no team's file in it, the person's own file still says how hosts are reached.
        door.hosts = known_hosts(environment)?;
    }
    // The path is kept, for runs in any folder.
    let ca_file = words.ca_file.as_ref();
    let ca_file = ca_file.map(|file| environment.current_dir.join(file));
    let ca_file = ca_file.as_deref();
    door.hosts = reached_by(&door.hosts, &door.host, ca_file);
    let kind = match words.forge.as_deref().map(kind_of).or(door.kind) {
        Some(kind) => kind,
        None => probe(&door.host, &door.web, &door.hosts, environment).await?,
    };
    let token = read_token(session, words, &door, kind)?;
    let storage = if words.in_file {
        Storage::File
    } else {
        Storage::Keyring
    };
    let place = (kind, door.host.as_str(), door.web.as_str());
    let mut signed_in = sign_in(place, &token, storage, ca_file, &door.hosts, environment).await?;
    if signed_in.kept == Kept::Nowhere {
        let question =
            "There is no keyring here. Keep the token in a file that only you can read? [y/N]";
        let answer = session.output.ask(question);
        if matches!(answer.as_deref(), Some("y" | "Y" | "yes")) {
            signed_in = sign_in(
                place,
                &token,
                Storage::File,
                ca_file,
                &door.hosts,
                environment,
            )
            .await?;
        }
    }
    tell(session, &signed_in.sentence(&door.host, kind));
    Ok(if signed_in.kept == Kept::Nowhere {
        Exit::Refused
    } else {
        Exit::Done
    })
}

pub(in crate::cli) async fn logout(session: &Session, words: &Logout) -> Result<Exit, Fault> {
    let door = door(session, words.host.as_deref())?;
    let host = door.host;
    let text = if forget(&host, &session.environment).await? {
        format!(
            "Signed out of {host}. The token itself is still valid: revoke it on the forge if it leaked."
        )
    } else {
        format!(
            "Nobody was signed in to {host}. Tokens of other tools and of the environment are not touched."
        )
    };
    tell(session, &text);
    Ok(Exit::Done)
}

fn kind_of(word: &str) -> ForgeKind {
    match word {
        "gitlab" => ForgeKind::Gitlab,
        "github" => ForgeKind::Github,
        _ => ForgeKind::Gitea,
    }
}

/// Finds the host that is meant: the one named, or the remote's.
fn door(session: &Session, named: Option<&str>) -> Result<Door, Fault> {
    let of_remote = Workspace::door(&session.options, &session.environment);
    let Some(named) = named else {
        return of_remote;
    };
    let url = if named.contains("://") {
        named.to_owned()
    } else {
        format!("https://{named}")
    };
    let url = url.trim_end_matches('/');
    let address = RemoteAddress::parse(&format!("{url}/x")).ok_or_else(|| {
        Fault::new(FaultKind::User, format!("`{named}` is no host"))
            .hint("Write it like gitlab.example.org or https://example.org/gitlab")
    })?;
    let known = of_remote.ok();
    let host = address.host_port();
    let hosts = known
        .as_ref()
        .map(|door| door.hosts.clone())
        .unwrap_or_default();
    // The team's file may know more about the host of its own remote.
    if let Some(door) = known.filter(|door| door.host == host) {
        return Ok(door);
    }
    let is_path = address.path != "x";
    Ok(Door {
        kind: match host.as_str() {
            "github.com" => Some(ForgeKind::Github),
            "gitlab.com" => Some(ForgeKind::Gitlab),
            "codeberg.org" => Some(ForgeKind::Gitea),
            _ => None,
        },
        is_local: false,
        web: if is_path {
            url.to_owned()
        } else {
            web_of(&address)
        },
        host,
        hosts,
    })
}

fn read_token(
    session: &Session,
    words: &Login,
    door: &Door,
    kind: ForgeKind,
) -> Result<String, Fault> {
    if words.with_token {
        let mut text = String::new();
        std::io::stdin()
            .lock()
            .take(64 * 1024)
            .read_to_string(&mut text)
            .map_err(|error| Fault::caused(FaultKind::User, "cannot read the token", &error))?;
        let token = text.trim().to_owned();
        if !token.is_empty() {
            return Ok(token);
        }
    } else {
        let page = where_to_make(door, kind);
        session.output.note(&Page::of(&page));
        if let Some(token) = session
            .output
            .ask_secret(&format!("Token for {}:", door.host))
        {
            return Ok(token);
        }
    }
    Err(Fault::new(FaultKind::User, "there is no token")
        .hint("Pipe it in: printenv TOKEN | lanekeeper login --with-token"))
}

/// Says where a token is made and what it must be allowed to do.
fn where_to_make(door: &Door, kind: ForgeKind) -> String {
    let web = &door.web;
    match kind {
        ForgeKind::Gitlab => format!(
            "Make a token with the scope `api` at {web}/-/user_settings/personal_access_tokens"
        ),
        ForgeKind::Github => format!(
            "Make a token at {web}/settings/tokens: classic with `repo`, or fine-grained with contents, pull requests, issues, commit statuses and deployments to write, actions to read (in a private repository it sees no checks of apps other than Actions, whatever it is allowed)"
        ),
        ForgeKind::Gitea | ForgeKind::Auto | ForgeKind::Local => format!(
            "Make a token at {web}/user/settings/applications with `read:user`, `write:repository` and `write:issue`"
        ),
    }
}

fn tell(session: &Session, text: &str) {
    let document = TextDocument {
        schema: "lanekeeper/text/v1",
        text: text.to_owned(),
    };
    session.output.show(&Page::of(text), &document);
}
