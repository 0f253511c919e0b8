//! The sample project's past, as one stream for `git fast-import`: about 300 commits by several people over
//! twelve weeks, two releases, an earlier hotfix, two open release branches.
//!
//! Content is merged file by file: the past is written so that two branches never change the same file between
//! merges, except the one file on which today's hotfix conflicts.

use std::collections::BTreeMap;

use crate::model::Timestamp;

/// Who works on the sample project.
pub(super) const PEOPLE: [(&str, &str); 6] = [
    ("Ana Ferreira", "ana@acme.example"),
    ("Ben Okafor", "ben@acme.example"),
    ("Mia Sørensen", "mia@acme.example"),
    ("Ravi Menon", "ravi@acme.example"),
    ("Chloé Martin", "chloe@acme.example"),
    ("Tomás Vega", "tomas@acme.example"),
];

/// Feature work, subject and the module it touches.
const FEATURES: [(&str, &str); 20] = [
    ("Add gift card balance to the cart", "cart"),
    ("Show delivery slots per warehouse", "delivery"),
    ("Let customers merge two accounts", "accounts"),
    ("Cache price lists per region", "pricing"),
    ("Paginate the order history", "orders"),
    ("Send a reminder for open baskets", "mailer"),
    ("Support SEPA instant payments", "payments"),
    ("Track parcels of partner carriers", "tracking"),
    ("Import supplier stock every hour", "stock"),
    ("Rate limit the public search", "search"),
    ("Offer store pick-up", "pickup"),
    ("Translate the checkout to Portuguese", "i18n"),
    ("Store consent with its version", "consent"),
    ("Recommend spare parts", "recommend"),
    ("Export invoices as Factur-X", "invoices"),
    ("Block known disposable addresses", "signup"),
    ("Show CO2 per delivery option", "footprint"),
    ("Move sessions to the new store", "sessions"),
    ("Let partners query stock by batch", "partners"),
    ("Add a dark theme to the portal", "portal"),
];

/// What follows on a feature's first commit.
const FOLLOW_UPS: [&str; 5] = [
    "Cover the empty case",
    "Name the timeout",
    "Log the supplier id",
    "Test the rounding",
    "Drop the old flag",
];

pub(super) const REFUND: &str = "src/billing/refund.rs";

/// The refund module as it is in production: the bug is in the cast.
pub(super) const REFUND_IN_RUN: &str = "\
//! Refunds.

/// Returns the refund in cents.
pub fn refund(gross: f64, fee: f64) -> i64 {
    let net = gross - fee;
    let cents = (net * 100.0) as i64;
    cents
}
";

/// The same module in integration: later work on the same lines.
const REFUND_IN_BUILD: &str = "\
//! Refunds.

/// Returns the refund in cents and posts it.
pub fn refund(gross: f64, fee: f64, ledger: &mut Ledger) -> i64 {
    let net = gross - fee;
    let cents = (net * 100.0).round() as i64;
    ledger.post(cents);
    cents
}
";

/// A branch while the past is written.
#[derive(Clone)]
struct Branch {
    mark: usize,
    files: BTreeMap<String, String>,
}

/// Writes the stream.
struct Writer {
    stream: String,
    next_mark: usize,
    clock: i64,
    /// Seconds between two commits, at least.
    pace: i64,
    branches: BTreeMap<&'static str, Branch>,
    tags: Vec<(String, usize)>,
}

/// Returns the stream; the newest commit is some minutes older than `now`. `config` becomes `lanekeeper.toml`.
pub(super) fn stream(now: Timestamp, config: &str) -> String {
    let mut writer = Writer {
        stream: String::new(),
        next_mark: 1,
        clock: now.as_second() - 84 * 86_400,
        pace: 18_000,
        branches: BTreeMap::new(),
        tags: Vec::new(),
    };
    writer.write_past(config, now);
    writer.finish()
}

