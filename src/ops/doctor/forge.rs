//! The forge: which one, who we are there and for how long, what it enforces and what only Lanekeeper checks.

use crate::engine::clock_words;
use crate::forge::Remark;
use crate::model::BranchName;
use crate::model::Enforcement;
use crate::ops::clock;
use crate::ops::fault::Fault;
use crate::ops::fault::FaultKind;
use crate::ops::login::ask;
use crate::ops::login::needed;
use crate::ops::workspace::Reach;
use crate::ops::workspace::Workspace;

use super::Examined;
use super::ExaminedHealth;
use super::roles;

impl Workspace {
    pub(super) async fn examine_forge(&self, examined: &mut Vec<Examined>) {
        if let Some(reach) = self.reach() {
            let is_in = self.examine_login(reach, examined).await;
            if is_in {
                self.examine_project(examined).await;
            }
            // Every answer tells it, a no as well.
            examined.extend(self.examine_clock());
            if !is_in {
                return;
            }
        }
        let capabilities = self.forge().capabilities();
        let enforced = match capabilities.seats {
            Enforcement::Forge => "refuses deployments without their seats",
            Enforcement::Partly => {
                "refuses deployments without some of their seats; the others are checked by Lanekeeper only: whoever uses the web page can go around those"
            }
            Enforcement::Console => {
                "seats are checked by Lanekeeper only: whoever uses the web page can go around them"
            }
        };
        examined.push(Examined::good(
            "seats",
            format!("{}: {enforced}", capabilities.forge),
        ));
        let merges = if self.reach().is_some() {
            "it merges no head but the one that was looked at; that the target is where it was, Lanekeeper reads just before"
        } else {
            "head and target move together by compare-and-swap, or not at all"
        };
        examined.push(Examined::good("merges", merges));
        if !capabilities.runs_deployments {
            examined.extend(self.examine_health(&capabilities.forge));
        }
    }

    /// Says which health checks are never asked, because the forge runs the jobs.
    fn examine_health(&self, forge: &str) -> Option<Examined> {
        let apps = self.settings().project.apps.iter();
        let checked = apps.filter(|app| app.health.is_some());
        let names: Vec<&str> = checked.map(|app| app.name.as_str()).collect();
        (!names.is_empty()).then(|| {
            Examined::doubtful(
                "health",
                format!(
                    "{forge} runs the jobs, and the health checks of {} are not asked: a go-live is done when its jobs are",
                    names.join(", ")
                ),
                "Let the job fail where the app is not up; `health` is asked only where the console runs the deploy commands.",
            )
        })
    }

    async fn examine_project(&self, examined: &mut Vec<Examined>) {
        let lanes = self.settings().project.lanes.iter();
        let branches: Vec<BranchName> = lanes.filter_map(|lane| lane.branch_name()).collect();
        match self.forge().examine(&branches).await {
            Ok(remarks) => examined.extend(remarks.into_iter().map(Examined::from)),
            Err(error) => {
                let fault = Fault::caused(FaultKind::Remote, "cannot look at the project", &error);
                examined.push(Examined::bad("forge", &fault));
            }
        }
    }

    /// Says that the forge's clock is not ours, where that is so.
    fn examine_clock(&self) -> Option<Examined> {
        let forge = self.forge();
        let ahead = forge.clock_offset()?;
        Some(Examined::doubtful(
            "clock",
            clock_words(&forge.capabilities().forge, ahead),
            "Set this machine's clock by a time server; if it is right, tell whoever runs the forge.",
        ))
    }

    /// Tells who the token belongs to, what it may do and how long; returns whether there is one that works.
    async fn examine_login(&self, reach: &Reach, examined: &mut Vec<Examined>) -> bool {
        let place = &reach.place;
        let host = &place.host;
        let project = |server: &str| {
            let detail = format!("{server} project {} at {}", place.project, place.api);
            Examined::good("forge", detail)
        };
        let its_line = examined.len();
        examined.push(project(place.kind.word()));
        let Some((_, origin)) = reach.tokens.find().await else {
            let fault = Fault::new(FaultKind::Config, format!("nobody is signed in to {host}"))
                .hint(format!("Run: lanekeeper login {host}"));
            examined.push(Examined::bad("login", &fault));
            return false;
        };
        match ask(place.kind, &reach.http).await {
            Err(error) => {
                let fault = Fault::caused(
                    FaultKind::Remote,
                    format!("the token from {origin}"),
                    &error,
                );
                examined.push(Examined::bad("login", &fault));
                false
            }
            Ok(account) => {
                if let Some(server) = account.server {
                    examined[its_line] = project(server);
                }
                let scopes = account.scopes.as_ref().map_or_else(
                    || "this forge does not tell its scopes".to_owned(),
                    |scopes| format!("scopes {}", scopes.join(", ")),
                );
                let until = account.expires.as_ref().map_or_else(
                    || "no expiry known".to_owned(),
                    |at| format!("expires {at}"),
                );
                let name = account.person.login.as_deref().unwrap_or("?");
                let roles = roles(self, &account.person);
                let detail =
                    format!("@{name} ({roles}) by the token from {origin}: {scopes}, {until}");
                if let Some(ending) = account.ending(clock::now()) {
                    examined.push(Examined::doubtful(
                        "token",
                        ending,
                        &format!("Run: lanekeeper login {}", place.host),
                    ));
                }
                let lacks = account.missing(needed(place.kind));
                examined.push(if lacks.is_empty() {
                    Examined::good("login", detail)
                } else {
                    let detail = format!("{detail}; it lacks {}", lacks.join(", "));
                    let hint = "Make a token that has it, then run: lanekeeper login";
                    if account.refused.is_empty() {
                        Examined::doubtful("login", detail, hint)
                    } else {
                        // It was tried: the first write of a hotfix would be refused too.
                        let fault = Fault::new(FaultKind::Config, detail).hint(hint);
                        Examined::bad("login", &fault)
                    }
                });
                true
            }
        }
    }
}

impl From<Remark> for Examined {
    fn from(remark: Remark) -> Self {
        Self {
            health: match (&remark.hint, remark.is_bad) {
                (_, true) => ExaminedHealth::Bad,
                (Some(_), false) => ExaminedHealth::Doubtful,
                (None, false) => ExaminedHealth::Good,
            },
            what: remark.what,
            detail: remark.detail,
            hint: remark.hint,
            is_misconfigured: false,
        }
    }
}
