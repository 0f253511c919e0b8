//! Long chains as they were read, each in one file of our own repository: three objects for each link take a process that
//! starts longer than all else that it does with a record of some thousand entries.
//!
//! Guarantees: what is returned is what reading every object would give. A file that is cut off, damaged or of another chain
//! is as if it were not there; losing it costs time only. Non-guarantee: as with an object that is there, nothing is
//! compared with its id again.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use sha2::Digest;
use sha2::Sha256;

use crate::model::CommitId;
use crate::model::Person;
use crate::model::RefName;
use crate::model::Timestamp;
use crate::model::Untrusted;

use super::chain::Link;
use super::error::Error;
use super::laid_out::make_folder;
use super::laid_out::put;
use super::repo::Repo;
use super::tree::to_digits;

/// So many links are read from their objects each time: a shorter chain is not kept, and a file is not written anew before it
/// lacks so many.
const STEP: usize = 256;
/// What a file begins with, raised when links are written in another way; the digest of all that follows comes next.
const EDITION: &[u8] = b"chain 1\n";
const OF_DIGEST: usize = 32;

impl Repo {
    /// Returns the links of the chain `name` from the first to `head`, as [`Repo::chain_read`] does.
    pub fn chain_whole(&self, name: &RefName, head: &CommitId) -> Result<Vec<Link>, Error> {
        let path = self.kept_chain(name);
        let mut links = read(&path).unwrap_or_default();
        let known = links.last().map(|link| link.id.clone());
        let new = match known {
            // What does not follow it is another chain by now, and read whole.
            Some(known) => self.chain_read(head, Some(&known)).ok(),
            None => None,
        };
        let new = match new {
            Some(new) => new,
            None => {
                links.clear();
                self.chain_read(head, None)?
            }
        };
        let is_long = new.len() >= STEP;
        links.extend(new);
        if is_long && let Err(error) = write(&path, &links) {
            tracing::debug!(%error, "a chain is not kept as it was read");
        }
        Ok(links)
    }

    fn kept_chain(&self, name: &RefName) -> PathBuf {
        let digest = to_digits(&Sha256::digest(name.as_str().as_bytes()));
        self.dir().join("chains").join(digest)
    }
}

fn write(path: &Path, links: &[Link]) -> Result<(), Error> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    put(path, &spelled(links)).map(drop)
}

fn read(path: &Path) -> Option<Vec<Link>> {
    links_of(&std::fs::read(path).ok()?)
}

fn spelled(links: &[Link]) -> Vec<u8> {
    let mut body = Vec::new();
    for link in links {
        let author = &link.author;
        let texts = [link.id.as_str(), &author.id, author.name.raw()];
        for text in texts.into_iter().chain([link.message.raw()]) {
            put_field(&mut body, text.as_bytes());
        }
        body.extend(link.at.as_second().to_le_bytes());
        body.extend((link.files.len() as u64).to_le_bytes());
        for (path, content) in &link.files {
            put_field(&mut body, path.as_bytes());
            put_field(&mut body, content);
        }
    }
    [EDITION, &Sha256::digest(&body), &body].concat()
}

fn put_field(body: &mut Vec<u8>, field: &[u8]) {
    body.extend((field.len() as u64).to_le_bytes());
    body.extend(field);
}

/// Reads what [`spelled`] wrote; none of it where anything is not as it was written.
fn links_of(bytes: &[u8]) -> Option<Vec<Link>> {
    let rest = bytes.strip_prefix(EDITION)?;
    let (digest, body) = rest.split_at_checked(OF_DIGEST)?;
    if digest != &Sha256::digest(body)[..] {
        return None;
    }
    let mut rest = Rest(body);
    let mut links: Vec<Link> = Vec::new();
    while !rest.0.is_empty() {
        let parent = links.last().map(|link| link.id.clone());
        links.push(rest.link(parent)?);
    }
    Some(links)
}

/// What was not read yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn link(&mut self, parent: Option<CommitId>) -> Option<Link> {
        let id = self.text()?.parse().ok()?;
        let author = Person {
            id: self.text()?,
            name: Untrusted::new(self.text()?),
            login: None,
        };
        let message = Untrusted::new(self.text()?);
        let at = Timestamp::from_second(i64::from_le_bytes(self.number()?));
        let mut files = BTreeMap::new();
        for _ in 0..u64::from_le_bytes(self.number()?) {
            files.insert(self.text()?, self.field()?.to_vec());
        }
        Some(Link {
            id,
            parent,
            author,
            at,
            message,
            files,
        })
    }

    fn number(&mut self) -> Option<[u8; 8]> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*number)
    }

    fn field(&mut self) -> Option<&[u8]> {
        let length = u64::from_le_bytes(self.number()?).try_into().ok()?;
        let (field, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.field()?.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> Vec<Link> {
        let id = |digit: &str| digit.repeat(40).parse::<CommitId>().expect("an id");
        let link = |digit: &str, parent: Option<&str>| Link {
            id: id(digit),
            parent: parent.map(id),
            author: Person::from_email("Ana \u{1b}", "ana@example.org"),
            at: Timestamp::from_second(-5),
            message: Untrusted::new("note.added 1\nmore"),
            files: BTreeMap::from([
                ("v1".to_owned(), Vec::new()),
                ("event.json".to_owned(), vec![0xff, 0, b'\n']),
            ]),
        };
        vec![link("a", None), link("b", Some("a"))]
    }

    #[test]
    fn what_was_written_is_read_back_and_nothing_else_is() {
        let bytes = spelled(&chain());
        assert_eq!(links_of(&bytes), Some(chain()));
        assert_eq!(links_of(&spelled(&[])), Some(Vec::new()));
        for length in 0..bytes.len() {
            assert_eq!(links_of(&bytes[..length]), None, "cut off at {length}");
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert_eq!(links_of(&damaged), None, "a bit at {at}");
        }
    }
}
