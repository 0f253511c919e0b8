//! What `doctor` says of a project on each forge.

use std::collections::BTreeMap;

use super::Hosted;
use super::Which;
use crate::forges::fake_gitea::GITEA_OLD;
use crate::forges::fake_gitea::Protection;
use crate::forges::message::Reply;
use crate::forges::server::Fault;

/// What `doctor` found, by name: how it stands, and the text.
pub(super) struct Findings(BTreeMap<String, (String, String)>);

impl Findings {
    /// Lets the driver ask the doctor.
    pub(super) fn of(hosted: &Hosted) -> Self {
        let [driver, ..] = hosted.which.people();
        // What is bad there shows in its exit code, and is looked at one by one here.
        let document = hosted.run(driver, &["doctor", "--json"]).json();
        let findings = document["findings"].as_array().expect("a list").iter();
        let text = |one: &serde_json::Value, field: &str| {
            one[field]
                .as_str()
                .expect("every finding has one")
                .to_owned()
        };
        let read = findings.map(|one| (text(one, "name"), (text(one, "state"), text(one, "text"))));
        Self(read.collect())
    }

    /// Lets the driver ask the doctor, and returns what to do about one thing.
    fn hint(hosted: &Hosted, name: &str) -> String {
        let [driver, ..] = hosted.which.people();
        let document = hosted.run(driver, &["doctor", "--json"]).json();
        let findings = document["findings"].as_array().expect("a list");
        let found = findings.iter().find(|one| one["name"] == name);
        let found = found.unwrap_or_else(|| panic!("no {name} in {findings:?}"));
        found["hint"].as_str().unwrap_or_default().to_owned()
    }

