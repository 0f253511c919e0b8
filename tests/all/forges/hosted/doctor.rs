//! What `doctor` says of a project on each forge.

use std::collections::BTreeMap;

use super::Hosted;
use super::Which;

/// What `doctor` found, by name: how it stands, and the text.
pub(super) struct Findings(BTreeMap<String, (String, String)>);

impl Findings {
    /// Lets the driver ask the doctor.
    pub(super) fn of(hosted: &Hosted) -> Self {
        let [driver, ..] = hosted.which.people();
        let document = hosted.run(driver, &["doctor", "--json"]).json();
        let findings = document["findings"].as_array().expect("a list").iter();
        let text = |one: &serde_json::Value, field: &str| {
            one[field].as_str().expect("every finding has one").to_owned()
        };
        let read = findings.map(|one| (text(one, "name"), (text(one, "state"), text(one, "text"))));
        Self(read.collect())
    }

    /// Asserts how something stands, and that these words are said of it.
    pub(super) fn says(&self, name: &str, state: &str, words: &[&str]) {
        let found = self.0.get(name);
        let (known, text) = found.unwrap_or_else(|| panic!("no {name} in {:?}", self.0));
        assert_eq!(known, state, "{name}: {text}");
        for word in words {
            assert!(text.contains(word), "{name}: `{word}` is not in: {text}");
        }
    }
}

/// The remark about the environment and the last word about the forge are of one mind.
#[test]
fn who_asks_for_which_seat_on_gitlab_is_told_as_its_rules_are() {
    let hosted = Hosted::with_people(Which::Gitlab);
    let whole = Findings::of(&hosted);
    let words = ["refuses a start without tech-lead and product-manager"];
    whole.says("seats of production", "ok", &words);
    let words = ["refuses deployments without their seats"];
    whole.says("seats", "ok", &words);

    hosted.ci.gitlab().rules.truncate(1);
    let half = Findings::of(&hosted);
    let words = [
        "refuses a start without tech-lead;",
        "Lanekeeper alone asks for product-manager",
    ];
    half.says("seats of production", "warn", &words);
    half.says("seats", "ok", &["without some of their seats"]);

    hosted.ci.gitlab().is_free = true;
    let none = Findings::of(&hosted);
    let words = [
        "no approval rule",
        "Lanekeeper alone asks for tech-lead and product-manager",
    ];
    none.says("seats of production", "warn", &words);
    none.says("seats", "ok", &["checked by Lanekeeper only"]);
}

/// Below 15.6 nothing is known to be mergeable; the oldest tell their version in another place.
#[test]
fn a_gitlab_that_is_too_old_is_bad_and_what_will_not_work_is_told() {
    let hosted = Hosted::with_people(Which::Gitlab);
    Findings::of(&hosted).says("version", "ok", &["gitlab 17.10"]);
    for (version, named) in [("15.5.9-ee", "gitlab 15.5"), ("14.10.5", "gitlab 14.10")] {
        hosted.ci.gitlab().version = version;
        let words = [named, "none is merged", "15.6"];
        Findings::of(&hosted).says("version", "bad", &words);
    }
}
