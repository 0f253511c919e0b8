//! Who owns a path, as the team's CODEOWNERS file says. A forge asks owners by itself at most when a request is opened
//! ready; the draft of a conflict is not, and its owners are the ones who can decide it.

use std::collections::BTreeMap;

use fast_glob::glob_match;
use fast_glob::validate;

use crate::model::OwnerRules;
use crate::model::Untrusted;

/// The owners that a file names, by pattern.
#[derive(Debug, Default)]
pub struct Owners {
    /// A plain file is one section; of each section the last pattern that matches counts.
    sections: Vec<Section>,
}

#[derive(Debug, Default)]
struct Section {
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    pattern: String,
    /// Takes the path out of its section for good.
    excludes: bool,
    owners: Vec<String>,
}

/// Returns where the file may be, in the order in which the forge looks; the first that is there counts.
pub fn owner_files(rules: OwnerRules) -> &'static [&'static str] {
    match rules {
        OwnerRules::Github => &[".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"],
        OwnerRules::Gitlab => &["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"],
        OwnerRules::Elsewhere => &[],
    }
}

impl Owners {
    /// Reads a file. A line that cannot be understood names nobody, as on the forges.
    pub fn read(rules: OwnerRules, text: &str) -> Self {
        let mut sections = vec![Section::default()];
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let (mut at, mut usual) = (0, Vec::new());
        for line in text.lines() {
            if rules == OwnerRules::Gitlab
                && let Some((name, owners)) = heading(line)
            {
                // The same heading twice is one section.
                at = *places.entry(name).or_insert_with(|| {
                    sections.push(Section::default());
                    sections.len() - 1
                });
                usual = owners;
                continue;
            }
            sections[at].lines.extend(Line::read(rules, line, &usual));
        }
        Self { sections }
    }

    /// Returns the owners of a path, each once, as the file writes them.
    pub fn of(&self, path: &str) -> Vec<Untrusted> {
        let mut owners: Vec<Untrusted> = Vec::new();
        for name in self.sections.iter().flat_map(|section| section.of(path)) {
            if !owners.iter().any(|known| known.raw() == name) {
                owners.push(Untrusted::new(name.as_str()));
            }
        }
        owners
    }
}

impl Section {
    fn of(&self, path: &str) -> &[String] {
        let matching = || {
            self.lines
                .iter()
                .filter(|line| glob_match(&line.pattern, path))
        };
        if matching().any(|line| line.excludes) {
            return &[];
        }
        matching().next_back().map_or(&[], |line| &line.owners)
    }
}

impl Line {
    fn read(rules: OwnerRules, line: &str, usual: &[String]) -> Option<Self> {
        let mut words = words(line).into_iter();
        let pattern = words.next()?;
        let (pattern, excludes) = match pattern.strip_prefix('!') {
            Some(rest) if rules == OwnerRules::Gitlab => (rest.to_owned(), true),
            Some(_) | None => (pattern, false),
        };
        let mut owners: Vec<String> = words.collect();
        if owners.is_empty() {
            owners = usual.to_vec();
        }
        Some(Self {
            pattern: glob(rules, &pattern)?,
            excludes,
            owners,
        })
    }
}

