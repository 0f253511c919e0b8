//! Lifting a rule of ours that blocks a step now: a second person says so, with a reason, and it stands in red on the
//! record (safety.md 1.5). Co-signing a takeover of the driver's seat is the same act (5.2).
//!
//! Only what Lanekeeper itself asks for can be lifted, and only what nobody can fill: one seat at one head, one takeover.

use crate::engine::seats::everybody_but;
use crate::engine::state::SeatState;
use crate::model::EnvironmentName;
use crate::model::Mergeability;
use crate::model::Person;
use crate::model::Role;
use crate::model::Seen;
use crate::model::Untrusted;
use crate::record::Event;
use crate::record::Lifted;
use crate::record::TakenOver;

use super::Desk;
use super::Level;
use super::Refusal;
use super::about::About;
use super::draft::Draft;
use super::overridable::Rule;
use super::overridable::What;
use super::overridable::of_the_forge;
use super::refuse;

/// Fewer words, each with a letter, are no reason that somebody understands a year later.
const WORDS: usize = 3;

impl Desk<'_> {
    /// Refuses what hangs on who somebody is, where people are accounts and the forge did not say whose this one is: by git's
    /// address nobody is found to be the author of a change, or to have lifted a rule.
    fn knows_account(&self, wanted: &str) -> Result<(), Refusal> {
        let is_unknown = self.look.seen.me.login.is_none();
        if self.look.project().overrides.by_account && is_unknown {
            let why = "who you are on the forge is not known now";
            return Err(refuse(wanted, why).hint("look again, or `lanekeeper login`"));
        }
        Ok(())
    }

    /// Tells whether this is the operator, as the forge or a lock log names them.
    fn names_me(&self, person: &Person) -> bool {
        let seen = self.look.seen;
        let mut sights = seen.locks.values().filter_map(Seen::value);
        person.is_also(&seen.me) || sights.any(|sight| person.is_also(&sight.me.person))
    }

    /// Tells in a plan which seats it goes on without, and refuses it to whoever lifted the rule of one.
    pub(super) fn tell_overrides(
        &self,
        draft: &mut Draft,
        wanted: &str,
        seats: &[SeatState],
        name: Option<&EnvironmentName>,
    ) -> Result<(), Refusal> {
        for seat in seats {
            let Some(one) = &seat.overridden else {
                continue;
            };
            self.knows_account(wanted)?;
            if self.names_me(&one.by) {
                return Err(refuse(
                    wanted,
                    format!("you overrode the seat of {} yourself", seat.role),
                )
                .hint("somebody else carries it out: who lifts a rule does not go on without it"));
            }
            draft.over_rule(format!("{} (the seat of {})", one.words, seat.role));
            draft.level = Level::L4;
            draft.environment = draft.environment.take().or_else(|| name.cloned());
        }
        Ok(())
    }
}

pub(super) fn plan_override(desk: &Desk<'_>, rule: &str, reason: &str) -> Result<Draft, Refusal> {
    let shown = Untrusted::new(rule).show();
    let wanted = format!("override {shown}");
    desk.can_see(&wanted)?;
    let rules = desk.overridable();
    let Some(found) = rules.iter().find(|one| one.key == rule) else {
        return Err(unknown(desk, &wanted, &shown, &rules));
    };
    let is_word = |word: &&str| word.chars().any(char::is_alphabetic);
    if reason.split_whitespace().filter(is_word).count() < WORDS {
        let line = desk.override_line(&found.key);
        return Err(refuse(
            wanted,
            format!(
                "an override needs a reason, in {WORDS} words or more: why nobody else can, and why it cannot wait"
            ),
        )
        .hint(format!("{}: `{line}`", found.words)));
    }
    desk.knows_account(&wanted)?;
    match &found.what {
        What::Seat { of, role } => plan_seat(desk, &wanted, *of, role, found, reason),
        What::Takeover {
            environment,
            taken,
            me,
        } => plan_cosign(desk, &wanted, (*environment, *taken), me, reason),
    }
}

fn unknown(desk: &Desk<'_>, wanted: &str, shown: &str, rules: &[Rule<'_>]) -> Refusal {
    let none = rules.is_empty();
    let known: Vec<String> = rules
        .iter()
        .map(|one| format!("{} ({})", one.key, one.words))
        .collect();
    let refusal = refuse(
        wanted,
        format!("`{shown}` is no rule that blocks a step now and that an override lifts"),
    );
    if none {
        let status = desk.line("status");
        return refusal.hint(format!(
            "nothing is blocked by one: an override lifts a seat that nobody can take by the rule about two persons, and co-signs a takeover; `{status}` shows what is waited for"
        ));
    }
    refusal.hint(format!("rules: {}", known.join(", ")))
}

