//! What help shows below the options: exit codes and examples that can be typed as they stand.

pub(super) const EXIT_CODES: &str =
    "Exit codes: 0 done; 1 fault; 2 usage or configuration; 3 refused, reasons printed;
4 conflicts wait for a person; 5 outcome unknown; 10 some targets done, some not.

A first look: `lanekeeper demo`. In a repository of your own: `lanekeeper init`, then `lanekeeper doctor`.";

pub(super) const DEMO: &str = "Examples:
  lanekeeper demo                          the console; the sample goes when you quit
  lanekeeper demo --keep sample            the same, kept in ./sample
  lanekeeper demo --play gitflow-sync      a whole hotfix, printed step by step";

pub(super) const INIT: &str = "Examples:
  lanekeeper init --print                  the proposal as TOML, nothing written
  lanekeeper init                          shows the lanes, asks, writes lanekeeper.toml";

pub(super) const START: &str = "Examples:
  lanekeeper start wrong-total --title 'Totals are off by one cent'
  lanekeeper start wrong-total --title 'Totals are off' --commits origin/preprod..fix --dry-run";

pub(super) const DO: &str = "Examples:
  lanekeeper do run --dry-run              the exact calls, nothing changed
  lanekeeper do retrofit --target integration
  lanekeeper do promote --yes --confirm production";

pub(super) const BACKPORT: &str = "Examples:
  lanekeeper backport 3b978eb --into integration release/4.14 --dry-run
  lanekeeper backport HEAD --into integration --yes --json";

pub(super) const DECIDE: &str = "Example:
  lanekeeper decide retrofit --target integration --path src/refund.rs --note 'solved in 41d07f3'";

pub(super) const RESOLVE: &str = "Examples:
  lanekeeper resolve retrofit --target integration             what is in conflict, hunk by hunk
  lanekeeper resolve retrofit --target integration --take src/refund.rs=fix --take logo.png=target
  lanekeeper resolve retrofit --target integration --take 'src/tax.rs#2=both' --dry-run
  lanekeeper resolve retrofit --target integration --edit      your editor, in a fresh folder";

pub(super) const JUDGE: &str = "Examples:
  lanekeeper approve 12
  lanekeeper approve deployment:3 --role tech-lead
  lanekeeper reject 12 --comment 'the test is missing'";

pub(super) const NOTE: &str = "Example:
  lanekeeper note 'Support told the three customers who wrote in'";

pub(super) const EXPORT: &str = "Example:
  lanekeeper export refund-rounding --out /tmp
writes HOTFIX-ID.jsonl and HOTFIX-ID.bundle there.";
