//! The little that is read of an sfdx-hardis project: `mergeTargets` and `level` of a branch's file,
//! `developmentBranch` of the project's.
//!
//! These are top-level scalars and lists of plain words, so a reader of lines is enough, and a whole YAML
//! parser would be another thing to trust with files of a stranger. What it does not understand, it leaves out.

/// What one branch's file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct BranchFile {
    /// The path, for origins.
    pub(super) path: String,
    /// The branch, by the file's name.
    pub(super) branch: String,
    pub(super) merge_targets: Option<Vec<String>>,
    pub(super) level: Option<u32>,
}

/// Reads the branch files.
pub(super) fn branch_files(files: &[(String, String)]) -> Vec<BranchFile> {
    files
        .iter()
        .filter_map(|(path, text)| {
            let name = path.strip_prefix("config/branches/.sfdx-hardis.")?;
            let name = name
                .strip_suffix(".yml")
                .or_else(|| name.strip_suffix(".yaml"))?;
            Some(BranchFile {
                path: path.clone(),
                // Only the first slash of the branch is written as `__`.
                branch: name.replacen("__", "/", 1),
                merge_targets: list(text, "mergeTargets"),
                level: scalar(text, "level").and_then(|level| level.parse().ok()),
            })
        })
        .collect()
}

/// Returns the branch that BUILD work goes to, and the file that says so.
pub(super) fn development_branch(files: &[(String, String)]) -> Option<(String, String)> {
    let names = [
        "config/.sfdx-hardis.yml",
        "config/.sfdx-hardis.yaml",
        ".sfdx-hardis.yml",
        ".sfdx-hardis.yaml",
    ];
    names.iter().find_map(|name| {
        let (path, text) = files.iter().find(|(path, _)| path == name)?;
        Some((scalar(text, "developmentBranch")?, path.clone()))
    })
}

fn scalar(text: &str, key: &str) -> Option<String> {
    let rest = text
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    let value = word(rest);
    (!value.is_empty()).then_some(value)
}

fn list(text: &str, key: &str) -> Option<Vec<String>> {
    let mut lines = text.lines();
    let rest = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    let inline = rest.split(" #").next().unwrap_or_default().trim();
    if let Some(flow) = inline
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return Some(
            flow.split(',')
                .map(word)
                .filter(|word| !word.is_empty())
                .collect(),
        );
    }
    let mut items = Vec::new();
    for line in lines {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        match trimmed.strip_prefix("- ") {
            Some(item) => items.push(word(item)),
            None => break,
        }
    }
    Some(items)
}

/// Returns a plain or quoted word without its comment.
fn word(text: &str) -> String {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(rest) = text.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or_default().to_owned();
        }
    }
    text.split(" #")
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_from_both_ways_to_write_a_list() {
        let block =
            "alias: x\nmergeTargets:\n  # comment\n  - preprod\n- 'main' # last\nlevel: 70\n";
        assert_eq!(
            list(block, "mergeTargets"),
            Some(vec!["preprod".to_owned(), "main".to_owned()])
        );
        assert_eq!(scalar(block, "level"), Some("70".to_owned()));
        let flow = "mergeTargets: [\"preprod\", uat] # both\n";
        assert_eq!(
            list(flow, "mergeTargets"),
            Some(vec!["preprod".to_owned(), "uat".to_owned()])
        );
        assert_eq!(list("mergeTargets: []\n", "mergeTargets"), Some(Vec::new()));
        assert_eq!(list("a: b\n", "mergeTargets"), None);
    }

    #[test]
    fn the_first_slash_of_a_branch_is_two_underscores_in_its_file() {
        let files = [(
            "config/branches/.sfdx-hardis.release__4__x.yml".to_owned(),
            String::new(),
        )];
        assert_eq!(branch_files(&files)[0].branch, "release/4__x");
    }
}
