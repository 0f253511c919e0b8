//! Which address of a remote git's configuration writes anew (`url.<base>.insteadOf`, `url.<base>.pushInsteadOf`), and the
//! file that says so. Git answers with the new address alone; who put the rule there may be somebody else than the person
//! who works here.

use crate::model::without_passwords;

use super::clone::UserClone;
use super::error::Error;
use super::sourced::Sourced;
use super::sourced::settings;
use super::url;

/// The keys, as git prints them: section and name in lower case.
const KEYS: &str = r"^(remote\..*\.url|url\..*\.(push)?insteadof)$";

/// An address that was written anew. Nothing in it holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewriting {
    /// `url.<base>.insteadOf` or `url.<base>.pushInsteadOf`.
    pub key: String,
    /// The file that holds it.
    pub file: String,
    /// It is the clone's own file, not one of the person or the machine.
    pub is_of_clone: bool,
    /// It is for pushes alone.
    pub is_for_pushes: bool,
    pub from: String,
    pub to: String,
}

/// A rule of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    base: String,
    /// What an address begins with for which `base` stands.
    prefix: String,
    file: String,
    is_of_clone: bool,
    is_for_pushes: bool,
}

impl UserClone {
    /// Returns how the address of a remote is written anew until it is the one that is asked: in the clone, and once more
    /// where it is handed to git in our own repository, which does not read the clone's file; and where pushes go then.
    pub fn rewritings(&self, remote: &str) -> Result<Vec<Rewriting>, Error> {
        let (address, rules) = read(&settings(self, KEYS)?, &format!("remote.{remote}.url"));
        let Some(address) = address else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        let mut now = address;
        if let Some(rule) = fitting(rules.iter().filter(|rule| !rule.is_for_pushes), &now) {
            let next = rule.of(&now);
            all.push(rule.told(&now, &next));
            now = next;
        }
        // A relative path is taken from the clone; what is refused is not handed over, and opening says so.
        let Ok(handed) = url::check(&now, self.root()) else {
            return Ok(all);
        };
        for is_for_pushes in [false, true] {
            let is_read = |rule: &&Rule| !rule.is_of_clone && rule.is_for_pushes == is_for_pushes;
            if let Some(rule) = fitting(rules.iter().filter(is_read), &handed) {
                let next = rule.of(&handed);
                all.push(rule.told(&handed, &next));
            }
        }
        Ok(all)
    }
}

impl Rule {
    /// Returns the address that an address becomes by it.
    fn of(&self, address: &str) -> String {
        let rest = address.strip_prefix(self.prefix.as_str());
        format!("{}{}", self.base, rest.unwrap_or_default())
    }

    fn told(&self, from: &str, to: &str) -> Rewriting {
        let name = if self.is_for_pushes {
            "pushInsteadOf"
        } else {
            "insteadOf"
        };
        Rewriting {
            key: format!("url.{}.{name}", shown(&self.base)),
            file: self.file.clone(),
            is_of_clone: self.is_of_clone,
            is_for_pushes: self.is_for_pushes,
            from: shown(from),
            to: shown(to),
        }
    }
}

/// Returns the rule by which git writes an address anew: the one that knows most of its beginning, the first of several.
fn fitting<'a>(rules: impl Iterator<Item = &'a Rule>, address: &str) -> Option<&'a Rule> {
    let mut best: Option<&Rule> = None;
    for rule in rules.filter(|rule| address.starts_with(rule.prefix.as_str())) {
        if best.is_none_or(|best| rule.prefix.len() > best.prefix.len()) {
            best = Some(rule);
        }
    }
    best
}

/// Returns the first address under `key`, and every rule.
fn read(settings: &[Sourced], key: &str) -> (Option<String>, Vec<Rule>) {
    let mut address = None;
    let mut rules = Vec::new();
    for one in settings {
        if one.key == key {
            // An empty one begins the list anew.
            if one.value.is_empty() {
                address = None;
            } else if address.is_none() {
                address = Some(one.value.clone());
            }
        }
        let named = one.key.strip_prefix("url.");
        let base = |end: &str| named.and_then(|named| named.strip_suffix(end));
        let rule = base(".insteadof")
            .map(|base| (base, false))
            .or_else(|| base(".pushinsteadof").map(|base| (base, true)));
        if let Some((base, is_for_pushes)) = rule {
            rules.push(Rule {
                base: base.to_owned(),
                prefix: one.value.clone(),
                file: one.file.clone(),
                is_of_clone: one.is_of_clone,
                is_for_pushes,
            });
        }
    }
    (address, rules)
}

/// Returns an address as it may be shown: in a web address a name alone can be a token.
pub(super) fn shown(address: &str) -> String {
    let Some((scheme @ ("https" | "http"), rest)) = address.split_once("://") else {
        return without_passwords(address);
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::super::sourced::parse;
    use super::*;

    const CONFIG: &str = "global\0file:/home/ana/.gitconfig\0url.https://h/.insteadof\nh:\0\
        global\0file:/home/ana/.gitconfig\0url.ssh://h/team/.pushinsteadof\nh:team/\0\
        local\0file:/k/.git/config\0url.https://tok3n@h/team/.insteadof\nh:team/\0\
        local\0file:/k/.git/config\0remote.o.url\n\0\
        local\0file:/k/.git/config\0remote.o.url\nh:team/shop\0\
        local\0file:/k/.git/config\0remote.o.url\nelsewhere\0";

    #[test]
    fn the_rule_that_knows_most_of_an_address_is_told_with_its_file_and_without_secrets() {
        let (address, rules) = read(&parse(CONFIG), "remote.o.url");
        let address = address.expect("there is one");
        assert_eq!(address, "h:team/shop");
        let (pushes, rules): (Vec<Rule>, Vec<Rule>) =
            rules.into_iter().partition(|rule| rule.is_for_pushes);
        let told = pushes[0].told(&address, &pushes[0].of(&address));
        assert_eq!(told.key, "url.ssh://h/team/.pushInsteadOf");
        assert_eq!(told.to, "ssh://h/team/shop");
        let rule = fitting(rules.iter(), &address).expect("there are two");
        assert_eq!(rule.of(&address), "https://tok3n@h/team/shop");
        let told = rule.told(&address, &rule.of(&address));
        let wanted = Rewriting {
            key: "url.https://h/team/.insteadOf".to_owned(),
            file: "/k/.git/config".to_owned(),
            is_of_clone: true,
            is_for_pushes: false,
            from: "h:team/shop".to_owned(),
            to: "https://h/team/shop".to_owned(),
        };
        assert_eq!(told, wanted);
        let ours = rules.iter().filter(|rule| !rule.is_of_clone);
        let rule = fitting(ours, &address).expect("there is one");
        assert_eq!(rule.of(&address), "https://h/team/shop");
        assert_eq!(fitting(rules.iter(), "/srv/shop.git"), None);
    }

    #[test]
    fn what_stands_before_a_host_is_not_shown() {
        for (address, wanted) in [
            ("https://name:word@h/x@y", "https://h/x@y"),
            ("https://tok3n@h", "https://h"),
            ("ssh://git@h/x", "ssh://git@h/x"),
            ("ssh://git:word@h/x", "ssh://h/x"),
            ("git@h:x", "git@h:x"),
        ] {
            assert_eq!(shown(address), wanted);
        }
    }
}
