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

pub(super) const LOGIN: &str = "Examples:
  lanekeeper login                                    the forge of this clone's remote
  lanekeeper login https://code.example.org/gitea     any forge, found out by asking it
  lanekeeper login git.acme.example --ca-file /etc/ssl/acme-ca.pem
  printenv TOKEN | lanekeeper login --with-token --in-file
Tokens are looked for in this order: what `login` kept; LANEKEEPER_TOKEN where LANEKEEPER_HOST names the host, then
the forge's own variables (GITLAB_TOKEN, GH_TOKEN, GITEA_TOKEN …) for its public host or the host that their companion
names; `gh`, `glab` or `tea`; git's credential helpers; you, at a terminal. A token is sent to the host that it was found for and nowhere else.";

pub(super) const PREFLIGHT: &str = "Examples:
  lanekeeper preflight 3b978eb                        into every BUILD lane
  lanekeeper preflight HEAD --into develop v4.14      lanes or any revisions, in any clone
  lanekeeper preflight v4.13..v4.14                   a range, picked one by one as `backport` would
  lanekeeper preflight --batch < picks.txt            lines of COMMIT TARGET, one JSON line each
Outcomes: clean, already there, conflict; blocked where the backport engine would refuse (a merge of more than two, a
lane without its branch; in RUN, what only BUILD has, and in a frozen lane, what production lacks); unknown where git
could not tell.
Exit codes: 0 all clean or already there; 4 conflicts; 3 blocked; 1 something is unknown.
A batch asks no network and goes on after a bad line.";

pub(super) const PROVE: &str = "Examples:
  lanekeeper prove 3b978eb                            in every lane, and after every promotion
  lanekeeper prove v4.13..v4.14 --in develop          every fix since the last go-live
  lanekeeper prove --batch < fixes.txt                lines of COMMIT TARGET, one JSON line each
Exit codes: 0 everything is PRESENT, or CHANGED and accepted; 3 something is not, or a promotion would lose it;
4 a promotion conflicts; 1 something is unknown, a promotion included.";

pub(super) const DECIDE: &str = "Example:
  lanekeeper decide retrofit --target integration --path src/refund.rs --note 'solved in 41d07f3'";

pub(super) const RESOLVE: &str = "Examples:
  lanekeeper resolve retrofit --target integration             what is in conflict, hunk by hunk
  lanekeeper resolve retrofit --target integration --take src/refund.rs=fix --take logo.png=target
  lanekeeper resolve retrofit --target integration --take 'src/tax.rs#2=both' --dry-run
  lanekeeper resolve retrofit --target integration --edit      your editor, in a fresh folder
  lanekeeper resolve retrofit --target integration --test      the project's checks on it, nothing pushed
  lanekeeper resolve retrofit --target integration --test --finish
The last one pushes only where every check passed; otherwise it ends with 3, and what is decided is kept.";

pub(super) const APPROVE: &str = "Examples:
  lanekeeper diff 12                            look first: a push after that makes it void
  lanekeeper approve 12
  lanekeeper approve deployment:3 --role tech-lead
  lanekeeper approve 12 --seen 9f3c1a2 --yes    a script names the head that it approves";

pub(super) const REJECT: &str = "Example:
  lanekeeper reject 12 --comment 'the test is missing'";

pub(super) const DIFF: &str = "Examples:
  lanekeeper diff 12                            since it left its target, as the change request shows it
  lanekeeper diff deployment:3 --stat           what ships, file by file
  lanekeeper diff commit:HEAD~2
  lanekeeper diff 12 --saw-hidden 3             three characters hide something, and you saw them";

pub(super) const NOTE: &str = "Example:
  lanekeeper note 'Support told the three customers who wrote in'";

pub(super) const IMPORT: &str = "Example:
  lanekeeper import /tmp/20260412-refund-rounding-7f3a9c.jsonl --dry-run
Nothing on the record is overwritten; importing twice adds nothing.";

pub(super) const ARCHIVE: &str = "Examples:
  lanekeeper archive --dry-run             which ones, and the exact call
  lanekeeper archive --year 2026           those that were closed in 2026, also while it lasts
One push moves the archive and takes the refs away, all or nothing. `log`, `report`, `export` and `status` find an
archived hotfix by its id. That the fix is still owed to a lane keeps nothing back: closing it was the decision.";

pub(super) const RESUME: &str = "Example:
  lanekeeper resume
  lanekeeper resume 01J8Z3 --continue
  lanekeeper resume --share
Nothing runs by itself: what is already on the remote is only put on record.";

pub(super) const EXPORT: &str = "Example:
  lanekeeper export refund-rounding --out /tmp
writes HOTFIX-ID.jsonl and HOTFIX-ID.bundle there.";

pub(super) const DRIVE: &str = "Examples:
  lanekeeper drive                              take the seat, or accept the one that was offered
  lanekeeper drive --to mia                     offer it to mia
  lanekeeper drive --release                    leave it
  lanekeeper drive --take --reason 'ana is offline' --confirm production
Whoever works alone needs none of this: a dangerous command takes the free seat and leaves it again.";

pub(super) const OVERRIDE: &str = "Examples:
  lanekeeper override 12/tech-lead --reason 'both leads wrote it, and shops are closed' --confirm production
  lanekeeper override takeover --reason 'ana is offline, mia goes on' --confirm production
It is for a second person: never whoever the rule keeps out, drives, or sits in another seat.";

pub(super) const RETRY: &str = "Example:
  lanekeeper retry 4711 --dry-run          the exact call, and what guards it; the jobs that failed are listed where
                                           there is no such job";