fn plan_seat(
    desk: &Desk<'_>,
    wanted: &str,
    of: About<'_>,
    role: &Role,
    rule: &Rule<'_>,
    reason: &str,
) -> Result<Draft, Refusal> {
    let (me, subject) = (&desk.look.seen.me, of.subject());
    let project = desk.look.project();
    let bench = of.bench(desk).lifting(desk.look.record);
    if let Some(why) = of_the_forge(desk, of, role) {
        return Err(
            refuse(wanted, why).hint("an override lifts only what Lanekeeper itself asks for")
        );
    }
    let name = of.name(desk);
    let driver = name.as_ref().and_then(|name| driver_of(desk, name));
    let not_me = bench.why_no_override(me).or_else(|| {
        let (_, is_me) = driver.as_ref()?;
        is_me.then(|| "you drive, and would go on without the rule that you lift".to_owned())
    });
    if let Some(why) = not_me {
        let others: Vec<String> = everybody_but(project, me)
            .into_iter()
            .filter(|id| !bench.keeps_out(id))
            .filter(|id| {
                let drives = driver
                    .as_ref()
                    .is_some_and(|(person, _)| person.is_called(id));
                !drives
            })
            .collect();
        return Err(refuse(wanted, format!("you cannot override it: {why}")).hint(who_may(&others)));
    }
    let head = bench.head().clone();
    let what = format!("the seat of {role} on {subject}");
    let event = Event::OverrideUsed {
        rule: what.clone(),
        reason: reason.trim().to_owned(),
        lifts: Some(Lifted::Seat {
            subject: subject.clone(),
            role: role.clone(),
            head: head.clone(),
            by: me.clone(),
        }),
    };
    let mut draft = drafted(format!("override {what}"), event, name);
    draft.warn(rule.words.clone());
    if let About::Request(request) = of
        && let Mergeability::Blocked(why) = &request.mergeability
    {
        draft.warn(format!(
            "the forge itself says that it cannot be merged, and this does not lift that: {}",
            Untrusted::new(why.as_str()).show()
        ));
    }
    draft.will_change.push(format!(
        "{subject} goes on at {} without the {role}; somebody else carries it out, and the plan says RISK",
        head.short()
    ));
    draft.way_back = format!("not possible here: it holds for {} alone", head.short());
    Ok(draft)
}

/// Returns who drives an environment, and whether that is the operator, at whichever console.
fn driver_of<'a>(desk: &Desk<'a>, name: &EnvironmentName) -> Option<(&'a Person, bool)> {
    let seen = desk.look.seen;
    let sight = seen.locks.get(name).and_then(Seen::value)?;
    let driver = &sight.lock.driver.as_ref()?.person;
    Some((driver, driver.is_also(&sight.me.person)))
}

fn who_may(others: &[String]) -> String {
    if others.is_empty() {
        return "somebody else must: whoever is not its author, pushed its head, started it or sits in another seat"
            .to_owned();
    }
    format!("somebody else must: {}", others.join(" or "))
}

fn plan_cosign(
    desk: &Desk<'_>,
    wanted: &str,
    (environment, taken): (&EnvironmentName, &TakenOver),
    me: &Person,
    reason: &str,
) -> Result<Draft, Refusal> {
    if me.is_also(&taken.by) {
        let others = everybody_but(desk.look.project(), &desk.look.seen.me);
        return Err(refuse(
            wanted,
            format!("you took the driver's seat of {environment} over yourself"),
        )
        .hint(who_may(&others)));
    }
    let what = format!("the takeover of {environment} (epoch {})", taken.epoch);
    let event = Event::OverrideUsed {
        rule: what.clone(),
        reason: reason.trim().to_owned(),
        lifts: Some(Lifted::Takeover {
            environment: environment.clone(),
            epoch: taken.epoch,
            by: me.clone(),
        }),
    };
    let mut draft = drafted(
        format!("co-sign {what} by {}", taken.by.show()),
        event,
        Some(environment.clone()),
    );
    draft.will_change.push(format!(
        "{} may change {environment} for this hotfix, as soon as the driver before can do no more",
        taken.by.show()
    ));
    draft.way_back = "take the seat over yourself, once nothing is heard of them".to_owned();
    Ok(draft)
}

/// A word on the record that lets production change: as dangerous as what it lets happen.
fn drafted(title: String, event: Event, name: Option<EnvironmentName>) -> Draft {
    let mut draft = Draft::written(title, event);
    draft.level = Level::L4;
    draft.environment = name;
    draft.warn("it stands in red on the record, in the log and in the report, for good");
    draft
}
