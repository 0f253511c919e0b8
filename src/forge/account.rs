//! Who a token belongs to, what it may do and how long: asked when somebody signs in, and by `doctor`.

use serde::Deserialize;
use serde_json::json;

use crate::model::Person;
use crate::model::Timestamp;

use super::http::Ask;
use super::http::Connection;
use super::http::HttpError;
use super::http::Sent;

/// The owner and the limits of a token, as far as the forge tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub person: Person,
    /// None where the forge does not say.
    pub scopes: Option<Vec<String>>,
    /// Scopes that the forge does not tell and that a call which can do nothing was refused for.
    pub refused: Vec<String>,
    /// As the forge writes it; none where it never expires or does not say.
    pub expires: Option<String>,
    /// What the server calls itself where several speak one dialect: `gitea` or `forgejo`.
    pub server: Option<&'static str>,
}

impl Account {
    /// Returns what the console needs and the token lacks; empty where that is not known.
    pub fn missing(&self, needed: &[&str]) -> Vec<String> {
        let Some(scopes) = &self.scopes else {
            return self.refused.clone();
        };
        let lacks = |scope: &&&str| !scopes.iter().any(|has| has == **scope);
        needed
            .iter()
            .filter(lacks)
            .map(|scope| (*scope).to_owned())
            .collect()
    }
}

/// So long before its end a token is worth a word.
const SOON: i64 = 24 * 60 * 60;

impl Account {
    /// Says that the token ends within a day, or has ended; nothing where that is far or not known.
    pub fn ending(&self, now: Timestamp) -> Option<String> {
        let text = self.expires.as_deref()?;
        let left = end(text)? - now.as_second();
        match left {
            ..=0 => Some(format!("the token ended at {text}: make a new one now")),
            1..=SOON => Some(format!(
                "the token ends at {text}, in {} hours: make a new one before you need it",
                (left + 3_599) / 3_600
            )),
            _ => None,
        }
    }
}

/// Reads when a token ends: GitLab tells the day at whose beginning it does, GitHub the second.
fn end(text: &str) -> Option<i64> {
    if let Ok(day) = text.parse::<jiff::civil::Date>() {
        let start = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        return Some(start.timestamp().as_second());
    }
    let text = text.replace(" UTC", " +0000");
    let at = jiff::Timestamp::strptime("%Y-%m-%d %H:%M:%S %z", text).ok()?;
    Some(at.as_second())
}

/// An account as the forges tell it. None of these is an alias of another: Gitea gives the login under both names.
#[derive(Deserialize)]
struct Told {
    id: u64,
    /// GitHub, Gitea.
    login: Option<String>,
    /// GitLab; Gitea too.
    username: Option<String>,
    /// GitLab, GitHub.
    name: Option<String>,
    /// Gitea.
    full_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(try_from = "Told")]
struct User {
    id: u64,
    login: String,
    name: String,
}

impl TryFrom<Told> for User {
    type Error = &'static str;

    fn try_from(told: Told) -> Result<Self, Self::Error> {
        Ok(Self {
            id: told.id,
            login: told
                .login
                .or(told.username)
                .ok_or("neither login nor username")?,
            name: told.name.or(told.full_name).unwrap_or_default(),
        })
    }
}

impl User {
    fn person(&self) -> Person {
        Person::from_account(self.id, &self.login, &self.name)
    }
}

/// Asks GitLab: `GET /user`, `GET /personal_access_tokens/self` (tokens of other kinds answer 4xx there).
pub async fn gitlab(http: &Connection) -> Result<Account, HttpError> {
    #[derive(Deserialize)]
    struct OwnToken {
        #[serde(default)]
        scopes: Vec<String>,
        #[serde(default)]
        expires_at: Option<String>,
    }
    let user: User = http.read(&Ask::get(&["user"])).await?;
    let token: Option<OwnToken> = http
        .read(&Ask::get(&["personal_access_tokens", "self"]))
        .await
        .ok();
    Ok(Account {
        person: user.person(),
        scopes: token.as_ref().map(|token| token.scopes.clone()),
        refused: Vec::new(),
        expires: token.and_then(|token| token.expires_at),
        server: None,
    })
}