/// Reads `[Name]`, `^[Name][2] @owner`: a section with those whom its patterns name where they name nobody.
fn heading(line: &str) -> Option<(String, Vec<String>)> {
    let line = line.trim_start();
    let rest = line.strip_prefix('^').unwrap_or(line).strip_prefix('[')?;
    let (name, mut rest) = rest.split_once(']')?;
    if let Some((count, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'))
        && count.bytes().all(|byte| byte.is_ascii_digit())
    {
        rest = after;
    }
    Some((name.trim().to_lowercase(), words(rest)))
}

/// Splits a line at white space that no backslash keeps; what follows a `#` is a comment.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        let is_new = words.last().is_some_and(String::is_empty);
        match letter {
            '#' if is_new => break,
            letter if letter.is_whitespace() => {
                if !is_new {
                    words.push(String::new());
                }
            }
            letter => {
                if let Some(word) = words.last_mut() {
                    word.push(letter);
                    // The letter behind a backslash is itself, in the pattern too.
                    if letter == '\\' {
                        word.extend(letters.next());
                    }
                }
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Makes the pattern of a line: one that names a folder matches all that is in it.
fn glob(rules: OwnerRules, pattern: &str) -> Option<String> {
    let (path, is_folder) = match pattern.strip_suffix('/') {
        Some(path) => (path, true),
        None => (pattern, false),
    };
    let is_anchored = match rules {
        // As in `.gitignore`: a slash in the middle ties a pattern to the root.
        OwnerRules::Github => path.contains('/'),
        OwnerRules::Gitlab | OwnerRules::Elsewhere => path.starts_with('/'),
    };
    let path = escaped(path.trim_start_matches('/'));
    let start = if is_anchored || path.starts_with("**/") {
        ""
    } else {
        "**/"
    };
    let end = match path.rsplit('/').next().unwrap_or_default() {
        "" => "**",
        _ if is_folder => "/**",
        // `docs/*` is one level only.
        "*" | "**" => "",
        _ => "{,/**}",
    };
    let glob = format!("{start}{path}{end}");
    validate(&glob).is_ok().then_some(glob)
}

/// Writes what is a letter there, and syntax of the library, behind a backslash.
fn escaped(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    let mut letters = path.chars();
    while let Some(letter) = letters.next() {
        if matches!(letter, '[' | ']' | '{' | '}' | '!') {
            escaped.push('\\');
        }
        escaped.push(letter);
        if letter == '\\' {
            escaped.extend(letters.next());
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owners(rules: OwnerRules, text: &str, path: &str) -> String {
        let owners = Owners::read(rules, text).of(path);
        let words: Vec<&str> = owners.iter().map(Untrusted::raw).collect();
        words.join(" ")
    }

    #[test]
    fn on_github_the_last_pattern_that_matches_names_the_owners() {
        let file = "# everything\n*  @all @acme/everyone\n*.js @js # inline\n/build/logs/ @doc\n\
                    docs/* docs@example.com\napps/ @octo\n/scripts/my\\ dir/ @sp\n**/logs @logs\n/apps/github\n[x] @odd\n\
                    !a/b @not\n\\[y\\] @kept\n{z,w} @braces\nlib/*/mid.rs @mid\n";
        let of = |path| owners(OwnerRules::Github, file, path);
        assert_eq!(of("src/a.rs"), "@all @acme/everyone");
        assert_eq!(of("src/a.js"), "@js");
        assert_eq!(of("build/logs/x/y"), "@logs");
        assert_eq!(of("docs/a.md"), "docs@example.com");
        assert_eq!(
            of("docs/deep/a.md"),
            "@all @acme/everyone",
            "one level only"
        );
        assert_eq!(
            of("deep/docs/a.md"),
            "@all @acme/everyone",
            "tied to the root"
        );
        assert_eq!(of("deep/apps/a.rs"), "@octo");
        assert_eq!(
            of("apps/github/a.rs"),
            "",
            "a pattern without owners takes them away"
        );
        assert_eq!(of("scripts/my dir/a.sh"), "@sp");
        assert_eq!(of("[x]"), "@odd");
        assert_eq!(of("!a/b/c"), "@not", "no pattern is turned round");
        assert_eq!(of("[y]"), "@kept");
        assert_eq!(of("{z,w}"), "@braces");
        assert_eq!(of("z"), "@all @acme/everyone");
        assert_eq!(of("lib/x/mid.rs"), "@mid");
        assert_eq!(of("lib/x/y/mid.rs"), "@all @acme/everyone");
    }

    #[test]
    fn on_gitlab_each_section_names_owners_of_its_own() {
        let file = "* @all\n[Billing][2] @ana @acme/billing\nbilling/ \n!billing/test.rb\nbilling/refund.rb @ben\n\
                    ^[Docs] @doc\n*.md\n[billing]\nbilling/tax.rb @tax\n";
        let of = |path| owners(OwnerRules::Gitlab, file, path);
        assert_eq!(of("src/a.rb"), "@all");
        assert_eq!(
            of("src/billing/a.rb"),
            "@all @ana @acme/billing",
            "from any folder"
        );
        assert_eq!(of("billing/refund.rb"), "@all @ben");
        assert_eq!(of("billing/test.rb"), "@all", "taken out of the section");
        assert_eq!(of("billing/tax.rb"), "@all @tax", "the same section again");
        assert_eq!(of("billing/a.md"), "@all @ana @acme/billing @doc");
    }

    #[test]
    fn where_the_forge_keeps_its_own_rules_no_file_is_read() {
        assert!(owner_files(OwnerRules::Elsewhere).is_empty());
    }
}
