//! Lanekeeper: a terminal release console for production hotfixes.
//!
//! This page is the architecture: what the rooms are, where a line goes, and which decisions are costly to change.
//! The library is no public API; it is one so that tests and the thin binary reach the rooms.
//!
//! # The idea
//!
//! A hotfix is *described* by a playbook ([`playbook`]), *seen* through git and the forge
//! ([`engine::Observation`]), and *remembered* in the record ([`record`]). From these three the [`engine`] derives,
//! with no I/O and no clock, what state each step is in and why ([`engine::derive()`]); and from what an operator
//! wants ([`engine::Intent`]) it plans the exact changes to the world, or says why not ([`engine::plan()`]). A plan
//! is plain data: it is printed, shown in a confirmation, written as JSON, compared, tested. Only [`ops`] carries
//! plans out ([`ops::Workspace::execute`]), one change at a time, recording around each. The command line ([`cli`])
//! and the console ([`tui`]) are two ways to form an intent and to show progress; neither can do anything that the
//! other cannot.
//!
//! Because state is derived, nothing breaks when a colleague merges elsewhere: the next look sees it.
//!
//! # Two loops
//!
//! ```text
//! domain    observe -> derive -> plan -> execute -> record         (command line and console alike)
//! terminal  event -> Msg -> update(&mut App) -> Effect -> Msg      (update is sync and pure; one place performs)
//! ```
//!
//! The domain loop lives in [`ops`], with [`engine`] as its mind. The terminal loop lives in [`tui::shell`], with
//! [`tui::app::update()`] as its mind; an [`Effect`](tui::app::Effect) is how it asks for a turn of the domain loop.
//!
//! # The rooms
//!
//! ```text
//! floor 6   main
//! floor 5   cli            tui::shell  -> tui::view -> tui::app      (app and view see only floors 0-2)
//! floor 4   ops                                                      joins pure and impure
//! floor 3   git   forge   deploy   config   store
//! floor 2   engine
//! floor 1   playbook   record
//! floor 0   model
//! ```
//!
//! A room names rooms on lower floors only; beside each other, [`deploy`] may name [`forge`], and the local forge
//! [`git`]. `tests/all/layering.rs` reads the `use crate::` lines and fails on the first that climbs.
//! `.clippy.toml` keeps the other walls: clock, environment, starting a program, opening a repository and printing
//! each have one home, which carries the one `#[expect]`.
//!
//! | room | purpose |
//! |---|---|
//! | [`model`] | nouns that everybody shares; they parse, print and compare |
//! | [`playbook`] | what a hotfix is supposed to be, resolved against a project with all mistakes at once |
//! | [`record`] | events, entries, their fold and bytes; only added to, unknown kinds kept |
//! | [`engine`] | the mind: [`derive`](engine::derive()), [`plan`](engine::plan()), [`inbox`](engine::inbox()), the lane graph ([`engine::lanes`]); pure and total |
//! | [`git`] | everything that touches a repository; never writes in the user's clone |
//! | [`forge`] | one vocabulary, several dialects on one transport ([`forge::http`]); `local` keeps all in the remote itself |
//! | [`deploy`] | commands without a shell, health checks |
//! | [`config`] | files, environment, flags to settings, each value with its origin |
//! | [`store`] | the local journal: durable before any byte of a change leaves |
//! | [`ops`] | the hands: open, look, execute, record, report |
//! | [`cli`] | words in, a page or one JSON document out |
//! | [`tui`] | what the screen means ([`tui::app`]), how it is drawn ([`tui::view`]), what waits ([`tui::shell`]) |
//!
//! # Where a line goes
//!
//! It decides about a hotfix: [`engine`]. It decides about the screen: [`tui::app`]. It draws: [`tui::view`]. It
//! waits: [`ops`], [`forge`], [`git`], [`tui::shell`]. It prints: [`cli`]. It is a noun two rooms need: [`model`].
//! It speaks one forge's dialect: that forge's adapter. If a line fits two rooms, it is two lines.
//!
//! # The words
//!
//! One word per idea, in code, on screen, in documents and configuration alike.
//!
//! | word | meaning |
//! |---|---|
//! | [`Lane`](model::Lane), [`Layer`](model::Layer), [`Edge`](model::Edge) | a long-lived branch on its fixed row; BUILD or RUN; which lane merges into which |
//! | Hotfix | one fix on its way: id, title, branch, base lane, playbook, the commits that are the fix |
//! | [`Playbook`](playbook::Playbook), Step, Target | what should happen, in which order; a fan-out step has one target per lane |
//! | [`Observation`](engine::Observation), [`Seen`](model::Seen) | what we saw, when, or why we could not. "Not seen" is never "not done" |
//! | [`Event`](record::Event), [`Entry`](record::Entry), [`Record`](record::Record) | something decided or done; that plus author and time; the fold of all |
//! | [`Progress`](engine::Progress), [`StepState`](engine::StepState), [`Evidence`](engine::Evidence) | derived: waiting (on what, on whom), ready, underway, done (by which evidence), failed, skipped |
//! | [`Verdict`](model::Verdict) | is the fix in this lane: PRESENT, ABSENT, CHANGED, PENDING, UNKNOWN, and by which rule we know |
//! | [`Intent`](engine::Intent) | what an operator wants; prints and parses as the words of the command line |
//! | [`Plan`](engine::Plan), [`Change`](engine::Change) | the exact calls, in order, each with the facts that it expects; a hash; an expiry |
//! | [`Refusal`](engine::Refusal) | why an intent cannot be planned now: a value with reasons, not an error |
//! | [`Fault`](ops::Fault) | something went wrong while doing: kind, chain of causes, what to do next |
//! | Driver, [`Lock`](record::Lock), [`Permit`](record::Permit) | who may change a deploy target now; the log that says so; leave for one call |
//! | [`Forge`](forge::Forge), [`ChangeRequest`](model::ChangeRequest), [`Check`](model::Check), [`Approval`](model::Approval), Seat, [`Deployment`](model::Deployment), [`Job`](model::Job) | neutral words for a host, a pull or merge request, a CI result, a yes, a role that must say yes, a go-live, a CI job |
//! | [`Workspace`](ops::Workspace) | our own bare repository, forge, settings and clock, built once |
//! | [`Msg`](tui::app::Msg), [`App`](tui::app::App), [`Effect`](tui::app::Effect), [`Overlay`](tui::app::Overlay) | words of the terminal only |
//!
//! # Decisions
//!
//! **Never work in the user's clone.** [`git::Repo`] is a bare repository of our own that borrows the clone's
//! objects, so that making it is instant, with a configuration that we write at every start. Dirty worktrees,
//! hooks, monitors, drivers and stale locks stop mattering, and nothing in a repository's configuration can run a
//! command. It is a cache: an object that goes missing means making it anew.
//!
//! **Network git is the git executable**, started in one file, without a shell, with an environment rebuilt from a
//! list: credentials, ssh and proxies work as the user set them up. libgit2 reads and writes single objects only;
//! it has no transports here. The commit graph is read from git's own commit-graph file, which libgit2's walk does not
//! use, and is answered from masks: one bit per lane and commit. Where no file can be used the executable lists the
//! history.
//!
//! **Refs on the remote are the truth.** Every write is a compare-and-swap push, several refs in one atomic push.
//!
//! **Merges, picks and verdicts are computed in memory by git's own merge-ort**, never by libgit2's merge, which
//! gives wrong answers on real backports. The merge base is always ours to say: from git 2.45 with plain trees.
//! Older versions take commits only and look for the base themselves; there each side becomes a commit without a
//! name whose only parent is a commit of the base, so the answer is exact on git 2.38 and 2.39 too, instead of
//! nearly right by another engine.
//!
//! **A verdict is always the tree's.** The fix is applied again and un-applied in memory; ancestry and trailers
//! only explain the answer, because both stay when a fix is reverted. Where the fix is CHANGED, a person may
//! acknowledge it; the acknowledgement is kept with the ids of the blobs that were looked at, the lane's and the
//! fix's, so it holds until those files or the fix of them change and no longer, whatever else moves in the lane.
//!
//! **The list of conflicted paths is the gate after a conflict**, not a search for markers: of four kinds of
//! conflict only one leaves any. A path is decided when its content changed on the branch, or when somebody says on
//! the record that it is right as it stands.
//!
//! **The record of a hotfix is a linear chain of commits** at `refs/lanekeeper/v1/hotfixes/ID`, one event each,
//! appended by compare-and-swap; a lost race reads again and appends again, and ids fixed before the first attempt
//! keep every event single. The remote is all the server there is. Each console pins the last head of every open
//! hotfix and keeps every event: a chain that was rewritten or deleted is an alarm, nothing more is done for it, and
//! what is missing goes back behind that alarm by a plan. What could not be shared counts on the machine that keeps it,
//! and goes out first ([`ops::Sharing`]). Where the chains lie is the team's choice ([`model::Carrier`]):
//! one carrier for everybody, one door to its refs ([`git::Chains`]), no silent fallback; one that is on this machine only
//! can keep no lock, and says so. Closed hotfixes go into one ref a year, a commit with their last entries as its parents
//! ([`record::Archived`]): the push that makes it takes their own refs away, and no look reads them again.
//!
//! **The local forge is the same kind of chain** ([`forge::local`]). After a lost race the *whole action* is
//! decided again on the fresh state. A merge moves the target branch and the chain in one atomic push. Who may
//! decide is asked when a decision is written *and* when it is read, because anybody who can push could write an
//! entry by hand.
//!
//! **A forge's write is sent once.** A token goes to its own origin and redirects are not followed with it. What may have
//! arrived is read back before anything else ([`forge::http::Sent::Lost`]); a comment or a request that is there already
//! is adopted. The keyring is asked through `secret-tool`, whose library would bring a D-Bus stack for two calls.
//!
//! **An approval needs a look at the present head**, remembered on this machine for each subject; [`plan`](engine::plan())
//! itself refuses without it, so neither front can go around it. Where a forge keeps no approvals of deployments, the
//! record does, and whoever looks sees them where the forge would have shown them.
//!
//! **A rule of ours is lifted by a second person or not at all.** [`engine::Intent::Override`] is about one seat at one head
//! that nobody can take, or one takeover; every look weighs it again (who, for what, signed how), and each plan that goes on
//! with it says RISK. The local forge, whose seats are our rule, is told just before the call ([`forge::Forge::lift`]); what
//! another forge asks for itself stays.
//!
//! **Written before it is sent.** Every call of a plan is durable in the [`store`], and its intent on the record,
//! before its first byte leaves; what it assumes is looked at again just before it. An outcome that cannot be read
//! back is unknown: it stops the plan and is never guessed. What a process that died left open is shown with what a
//! look finds of it, and a person goes on with it, leaves it or takes it back; nothing of it runs by itself. Each row of
//! the journal that decides what is sent has a sum beside it: damage is named, never taken for somebody's word.
//!
//! **Dying is tested at every moment.** The steps around a call have names ([`ops::Points`]) at which a test lets the
//! process die, and with `LANEKEEPER_RUNTIME=current-thread` one thread of the real binary makes all system calls of a
//! command (work that blocks crosses one bridge, [`git::across`], and is done on the spot there), so that they can be
//! numbered and it is killed at each. What a run that died had told already is not told again. Where the state directory
//! cannot be written our own repository is a temporary one: looking works, and the journal says why nothing can be changed.
//!
//! **One driver per deploy target.** A lock log beside the records says who drives, in which epoch, with which permits
//! open; it is appended by compare-and-swap, and an event that is not admitted on the fresh head is dropped, never
//! appended behind the winner ([`record::Lock::admits`]). Every dangerous call needs a permit that was pushed at most
//! ten seconds before, on a clock that counts sleep ([`engine::driving`]). Whoever works alone meets none of it: a plan
//! takes the free seat for each dangerous call and leaves it. The same functions are checked by a model checker.
//!
//! **Presence is no record**: one ref per console beside it, replaced in place, gone when its console leaves.
//!
//! **A part that cannot be seen is an answer** ([`Seen::Unknown`](model::Seen::Unknown)), never a failure of the
//! whole look; and a step with nothing left to do is refused with its evidence, so that running again on an
//! unchanged world writes nothing.
//!
//! **Commands in a team's file run only after `lanekeeper trust`** stored the digest of exactly that text, and showed
//! what changed since the last time ([`config`]). So do the merge drivers of the clone in a look: what its git makes of a
//! target stands beside what the forge will see, which decides ([`model::Driven`]).
//!
//! **A look is answered from data that is there.** The first picture is what was last seen, marked so, while the
//! remote is asked; an unchanged remote is only listed. Containment of every commit in every lane is one pass over the
//! graph; a merge that was asked before is answered by id, and its objects are made again only where they are used.
//!
//! **What follows by itself is a plan too** ([`engine::follow_up()`]): the next stage of an automatic step, and the merge
//! of a clean backport where its step allows that, at the head that was built. It falls to the driver's console, else to
//! that of whoever acted last, and is tried once; the forge's own "merge when the checks pass" would take whatever was
//! pushed in the meantime.
//!
//! **Resolutions are sessions outside of the repository**: kept after each decision, pushed by one plan with a lease
//! on the head that was seen, offered again for the next target, whoever decided them, but never taken silently.
//!
//! **Time enters as a value.** Only [`ops`] and [`tui::shell`] read a clock. [`engine`], [`record`] and
//! [`tui::app`] never do. The time of day is for people, and for freezes; how old a plan is, how long production stays armed,
//! how long a forge wants quiet, is measured by a clock that counts sleep and that nobody sets ([`ops::BootClock`]). A console
//! that finds much more time gone than it waited for looks anew and takes every question back.
//!
//! **Text from outside is [`Untrusted`](model::Untrusted)** and has no `Display`: one function makes it showable,
//! with controls, bidirectional and invisible characters, letters that imitate others and piles of marks as visible
//! marks, without the secrets that this process knows or that look like tokens. Of a job's log colours alone become
//! styles ([`tui::app::LogReader`]). `tui::view` looks at every cell once more before it leaves, since widgets of
//! others pass no door of ours.
//!
//! **Secrets stay where they are used.** A loaded token is hidden in every text, document, log line, panic report and
//! event ([`model::redact()`]); no child sees the variables that hold one; core files are off.
//!
//! **Production is disarmed in each new session of the console** and armed for ten minutes by typing its name
//! ([`tui::app::Armed`]); on the command line `--confirm` names it. A dangerous question is dead for a moment after
//! it opens and closed to bursts of keys ([`tui::app::Guard`]).

pub mod cli;
pub mod config;
pub mod deploy;
pub mod engine;
pub mod forge;
pub mod git;
pub mod model;
pub mod ops;
pub mod playbook;
pub mod record;
pub mod store;
pub mod tui;
