//! Rules of a protected branch that a hotfix cannot keep, or only with everybody's help. Only an administrator may read
//! them, so they are told by `doctor`, and by the refusal of the merge that meets one.

use serde::Deserialize;

use crate::forge::Error;
use crate::forge::Remark;
use crate::model::BY_A_RULE;

use super::options::Gitea;

/// What the web page calls a rule against heads that lack something of their target.
const OUTDATED: &str = "Block merge if pull request is outdated";
const REQUESTED: &str = "Block merge on official review requests";

/// One rule of the project.
#[derive(Deserialize)]
pub(super) struct Rule {
    #[serde(default)]
    rule_name: String,
    #[serde(default)]
    branch_name: String,
    #[serde(default)]
    block_on_outdated_branch: bool,
    #[serde(default)]
    block_on_official_review_requests: bool,
}

impl Rule {
    /// Tells whether it is the one that the branch names; older servers know it by the branch.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.rule_name == name || self.branch_name == name
    }

    /// Says what of it keeps a hotfix back.
    pub(super) fn examined(&self, what: &str) -> Vec<Remark> {
        let mut remarks = Vec::new();
        if self.block_on_outdated_branch {
            remarks.push(Remark::bad(
                what,
                "takes no head that lacks a commit of it: a hotfix is cut elsewhere and does not merge",
                format!("In the branch's rule, take the tick \"{OUTDATED}\" away."),
            ));
        }
        if self.block_on_official_review_requests {
            remarks.push(Remark::doubtful(
                what,
                "merges nothing while somebody who was asked for a review has not answered",
                format!(
                    "Everybody who is asked must answer; or take the tick \"{REQUESTED}\" away."
                ),
            ));
        }
        remarks
    }
}

impl Gitea {
    /// Reads the rules of all protected branches, which come at once; only administrators may.
    pub(super) async fn rules(&self) -> Result<Vec<Rule>, Error> {
        Ok(self.http().read(&self.get(&["branch_protections"])).await?)
    }
}

/// Returns a refusal of a merge into `into` as what it is where one of these rules is the reason, with what helps: to ask
/// again does not.
pub(super) fn by_rule(why: String, into: &str) -> String {
    let words = why.to_lowercase();
    let way_out = if words.contains("behind the base branch") {
        format!(
            "asking again does not help: an administrator takes the tick \"{OUTDATED}\" of `{into}` away, since bringing `{into}` into the head would carry all of it along"
        )
    } else if words.contains("official review request") {
        "whoever was asked for a review answers first, or is taken out on the request's page".into()
    } else if words.contains("enough approvals") {
        format!("one more of those whose approval counts for `{into}` approves first")
    } else if words.contains("requested changes") {
        "whoever asked for changes approves first, or takes that back".into()
    } else if words.contains("required status checks") {
        "they run, and pass, first".into()
    } else if words.contains("protected files") {
        format!("an administrator changes the rule of `{into}`")
    } else {
        return why;
    };
    format!("refused {BY_A_RULE}{why}; {way_out}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_by_a_rule_names_what_helps_and_another_stays_as_it_is() {
        let of = |why: &str| by_rule(why.to_owned(), "preprod");
        let outdated = of("gitea refused it: The head branch is behind the base branch");
        assert!(
            outdated.contains(OUTDATED) && outdated.contains("`preprod`"),
            "{outdated}"
        );
        let asked = of("not allowed to merge [reason: There are official review requests]");
        assert!(asked.contains("answers first"), "{asked}");
        let few = of("Does not have enough approvals");
        assert!(
            few.contains(BY_A_RULE) && few.contains("one more of those"),
            "{few}"
        );
        assert_eq!(
            of("User not allowed to merge PR"),
            "User not allowed to merge PR"
        );
    }
}
