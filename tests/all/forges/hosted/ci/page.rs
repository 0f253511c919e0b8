//! What people do on the forge's own page, about its one request.

use super::Ci;
use super::Fake;
use crate::forges::fake_github::Review;

impl Ci {
    /// One yes is enough for the forge, whoever says it.
    pub(in crate::forges::hosted) fn ask_for_one(&self) {
        match &self.fake {
            Fake::Gitlab(fake) => fake.state().required_approvals = 1,
            Fake::Github(fake) => {
                fake.state().wants_reviews.insert("main".to_owned(), 1);
            }
            Fake::Gitea(fake) => {
                let mut state = fake.state();
                let rule = state.protections.entry("main".to_owned()).or_default();
                rule.approvals = 1;
            }
        }
    }

    /// Somebody says yes to the present head.
    pub(in crate::forges::hosted) fn say_yes(&self, login: &str) {
        match &self.fake {
            Fake::Gitlab(fake) => {
                let mut state = fake.state();
                let at = state.tick();
                let user = state.users.iter().find(|user| user.username == login);
                let user = user.expect("a login of this GitLab").clone();
                state.mrs[0].approve(user, at);
            }
            Fake::Github(fake) => {
                // What they look at was pushed before.
                fake.notice();
                let head = fake.state().pulls[0].head.clone();
                let sha = fake.tip(&head).expect("its branch is there");
                let mut state = fake.state();
                let at = state.tick();
                state.pulls[0].reviews.push(Review {
                    by: login.to_owned(),
                    state: "APPROVED",
                    sha,
                    body: String::new(),
                    at,
                });
            }
            Fake::Gitea(fake) => {
                let from = fake.state().pull(1).from.clone();
                let head = fake.tip(&from).expect("its branch is there");
                fake.state().approve(1, login, &head);
            }
        }
    }

    /// Somebody takes their yes back, or a maintainer does.
    pub(in crate::forges::hosted) fn take_back(&self, login: &str) {
        match &self.fake {
            Fake::Gitlab(fake) => {
                let mut state = fake.state();
                let at = state.tick();
                state.mrs[0].unapprove(login, at);
            }
            Fake::Github(fake) => {
                for review in &mut fake.state().pulls[0].reviews {
                    if review.by == login {
                        review.state = "DISMISSED";
                    }
                }
            }
            Fake::Gitea(fake) => fake.state().dismiss(1, Some(login)),
        }
    }

    /// The forge takes every yes back, as its settings say after a push.
    pub(in crate::forges::hosted) fn take_back_all(&self) {
        match &self.fake {
            Fake::Gitlab(fake) => fake.state().mrs[0].approvals.clear(),
            Fake::Github(fake) => {
                for review in &mut fake.state().pulls[0].reviews {
                    review.state = "DISMISSED";
                }
            }
            Fake::Gitea(fake) => fake.state().dismiss(1, None),
        }
    }
}
