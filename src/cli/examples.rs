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
  lanekeeper backport v4.2.0..main --into integration --policy fail --yes
  lanekeeper backport main --per-commit --into integration --yes --json
Several commits that do not follow each other: one command each, oldest first. Running again is safe: what was done
is found, and only what is missing is done. It never merges.";

pub(super) const PREFLIGHT: &str = "Examples:
  lanekeeper preflight 3b978eb                        into every BUILD lane
  lanekeeper preflight HEAD --into develop v4.14      lanes or any revisions, in any clone
  lanekeeper preflight --batch < picks.txt            lines of COMMIT TARGET, one JSON line each
Outcomes: clean, already there, conflict; blocked where the backport engine would refuse (a merge of more than two,
a lane without its branch, a frozen RUN lane); unknown where git could not tell.
Exit codes: 0 all clean or already there; 4 conflicts; 3 blocked; 1 something is unknown.
A batch asks no network and goes on after a bad line.";

pub(super) const PROVE: &str = "Examples:
  lanekeeper prove 3b978eb                            in every lane, and after every promotion
  lanekeeper prove v4.13..v4.14 --in develop          every fix since the last go-live
  lanekeeper prove --batch < fixes.txt                lines of COMMIT TARGET, one JSON line each
Exit codes: 0 everything is PRESENT, or CHANGED and accepted; 3 something is not, or a promotion would lose it;
1 something is unknown.";

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
