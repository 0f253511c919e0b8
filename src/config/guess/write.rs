//! Writes the proposal as `lanekeeper.toml`, each value with its origin beside it.

use crate::config::UnnamedForge;
use crate::model::Layer;

use super::Guess;

impl Guess {
    /// Returns the text of `lanekeeper.toml`.
    pub fn to_toml(&self) -> String {
        let mut text = String::from(
            "# Lanes, environments and roles of this project; `lanekeeper config check` reads it.\n",
        );
        text.push_str(&format!("\n[project]\nname = {}\n", quoted(&self.name)));
        if let Some(host) = &self.unnamed {
            text.push_str(&forge(host));
        }
        for lane in &self.lanes {
            let layer = match lane.layer.value {
                Layer::Build => "build",
                Layer::Run => "run",
            };
            text.push_str(&format!("\n[[lane]] # {}\n", comment(&lane.origin)));
            text.push_str(&format!("name = {}\n", quoted(&lane.name)));
            text.push_str(&format!("branch = {}\n", quoted(lane.branch.as_str())));
            text.push_str(&format!(
                "layer = \"{layer}\" # {}\n",
                comment(&lane.layer.origin)
            ));
            if let Some(first) = lane.merges_into.first() {
                let names: Vec<String> = lane
                    .merges_into
                    .iter()
                    .map(|into| quoted(&into.value))
                    .collect();
                let names = names.join(", ");
                text.push_str(&format!(
                    "merges_into = [{names}] # {}\n",
                    comment(&first.origin)
                ));
            }
            if let Some(environment) = &lane.environment {
                let name = quoted(&environment.value);
                let origin = comment(&environment.origin);
                text.push_str(&format!("environment = {name} # {origin}\n"));
            }
        }
        for lane in &self.lanes {
            let Some(environment) = &lane.environment else {
                continue;
            };
            text.push_str(&format!(
                "\n[[environment]]\nname = {}\n",
                quoted(&environment.value)
            ));
            if environment.value == "production" {
                text.push_str("production = true\n");
            }
            if lane.is_org {
                text.push_str("org = true\n");
            }
        }
        text.push_str(&self.roles());
        text
    }

    /// Nobody can guess people, so the file says what to write. A forge knows no address of git's.
    fn roles(&self) -> String {
        let (how, [ana, ben]) = match self.forge {
            Some(kind) => (
                format!("by the account's name on {}", kind.word()),
                ["ana", "ben"],
            ),
            None => (
                "by the e-mail address of git's user.email".to_owned(),
                ["ana@example.org", "ben@example.org"],
            ),
        };
        format!(
            "
# Who may act in which role, {how}. Give a role to `seats` of a lane or an
# environment to ask for its approval.
[roles]
# tech-lead = [\"{ana}\"]
# product-manager = [\"{ben}\"]
"
        )
    }
}

/// Writes which forge a host answered as; where it is not known, what to write.
fn forge(host: &UnnamedForge) -> String {
    let name = comment(&host.host);
    match host.answers_as {
        Some((_, word)) => format!("forge = \"{word}\" # {name} answers as one\n"),
        None => format!(
            "# Nothing says which forge {name} is: gitlab, github, gitea, forgejo, or local.\n# forge = \"local\"\n"
        ),
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Keeps an origin, which may name a stranger's file, on its line.
fn comment(text: &str) -> String {
    crate::model::Untrusted::new(text).show()
}