impl Writer {
    fn write_past(&mut self, config: &str, now: Timestamp) {
        self.first_commit(config);
        for lane in ["integration", "uat", "preprod"] {
            self.cut(lane, "main");
        }
        let mut feature = 0;
        for sprint in 0..12 {
            for _ in 0..5 {
                self.feature(feature);
                feature += 1;
            }
            self.promote("integration", "uat", sprint);
            match sprint {
                3 => self.release("4.11"),
                7 => self.release("4.12"),
                8 => self.earlier_hotfix(),
                9 => self.open_release("release/4.13"),
                11 => self.open_release("release/4.14"),
                _ => {}
            }
        }
        // The last days are told closely, and must not reach beyond now.
        self.clock = now.as_second() - 26 * 3_600;
        self.pace = 3_600;
        self.commit(
            "integration",
            3,
            "Post refunds to the ledger",
            &[(REFUND, REFUND_IN_BUILD)],
            None,
        );
        self.feature(feature);
        self.clock = now.as_second() - 7 * 3_600;
        self.small_run_change();
    }

    fn first_commit(&mut self, config: &str) {
        self.branches.insert(
            "main",
            Branch {
                mark: 0,
                files: BTreeMap::new(),
            },
        );
        let files = [
            (
                "README.md",
                "# acme/shop\n\nThe shop: portal, admin, api-gateway.\n",
            ),
            ("lanekeeper.toml", config),
            (REFUND, REFUND_IN_RUN),
            (
                "src/billing/tax.rs",
                "//! Tax.\n\npub const RATE: f64 = 0.2;\n",
            ),
            ("CHANGELOG.md", "# Changes\n"),
            (
                "checks/lint.sh",
                include_str!("../../../assets/demo/lint.sh"),
            ),
            (
                "checks/unit.sh",
                include_str!("../../../assets/demo/unit.sh"),
            ),
            (
                "deploy/release.sh",
                include_str!("../../../assets/demo/release.sh"),
            ),
            (
                "deploy/health.sh",
                include_str!("../../../assets/demo/health.sh"),
            ),
            (
                "deploy/migrate.sh",
                include_str!("../../../assets/demo/migrate.sh"),
            ),
        ];
        self.commit("main", 1, "The shop as it went live", &files, None);
        self.tags
            .push(("v4.10.0".to_owned(), self.branches["main"].mark));
    }

    fn cut(&mut self, branch: &'static str, from: &str) {
        let source = self.branches[from].clone();
        self.branches.insert(branch, source);
    }

    /// A feature branch of three commits merged into integration.
    fn feature(&mut self, number: usize) {
        let (subject, module) = FEATURES[number % FEATURES.len()];
        let author = 1 + number % 5;
        self.cut("feature", "integration");
        let path = format!("src/{module}/v{}.rs", number / FEATURES.len());
        let mut text = format!("//! {subject}.\n");
        self.commit("feature", author, subject, &[(&path, &text)], None);
        for step in 0..2 {
            let follow = FOLLOW_UPS[(number + step) % FOLLOW_UPS.len()];
            text.push_str(&format!("\n/// {follow}.\npub fn step_{step}() {{}}\n"));
            self.commit(
                "feature",
                author,
                &format!("{module}: {}", follow.to_lowercase()),
                &[(&path, &text)],
                None,
            );
        }
        self.merge(
            "feature",
            "integration",
            1 + (number + 1) % 5,
            &format!("Merge branch 'feature/{module}-{number}' into integration"),
        );
        self.branches.remove("feature");
    }

    fn promote(&mut self, from: &'static str, into: &'static str, sprint: usize) {
        self.merge(
            from,
            into,
            sprint % 3,
            &format!("Merge branch '{from}' into {into}"),
        );
    }

    fn release(&mut self, version: &str) {
        self.promote("uat", "preprod", 0);
        self.promote("preprod", "main", 0);
        self.tags
            .push((format!("v{version}.0"), self.branches["main"].mark));
    }