    /// Asserts that nothing is said of something.
    pub(super) fn lacks(&self, name: &str) {
        assert!(!self.0.contains_key(name), "{:?}", self.0.get(name));
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

#[test]
fn a_forge_whose_clock_is_another_is_told() {
    let hosted = Hosted::with_people(Which::Gitlab);
    Findings::of(&hosted).lacks("clock");
    let late = Reply::json(200, &serde_json::json!({"reset_approvals_on_push": true}))
        .with("date", "Tue, 15 Nov 1994 08:12:31 GMT");
    let late = Fault::Instead(late);
    hosted.server.trap("GET", "/approvals", late);
    let words = ["gitlab 17.10", "behind this machine's"];
    Findings::of(&hosted).says("clock", "warn", &words);
}

#[test]
fn what_of_gitlabs_settings_keeps_a_hotfix_back_is_told() {
    let hosted = Hosted::with_people(Which::Gitlab);
    {
        let mut state = hosted.ci.gitlab();
        state.removes_source = false;
        state.needs_pipeline = true;
        state.needs_threads = true;
        state.protected = vec!["main"];
    }
    let good = Findings::of(&hosted);
    good.says("version", "ok", &["gitlab 17.10"]);
    good.says("rights", "ok", &["Maintainer"]);
    good.says("merge method", "ok", &["merge commit"]);
    good.lacks("project");
    good.says("threads", "ok", &["only after all threads are resolved"]);
    good.says("source branches", "ok", &["are kept"]);
    good.says("pipelines", "ok", &["only after a pipeline that passed"]);
    good.says("approval rules", "ok", &["a push takes approvals away"]);
    let protected = ["is protected", "by merge request", "merged by Maintainers"];
    good.says("branch main", "ok", &protected);
    let open = ["is not protected", "you may push to it"];
    good.says("branch develop", "warn", &open);
    good.says("start of production", "ok", &["Maintainers, and by you"]);
    good.lacks("squash");
    good.lacks("deploy freezes");
    {
        let mut state = hosted.ci.gitlab();
        state.freezes = vec![["0 23 * * 5", "0 8 * * 1"], ["0 0 24 12 *", "0 0 2 1 *"]];
        state.removes_source = true;
        state.needs_pipeline = false;
        state.needs_threads = false;
        state.path = "acme/new-shop";
        state.merge_method = "ff";
        state.squash_option = "always";
        state.authors_approve = true;
        state.level = 20;
    }
    let bad = Findings::of(&hosted);
    bad.says("rights", "bad", &["Reporter", "neither push"]);
    bad.says("merge method", "bad", &["fast-forward only"]);
    bad.says("project", "warn", &["`acme/shop` is now `acme/new-shop`"]);
    bad.lacks("threads");
    bad.says("squash", "bad", &["every merge is squashed"]);
    bad.says("source branches", "warn", &["are deleted"]);
    bad.says("pipelines", "warn", &["without a pipeline too"]);
    bad.says("approval rules", "warn", &["authors may approve"]);
    bad.says("start of production", "warn", &["and not by you"]);
    let freezes = ["`0 23 * * 5` to `0 8 * * 1` UTC", "`0 0 24 12 *` to"];
    bad.says("deploy freezes", "warn", &freezes);
    hosted.ci.gitlab().merge_method = "rebase_merge";
    let words = ["semi-linear", "no lane can be promoted twice"];
    Findings::of(&hosted).says("merge method", "bad", &words);
}

#[test]
fn what_of_githubs_settings_keeps_a_hotfix_back_is_told() {
    let hosted = Hosted::with_people(Which::Github);
    {
        let mut state = hosted.ci.github();
        state.deletes_branches = false;
        state.installed = Some("3.14.2");
    }
    let good = Findings::of(&hosted);
    good.says("version", "ok", &["GitHub Enterprise Server 3.14.2"]);
    good.says("rights", "ok", &["may push"]);
    good.says("merge methods", "ok", &["merge, squash"]);
    good.says("head branches", "ok", &["are kept"]);
    let protected = ["is protected", "the checks unit"];
    good.says("branch main", "ok", &protected);
    good.says("branch develop", "warn", &["is not protected"]);
    let seats = ["tech-lead by the environment `production-tech-lead`"];
    good.says("seats of production", "ok", &seats);
    let whole = ["refuses deployments without their seats"];
    good.says("seats", "ok", &whole);
    hosted.ci.github().environments[0].bars_admins = false;
    let around = Findings::of(&hosted);
    let names = ["administrators may go around production-tech-lead"];
    around.says("seats of production", "warn", &names);
    around.says("seats", "ok", &["without some of their seats"]);
    {
        let mut state = hosted.ci.github();
        state.deletes_branches = true;
        state.installed = Some("3.10.4");
        state.squashes_only = true;
        state.is_read_only = true;
        state
            .environments
            .retain(|one| !one.name.ends_with("tech-lead"));
    }
    let bad = Findings::of(&hosted);
    bad.says("version", "warn", &["3.10.4", "no rule sets"]);
    bad.says("rights", "bad", &["may not push"]);
    bad.says("merge methods", "bad", &["need merge commits"]);
    let lost = ["deletes them", "nothing protects `develop`"];
    bad.says("head branches", "bad", &lost);
    let nothing = ["tech-lead by nothing"];
    bad.says("seats of production", "warn", &nothing);
    bad.says("seats", "ok", &["checked by Lanekeeper only"]);
    hosted.ci.github().kept.push("develop".to_owned());
    let again = ["deletes them", "makes them again"];
    Findings::of(&hosted).says("head branches", "warn", &again);
    bad.lacks("checks");
    hosted.ci.github().has_fine_tokens = true;
    let words = ["may not read check runs", "of another app"];
    Findings::of(&hosted).says("checks", "warn", &words);
    hosted.ci.github().is_free_private = true;
    let free = Findings::of(&hosted);
    let beyond = ["cannot be protected", "private repositories"];
    free.says("branch main", "warn", &beyond);
    let why = ["only GitHub Enterprise has reviewers"];
    free.says("seats of production", "warn", &why);
}

#[test]
fn what_of_giteas_settings_keeps_a_hotfix_back_is_told() {
    let hosted = Hosted::with_people(Which::Gitea);
    {
        let mut state = hosted.ci.gitea();
        state.deletes_branches = false;
        let protection = Protection {
            approvals: 2,
            contexts: Vec::new(),
        };
        state.protections.insert("main".to_owned(), protection);
    }
    let good = Findings::of(&hosted);
    good.says("version", "ok", &["gitea 1.26.2"]);
    good.says("rights", "ok", &["may push"]);
    good.says("merge methods", "ok", &["merge commits are allowed"]);
    good.says("head branches", "ok", &["are kept"]);
    good.says("branch main", "ok", &["is protected and asks for 2"]);
    good.says("branch develop", "warn", &["is not protected"]);
    good.says("deployment seats", "warn", &["only Lanekeeper asks"]);
    good.says("seats", "ok", &["checked by Lanekeeper only"]);
    {
        let mut state = hosted.ci.gitea();
        state.deletes_branches = true;
        state.methods.remove("merge");
        GITEA_OLD.clone_into(&mut state.version);
        for user in &mut state.users {
            user.may_write = false;
        }
    }
    let bad = Findings::of(&hosted);
    let lacks = ["gitea 1.23.0", "start a workflow", "run a job again"];
    bad.says("version", "warn", &lacks);
    bad.says("rights", "bad", &["may not push"]);
    bad.says("merge methods", "bad", &["no merge commits"]);
    bad.says("head branches", "warn", &["are deleted"]);
    bad.says("branch main", "warn", &["you may not merge into it"]);
}

#[test]
fn forgejo_tells_its_own_version_and_lacks_nothing() {
    let hosted = Hosted::with_people(Which::Forgejo);
    let found = Findings::of(&hosted);
    found.says("version", "ok", &["forgejo 17.0.0"]);
    found.says("rights", "ok", &["may push"]);
}

#[test]
fn login_and_doctor_call_a_server_what_it_is() {
    for (which, word) in [(Which::Gitea, "gitea"), (Which::Forgejo, "forgejo")] {
        let hosted = Hosted::with_people(which);
        let [driver, ..] = which.people();
        let answer = hosted.login(driver, &which.token(driver), &["--in-file"]);
        let text = answer.ends(0).out;
        assert!(text.contains(&format!("({word}) as @{driver}")), "{text}");
        let project = format!("{word} project acme/shop");
        Findings::of(&hosted).says("forge", "ok", &[&project]);
    }
}

/// The token of `login` is not git's.
#[test]
fn where_git_has_no_credential_that_is_told_and_no_right_is_asked_for() {
    let hosted = Hosted::with_people(Which::Forgejo);
    let who = Reply::empty(401).with("www-authenticate", "Basic realm=\"forge\"");
    let who = Fault::Instead(who);
    // Of a public project nothing but a push asks; of a private one, each look.
    for (part, name) in [
        ("service=git-receive-pack", "record"),
        ("/info/refs", "remote"),
    ] {
        hosted.server.trap_after("GET", part, 0, 99, who.clone());
        let found = Findings::of(&hosted);
        found.says(name, "bad", &["could not read Username"]);
        found.lacks("carrier notes");
        let hint = Findings::hint(&hosted, name);
        assert!(hint.contains("credential of its own"), "{hint}");
        assert!(!hint.contains("push rights"), "{hint}");
        hosted.server.heal();
    }
}

/// Neither tells a token's scopes, so a call that can do nothing tells it.
#[test]
fn a_token_that_may_only_read_is_found_out_by_login_and_doctor() {
    for which in [Which::Gitea, Which::Forgejo] {
        let hosted = Hosted::with_people(which);
        Findings::of(&hosted).says("login", "ok", &["@ana"]);
        let [driver, ..] = which.people();
        for (lacking, words) in [
            (vec!["write:issue"], "lacks write:issue"),
            (
                vec!["write:issue", "write:repository"],
                "lacks write:repository, write:issue",
            ),
        ] {
            hosted.ci.gitea().lacking = lacking;
            Findings::of(&hosted).says("login", "bad", &[words]);
            let answer = hosted.login(driver, &which.token(driver), &["--in-file"]);
            let text = answer.ends(0).out;
            assert!(text.contains("without which a hotfix gets stuck"), "{text}");
        }
        let writes = hosted.server.log();
        let writes = writes.iter().filter(|one| one.request.is_write());
        let paths = writes.map(|one| one.request.path.as_str());
        let is_harmless = |path: &str| path.starts_with("/acme/") || path.contains("/-/");
        let others: Vec<&str> = paths.filter(|path| !is_harmless(path)).collect();
        assert_eq!(others, Vec::<&str>::new());
    }
}

#[test]
fn members_of_roles_whom_the_forge_does_not_know_are_told() {
    let which = Which::Forgejo;
    let good = Findings::of(&Hosted::with_people(which));
    good.lacks("members");
    good.lacks("accounts");
    let all = "[\"@tia\", \"gone\", \"tia@example.org\"]";
    let team = which.team().replacen("[\"@tia\"]", all, 1);
    let hosted = Hosted::with_team(which, &team).signed_in();
    let bad = Findings::of(&hosted);
    bad.says("members", "bad", &["tia@example.org"]);
    bad.says("accounts", "warn", &["forgejo has none called @gone"]);
}

#[test]
fn a_health_check_that_nobody_asks_is_told_with_its_app() {
    Findings::of(&Hosted::with_people(Which::Gitlab)).lacks("health");
    let deploy = "deploy = [\"true\"]\n";
    let checked = format!("{deploy}health = {{ url = \"http://127.0.0.1:9/health\" }}\n");
    let team = Which::Gitlab.team().replacen(deploy, &checked, 1);
    let hosted = Hosted::with_team(Which::Gitlab, &team).signed_in();
    let found = Findings::of(&hosted);
    found.says("health", "warn", &["portal", "not asked"]);
}
