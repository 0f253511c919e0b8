//! What the clone's own configuration says of the way to its remote, and Lanekeeper does not follow: other programs, and
//! other addresses for pushes. Our own repository never reads that file, since whoever can write in a clone could send
//! everything elsewhere by it; whoever relies on it must hear that it does not count.

use super::clone::UserClone;
use super::error::Error;
use super::rewriting::shown;
use super::sourced::Sourced;
use super::sourced::settings;

/// The keys, as git prints them: section and name in lower case.
const KEYS: &str = r"^(core\.sshcommand|credential\.(.*\.)?helper|remote\..*\.(url|pushurl)|url\..*\.pushinsteadof)$";

/// A setting of the clone that does not count. Its value is not told: a helper's words can hold a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfollowed {
    pub key: String,
    /// The file that holds it.
    pub file: String,
    pub what: UnfollowedWhat,
}

/// What such a setting would decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnfollowedWhat {
    /// The program that reaches the remote, or knows its passwords.
    Program,
    /// Where pushes go.
    PushAddress,
}

impl UserClone {
    /// Returns what the clone's own file says of the way to a remote and does not count here.
    pub fn unfollowed(&self, remote: &str) -> Result<Vec<Unfollowed>, Error> {
        Ok(of_clone(&settings(self, KEYS)?, remote))
    }
}

fn of_clone(settings: &[Sourced], remote: &str) -> Vec<Unfollowed> {
    let url = format!("remote.{remote}.url");
    let push_url = format!("remote.{remote}.pushurl");
    // Git looks for a rule of pushes that fits the address as it is written down.
    let fits = |prefix: &str| {
        let mut addresses = settings.iter().filter(|one| one.key == url);
        addresses.any(|one| one.value.starts_with(prefix))
    };
    let mut all: Vec<Unfollowed> = Vec::new();
    for one in settings.iter().filter(|one| one.is_of_clone) {
        let (key, what) = if one.key == "core.sshcommand" {
            ("core.sshCommand".to_owned(), UnfollowedWhat::Program)
        } else if one.key == "credential.helper" {
            (one.key.clone(), UnfollowedWhat::Program)
        } else if let Some(host) = between(&one.key, "credential.", ".helper") {
            let key = format!("credential.{}.helper", shown(host));
            (key, UnfollowedWhat::Program)
        } else if one.key == push_url {
            (one.key.clone(), UnfollowedWhat::PushAddress)
        } else if let Some(base) = between(&one.key, "url.", ".pushinsteadof")
            && fits(&one.value)
        {
            let key = format!("url.{}.pushInsteadOf", shown(base));
            (key, UnfollowedWhat::PushAddress)
        } else {
            continue;
        };
        let found = Unfollowed {
            key,
            file: one.file.clone(),
            what,
        };
        // Several helpers have one key.
        if !all.contains(&found) {
            all.push(found);
        }
    }
    all
}

fn between<'a>(key: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    key.strip_prefix(begin)?.strip_suffix(end)
}

#[cfg(test)]
mod tests {
    use super::super::sourced::parse;
    use super::*;

    #[test]
    fn only_what_the_clone_itself_says_of_this_remote_is_told_and_no_value() {
        use UnfollowedWhat::Program;
        use UnfollowedWhat::PushAddress;
        let text = "global\0file:/home/ana/.gitconfig\0core.sshcommand\nssh -v\0\
            local\0file:/k/.git/config\0remote.o.url\nh:team/shop\0\
            local\0file:/k/.git/config\0remote.o.pushurl\nh:else/shop\0\
            local\0file:/k/.git/config\0remote.other.pushurl\nh:else/other\0\
            local\0file:/k/.git/config\0url.https://tok3n@h/.pushinsteadof\nh:\0\
            local\0file:/k/.git/config\0url.https://h/.pushinsteadof\nelsewhere:\0\
            local\0file:/k/.git/config\0credential.helper\n\0\
            local\0file:/k/.git/config\0credential.helper\n!echo password=s3cret\0\
            worktree\0file:/k/.git/config.worktree\0credential.https://ana@h.helper\nstore\0\
            local\0file:/k/.git/more\0core.sshcommand\nssh -i key\0";
        let found = of_clone(&parse(text), "o");
        let told: Vec<(&str, &str, UnfollowedWhat)> = found
            .iter()
            .map(|one| (one.key.as_str(), one.file.as_str(), one.what))
            .collect();
        let own = "/k/.git/config";
        assert_eq!(
            told,
            [
                ("remote.o.pushurl", own, PushAddress),
                ("url.https://h/.pushInsteadOf", own, PushAddress),
                ("credential.helper", own, Program),
                (
                    "credential.https://h.helper",
                    "/k/.git/config.worktree",
                    Program
                ),
                ("core.sshCommand", "/k/.git/more", Program),
            ]
        );
    }
}