    /// A hotfix of the past that went the whole way, retrofit included.
    fn earlier_hotfix(&mut self) {
        self.cut("hotfix", "preprod");
        self.commit(
            "hotfix",
            3,
            "Charge tax once per basket",
            &[(
                "src/billing/tax.rs",
                "//! Tax.\n\npub const RATE: f64 = 0.2;\npub const PER: &str = \"basket\";\n",
            )],
            None,
        );
        self.merge(
            "hotfix",
            "preprod",
            0,
            "Merge branch 'hotfix/tax-twice' into preprod",
        );
        self.promote("preprod", "main", 0);
        self.tags
            .push(("v4.12.1".to_owned(), self.branches["main"].mark));
        self.merge(
            "hotfix",
            "integration",
            0,
            "Merge branch 'hotfix/tax-twice' into integration",
        );
        self.branches.remove("hotfix");
    }

    fn open_release(&mut self, name: &'static str) {
        self.cut(name, "uat");
        self.commit(
            name,
            1,
            &format!("Prepare {name}"),
            &[("CHANGELOG.md", &format!("# Changes\n\n## {name}\n"))],
            None,
        );
    }

    /// Something small that waits in preprod and will ride along with the next promotion.
    fn small_run_change(&mut self) {
        self.cut("patch", "preprod");
        self.commit(
            "patch",
            4,
            "Raise the gateway timeout to 20 s",
            &[("deploy/gateway.toml", "timeout = 20\n")],
            None,
        );
        self.merge(
            "patch",
            "preprod",
            0,
            "Merge branch 'patch/gateway-timeout' into preprod",
        );
        self.branches.remove("patch");
    }

    fn merge(&mut self, from: &'static str, into: &'static str, author: usize, subject: &str) {
        let source = self.branches[from].clone();
        let target = &self.branches[into].files;
        // The prepared release notes and later work of the target stay; everything else is the source's.
        let changed: Vec<(String, String)> = source
            .files
            .iter()
            .filter(|(path, text)| {
                target.get(*path) != Some(text)
                    && (!target.contains_key(*path) || from != "hotfix" || path.ends_with("tax.rs"))
            })
            .map(|(path, text)| (path.clone(), text.clone()))
            .collect();
        let files: Vec<(&str, &str)> = changed
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        self.commit(into, author, subject, &files, Some(source.mark));
    }

    fn commit(
        &mut self,
        branch: &'static str,
        author: usize,
        subject: &str,
        files: &[(&str, &str)],
        merged: Option<usize>,
    ) {
        let (name, email) = PEOPLE[author];
        // Working hours apart, never the same twice, so that the drawing has something to order.
        self.clock +=
            self.pace + i64::try_from(self.next_mark * 977).unwrap_or(0) % (self.pace / 2);
        let mark = self.next_mark;
        self.next_mark += 1;
        let target = self
            .branches
            .get_mut(branch)
            .expect("a branch is cut before it is committed to");
        let who = format!("{name} <{email}> {} +0000", self.clock);
        let mut text = format!(
            "commit refs/import/tip\nmark :{mark}\nauthor {who}\ncommitter {who}\ndata {}\n{subject}\n",
            subject.len() + 1
        );
        if target.mark > 0 {
            text.push_str(&format!("from :{}\n", target.mark));
        }
        if let Some(other) = merged {
            text.push_str(&format!("merge :{other}\n"));
        }
        for (path, content) in files {
            text.push_str(&format!(
                "M 100644 inline {path}\ndata {}\n{content}\n",
                content.len()
            ));
            target
                .files
                .insert((*path).to_owned(), (*content).to_owned());
        }
        target.mark = mark;
        self.stream.push_str(&text);
    }

    fn finish(mut self) -> String {
        for (branch, state) in &self.branches {
            self.stream.push_str(&format!(
                "reset refs/heads/{branch}\nfrom :{}\n\n",
                state.mark
            ));
        }
        for (tag, mark) in &self.tags {
            self.stream
                .push_str(&format!("reset refs/tags/{tag}\nfrom :{mark}\n\n"));
        }
        // The name under which commits were imported is not part of the project.
        self.stream
            .push_str("reset refs/import/tip\nfrom 0000000000000000000000000000000000000000\n\n");
        self.stream.push_str("done\n");
        self.stream
    }
}
