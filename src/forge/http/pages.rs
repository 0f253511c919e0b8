//! Where the next page is.

use reqwest::Url;
use reqwest::header::HeaderMap;

/// Returns the address of the next page (`Link: <…>; rel="next"`, RFC 8288), as the server wrote it. All three forges send it.
pub(super) fn next(headers: &HeaderMap, current: &Url) -> Option<Url> {
    headers
        .get_all("link")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .find_map(|link| {
            let (address, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
            let is_next = parameters.split(';').any(|parameter| {
                let parameter = parameter.trim();
                parameter == "rel=\"next\"" || parameter == "rel=next"
            });
            is_next.then(|| current.join(address).ok())?
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_other_links() {
        let current = Url::parse("https://host/api/x?page=1").expect("an address");
        let of = |link: &str| {
            let headers = [(reqwest::header::LINK, link.parse().expect("a header"))];
            next(&headers.into_iter().collect(), &current).map(|url| url.to_string())
        };
        assert_eq!(
            of(
                r#"<https://host/api/x?page=1>; rel="first", <https://host/api/x?page=2&per_page=2>; rel="next""#
            ),
            Some("https://host/api/x?page=2&per_page=2".to_owned())
        );
        assert_eq!(
            of(r#"</api/x?page=3>; rel="next""#),
            Some("https://host/api/x?page=3".to_owned())
        );
        assert_eq!(of(r#"<https://host/api/x?page=9>; rel="last""#), None);
    }
}
