//! Where the API of a forge is: an origin and the path that everything is below.

use std::fmt;

use reqwest::Url;

use super::error::HttpError;

/// The base address of an API, `https://gitlab.example.org/sub/api/v4`, and what people call its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    url: Url,
    name: String,
}

impl Base {
    /// Reads an address. A token would travel readable over plain HTTP, so that is taken for this machine only.
    pub fn parse(text: &str) -> Result<Self, HttpError> {
        let bad = |why: &str| HttpError::BadAddress {
            address: text.to_owned(),
            why: why.to_owned(),
        };
        let url = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad("expected https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("a user or a password has no place in it"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(bad("expected no `?` and no `#`"));
        }
        let name = url.host_str().unwrap_or_default().to_owned();
        let base = Self { url, name };
        if base.is_plain() && !base.is_this_machine() {
            return Err(bad(
                "plain http would show the token to everybody on the way; use https://",
            ));
        }
        Ok(base)
    }

    /// Returns it with the name that people sign in to: `github.com`, whose API is on `api.github.com`.
    #[must_use]
    pub fn called(self, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..self
        }
    }

    /// Returns what people call the host; without any other name, the host without the port.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Tells whether requests travel unencrypted.
    pub fn is_plain(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// Tells whether requests stay on this machine.
    pub(super) fn is_this_machine(&self) -> bool {
        match self.url.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        }
    }

    /// Returns the address of `segments` below the base; each becomes one segment, whatever it holds.
    pub(super) fn join(&self, segments: &[String]) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// Returns the address of `segments` beside the last segment of the base, on the same origin.
    pub(super) fn join_beside(&self, segments: &[String]) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().pop().extend(segments);
        }
        url
    }

    /// Tells whether `url` is on the same origin: scheme, host and port.
    pub(super) fn is_origin_of(&self, url: &Url) -> bool {
        self.url.origin() == url.origin()
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_encoded_and_a_sub_path_is_kept() {
        let base = Base::parse("https://host.example:8443/git/api/v4/").expect("an address");
        let url = base.join(&["projects".into(), "a/b c".into(), "..".into()]);
        assert_eq!(
            url.as_str(),
            "https://host.example:8443/git/api/v4/projects/a%2Fb%20c"
        );
        let url = base.join(&["branches".into(), "fix/ünï#1?x".into()]);
        assert_eq!(
            url.path(),
            "/git/api/v4/branches/fix%2F%C3%BCn%C3%AF%231%3Fx"
        );
    }

    #[test]
    fn another_api_is_found_beside_the_base() {
        for (base, beside) in [
            ("https://api.github.com", "https://api.github.com/graphql"),
            (
                "https://host.example/api/v3/",
                "https://host.example/api/graphql",
            ),
        ] {
            let base = Base::parse(base).expect("an address");
            assert_eq!(base.join_beside(&["graphql".into()]).as_str(), beside);
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        assert!(Base::parse("http://127.0.0.1:9/api").is_ok());
        assert!(Base::parse("http://[::1]:9/api").is_ok());
        assert!(Base::parse("http://localhost/api").is_ok());
        for bad in [
            "http://gitlab.example.org/api/v4",
            "http://127.0.0.1.evil.example/api",
            "ftp://host/",
            "https://me:secret@host/",
            "https://host/?a=b",
            "host/api",
        ] {
            assert!(Base::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_port_and_the_scheme_are_part_of_the_origin() {
        let base = Base::parse("https://host.example/api").expect("an address");
        let is_ours = |text: &str| base.is_origin_of(&Url::parse(text).expect("an address"));
        assert!(is_ours("https://host.example:443/elsewhere"));
        assert!(!is_ours("https://host.example:444/api"));
        assert!(!is_ours("http://host.example/api"));
        assert!(!is_ours("https://host.example.evil/api"));
    }
}
