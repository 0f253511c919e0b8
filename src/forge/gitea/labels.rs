//! Labels have ids here: of the project and of its organisation. One that is missing is made.

use serde_json::json;

use crate::forge::Error;
use crate::forge::http::Ask;

use super::options::Gitea;
use super::send::Failure;
use super::wire;

/// Labels that are read.
const LABEL_LIMIT: usize = 2000;
/// The colour of a label that we make.
const COLOUR: &str = "#b60205";

impl Gitea {
    /// Returns the ids of labels, in the order of their names, or says why one cannot be had.
    pub(super) async fn label_ids(
        &self,
        names: &[String],
    ) -> Result<Result<Vec<i64>, String>, Error> {
        if names.is_empty() {
            return Ok(Ok(Vec::new()));
        }
        let mut known = self.labels().await?;
        let mut ids = Vec::new();
        for name in names {
            let found = |labels: &[wire::Label]| {
                labels
                    .iter()
                    .find(|label| label.name == *name)
                    .map(|label| label.id)
            };
            if let Some(id) = found(&known) {
                ids.push(id);
                continue;
            }
            let make =
                Ask::post(&self.at(&["labels"])).json(&json!({ "name": name, "color": COLOUR }));
            match self.send(&make).await?.document::<wire::Label>() {
                Ok(label) => ids.push(label.id),
                // Somebody else made it at the same time, or the answer was lost: two of one name would be a nuisance.
                Err(Failure::No { why, .. } | Failure::Unclear(why)) => {
                    known = self.labels().await?;
                    match found(&known) {
                        Some(id) => ids.push(id),
                        None => {
                            return Ok(Err(format!(
                                "the label `{name}` is not there and could not be made ({why}); let an owner make it, or take it out of the playbook's labels"
                            )));
                        }
                    }
                }
            }
        }
        Ok(Ok(ids))
    }

    async fn labels(&self) -> Result<Vec<wire::Label>, Error> {
        let mut labels: Vec<wire::Label> = self.list(self.get(&["labels"]), LABEL_LIMIT).await?;
        let of_owner = Ask::get(&["orgs", &self.owner, "labels"]);
        match self.list(of_owner, LABEL_LIMIT).await {
            Ok(more) => labels.extend::<Vec<wire::Label>>(more),
            // The owner is a person, or the token may not read organisations.
            Err(Error::Http(error)) if matches!(error.status(), Some(403 | 404)) => {}
            Err(error) => return Err(error),
        }
        Ok(labels)
    }
}