/// Asks GitHub: `GET /user`, whose headers tell scopes (classic tokens only) and expiry.
pub async fn github(http: &Connection) -> Result<Account, HttpError> {
    let answer = http.read_answer(&Ask::get(&["user"])).await?;
    let user: User = answer.json()?;
    let scopes = answer.header("x-oauth-scopes").map(|list| {
        let scopes = list.split(',').map(|scope| scope.trim().to_owned());
        scopes.filter(|scope| !scope.is_empty()).collect()
    });
    let expires = answer.header("github-authentication-token-expiration");
    Ok(Account {
        person: user.person(),
        scopes,
        refused: Vec::new(),
        expires: expires.map(str::to_owned),
        server: None,
    })
}

/// Asks Gitea or Forgejo: `GET /user`. Neither tells a token's scopes or expiry, so it is tried what the token may write.
pub async fn gitea(http: &Connection) -> Result<Account, HttpError> {
    let user: User = http.read(&Ask::get(&["user"])).await?;
    Ok(Account {
        refused: refused_by_gitea(http, &user.login).await,
        person: user.person(),
        scopes: None,
        expires: None,
        server: server(http).await,
    })
}

/// Asks which of the two it is; nothing where it does not say.
async fn server(http: &Connection) -> Option<&'static str> {
    #[derive(Deserialize)]
    struct Told {
        version: String,
    }
    let told: Told = http.read(&Ask::get(&["version"])).await.ok()?;
    Some(product(&told.version))
}

/// Returns what a server of this version is: `forgejo` names the API that it keeps, `11.0.1+gitea-1.22.0`.
pub fn product(version: &str) -> &'static str {
    if version.contains("+gitea-") {
        "forgejo"
    } else {
        "gitea"
    }
}

/// Returns the scopes without which a hotfix gets stuck and that the token lacks.
///
/// Both calls can do nothing: `-` is a name that no repository may have, and nothing has the number 0. A server looks at
/// the scope first: it answers 403 where that lacks, and else 404 (Gitea 1.21 to 1.28, Forgejo 15).
async fn refused_by_gitea(http: &Connection, login: &str) -> Vec<String> {
    let nowhere = |rest: [&'static str; 3]| {
        let [kind, number, what] = rest;
        ["repos", login, "-", kind, number, what]
    };
    let tried = [
        (
            "write:repository",
            Ask::delete(&nowhere(["pulls", "0", "requested_reviewers"])).json(&json!({})),
        ),
        (
            "write:issue",
            Ask::post(&nowhere(["issues", "0", "comments"])).json(&json!({ "body": "" })),
        ),
    ];
    let mut refused = Vec::new();
    for (scope, ask) in tried {
        // Any other answer, and none at all, tells nothing of the scope.
        if let Sent::Answered(answer) = http.write(&ask).await
            && answer.status == 403
            && String::from_utf8_lossy(&answer.body).contains(scope)
        {
            refused.push(scope.to_owned());
        }
    }
    refused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_ends_within_a_day_is_worth_a_word() {
        let now = Timestamp::from_second(1_775_000_000);
        // 2026-03-31 23:33:20 UTC.
        for (expires, word) in [
            ("2026-04-01", Some("ends")),
            ("2026-04-01 20:00:00 UTC", Some("in 21 hours")),
            ("2026-04-02 02:00:00 +0300", Some("in 24 hours")),
            ("2026-03-31", Some("ended")),
            ("2026-04-02", None),
            ("never", None),
        ] {
            let account = Account {
                person: Person::from_account(1, "ana", "Ana"),
                scopes: None,
                refused: Vec::new(),
                expires: Some(expires.to_owned()),
                server: None,
            };
            let said = account.ending(now);
            match word {
                Some(word) => assert!(
                    said.as_ref().is_some_and(|said| said.contains(word)),
                    "{expires}: {said:?}"
                ),
                None => assert_eq!(said, None, "{expires}"),
            }
        }
    }
}
