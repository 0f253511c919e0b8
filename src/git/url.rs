//! Which remote addresses we hand to git, and how they are shown.

use std::path::Path;

use crate::model::keep_address_hidden;
use crate::model::remote_folder;
use crate::model::remote_url_flaw;
use crate::model::without_passwords;

use super::error::Error;

/// Checks an address and returns the form that git gets; a relative path is taken from `base`.
///
/// What is allowed is said in `model::remote_url_flaw`.
pub(super) fn check(url: &str, base: &Path) -> Result<String, Error> {
    let bad = |why| {
        Err(Error::BadUrl {
            url: without_passwords(url),
            why,
        })
    };
    if let Some(why) = remote_url_flaw(url) {
        // What it holds was written where others may repeat it.
        keep_address_hidden(url);
        return bad(why);
    }
    // An address with a scheme or a host is taken as it stands.
    if url.contains("://") || remote_folder(url).is_none() {
        return Ok(url.to_owned());
    }
    match base.join(url).to_str() {
        Some(path) => Ok(path.to_owned()),
        None => bad("the path is not UTF-8"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(url: &str) -> Option<String> {
        check(url, Path::new("/clone")).ok()
    }

    #[test]
    fn only_addresses_that_run_nothing_and_hide_nothing_are_taken() {
        for good in [
            "https://example.org/a/b.git",
            "https://ana@example.org/a.git",
            "https://acme-tools@dev.azure.com/acme-tools/shop/_git/shop",
            "ssh://0c5d1e7a9b3f2468ace013579bdf2468ace01357@example.org/a.git",
            "http://127.0.0.1:8080/a.git",
            "http://localhost/a",
            "ssh://git@example.org:22/a.git",
            "git@example.org:a/b.git",
            "file:///srv/a.git",
            "/srv/a.git",
        ] {
            assert_eq!(checked(good).as_deref(), Some(good));
        }
        assert_eq!(checked("../o.git").as_deref(), Some("/clone/../o.git"));
        assert_eq!(checked("a/b:c").as_deref(), Some("/clone/a/b:c"));
        for bad in [
            "",
            "-oProxyCommand=x",
            "ext::sh -c x",
            "https://a:b@example.org/x",
            "https://ghp_0123456789@example.org/x",
            "https://0c5d1e7a9b3f2468ace013579bdf2468ace01357@example.org/x",
            "http://0c5d1e7a9b3f2468ace013579bdf2468ace01357@localhost/x",
            "https://x-access-token@example.org/x",
            "https://a%3Ab@example.org/x",
            "http://example.org/x",
            "http://127.0.0.1.example.org/x",
            "ssh://-oProxyCommand=x/y",
            "ssh://-x@host/y",
            "git://example.org/x",
            "https:///x",
            "-x@host:y",
            "u@-host:y",
            "a\nb",
            "https://example.org/\u{1b}",
        ] {
            assert_eq!(checked(bad), None, "{bad}");
        }
    }
}
