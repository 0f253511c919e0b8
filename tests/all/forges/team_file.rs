//! The team's file of the project that the fakes play: two lanes, one environment with two seats, one check.

/// What differs from forge to forge.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TeamFile<'a> {
    /// None where it is found out when somebody signs in.
    pub(crate) forge: Option<&'a str>,
    /// Who may take the first seat, and the second.
    pub(crate) seats: [&'a str; 2],
    pub(crate) job: &'a str,
    pub(crate) check: &'a str,
    pub(crate) apps: &'a [&'a str],
    pub(crate) migrations: Option<&'a str>,
}

impl TeamFile<'_> {
    /// GitLab's, as in the flows.
    pub(crate) const GITLAB: Self = Self {
        forge: None,
        seats: ["lena", "pat"],
        job: "deploy-prod-hotfix",
        check: "lint",
        apps: &["portal", "admin", "api-gateway"],
        migrations: Some("run-migrations-prod"),
    };

    pub(crate) fn text(&self) -> String {
        let Self {
            seats: [lead, manager],
            job,
            check,
            apps,
            ..
        } = self;
        let forge = self.forge.map(|forge| format!("forge = \"{forge}\"\n"));
        let forge = forge.unwrap_or_default();
        let migrations = self
            .migrations
            .map(|name| format!("migrations = [\"{name}\"]\n"));
        let migrations = migrations.unwrap_or_default();
        let deploys: String = apps
            .iter()
            .map(|name| format!("[[app]]\nname = \"{name}\"\ndeploy = [\"true\"]\n\n"))
            .collect();
        format!(
            r#"[project]
name = "acme/shop"
{forge}playbook = "approve-and-backport"

[roles]
tech-lead = ["@{lead}"]
product-manager = ["@{manager}"]

[[lane]]
name = "develop"
layer = "build"
merges_into = ["production"]

[[lane]]
name = "production"
branch = "main"
layer = "run"
environment = "production"

[[environment]]
name = "production"
production = true
seats = ["tech-lead", "product-manager"]
job = "{job}"
apps = {apps:?}
{migrations}
{deploys}[[check]]
name = "{check}"
lanes = ["production"]
"#
        )
    }
}
