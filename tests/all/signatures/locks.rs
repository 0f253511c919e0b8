//! The lock log, signed with real keys: who took the seat, and whoever only says so.

use lanekeeper::engine::Board;
use lanekeeper::engine::LockSight;
use lanekeeper::git::NewLink;
use lanekeeper::git::Pushed;
use lanekeeper::model::RefName;
use lanekeeper::model::Seen;
use lanekeeper::model::Signed;
use lanekeeper::ops::Workspace;
use lanekeeper::record::LockEvent;
use lanekeeper::record::decode_lock;
use lanekeeper::record::encode_lock;

use super::begun;
use super::is_by_a_key;
use super::is_missing;
use super::team::Team;

fn sight(board: &Board) -> &LockSight {
    let seat = board.seen.locks.values().next();
    seat.and_then(Seen::value).expect("a lock was seen")
}

fn log_of(team: &Team) -> RefName {
    let below = [
        "for-each-ref",
        "--format=%(refname)",
        "refs/lanekeeper/v1/locks",
    ];
    let listed = team.world.git_in(&team.world.origin(), &below);
    listed.trim().parse().expect("one log")
}

/// Appends what `change` makes of the latest entry and its files, as somebody with push rights can.
fn append(
    team: &Team,
    who: &Workspace,
    change: impl FnOnce(&mut std::collections::BTreeMap<String, Vec<u8>>, &LockSight),
    sight: &LockSight,
) {
    let name = log_of(team);
    let chains = who.chains();
    let head = team
        .wait(chains.fetch(&name))
        .expect("asked")
        .expect("there");
    let last = chains.read(&head, None).expect("readable");
    let last = last.last().expect("an entry");
    let mut files = last.files.clone();
    change(&mut files, sight);
    let link = NewLink {
        author: last.author.clone(),
        at: last.at,
        message: "by hand".to_owned(),
        files,
    };
    let built = chains.build(Some(&head), &link).expect("built");
    let pushed = team.wait(chains.push(&name, &built, Some(&head)));
    assert_eq!(pushed.expect("asked"), Pushed::Done);
}

#[test]
fn the_driver_is_known_by_their_key_and_whoever_only_says_so_is_an_alarm() {
    let Some((team, _, ana, hotfix)) = begun("ed25519") else {
        return;
    };
    team.act(&ana, &hotfix, "drive").expect("done");
    let ben = team.console("ben", None, None);
    let board = team.look(&ben, &hotfix);
    let seat = sight(&board);
    assert!(is_by_a_key(&seat.signed), "{:?}", seat.signed);
    assert_eq!(seat.flaws, []);
    let words = seat.words(board.seen.locks.keys().next().expect("one"));
    assert!(words.contains("(epoch 1, signed)"), "{words}");
    // Somebody leaves the seat in her name: her signature of another entry beside it.
    append(
        &team,
        &ana,
        |files, seat| {
            let mut entry = decode_lock(files, &seat.id, None).expect("readable");
            let signature = files.remove("event.sig").expect("signed");
            entry.id = "01FORGED".parse().expect("an id");
            entry.event = Some(LockEvent::Release { epoch: 1 });
            entry.kind = "lock.release".to_owned();
            entry.seal = lanekeeper::model::Seal::None;
            *files = encode_lock(&entry, &seat.id).expect("small");
            files.insert("event.sig".to_owned(), signature);
        },
        seat,
    );
    let board = team.look(&ben, &hotfix);
    let seat = sight(&board);
    assert_eq!(seat.lock.driver, None);
    let [(signed, flaw)] = &seat.flaws[..] else {
        panic!("{:?}", seat.flaws);
    };
    assert!(matches!(signed, Signed::Bad(_)));
    assert!(
        flaw.contains("lock.release of Ana") && flaw.contains("another place"),
        "{flaw}"
    );
    let alarms = team.alarms(&ben, &hotfix);
    assert!(
        alarms
            .iter()
            .any(|text| text.contains("lock.release of Ana")),
        "{alarms:?}"
    );
}

#[test]
fn a_seat_that_must_be_signed_for_is_not_taken_without_and_told_where_it_was() {
    if is_missing() {
        return;
    }
    let (team, key) = Team::with_key(&["lock.acquire"], "ed25519");
    let ana = team.console("ana", Some(&key.0), None);
    let hotfix = team.start(&ana);
    let ben = team.console("ben", None, None);
    let fault = team.act(&ben, &hotfix, "drive").expect_err("refused");
    assert!(fault.contains("lock.acquire must be signed"), "{fault}");
    team.act(&ana, &hotfix, "drive").expect("done");
    let seen = team.look(&ben, &hotfix);
    // Ben's console before he wrote his key down says that he took it over.
    append(
        &team,
        &ana,
        |files, seat| {
            let mut entry = decode_lock(files, &seat.id, None).expect("readable");
            entry.id = "01FORGED".parse().expect("an id");
            entry.by.console = "ben".parse().expect("an id");
            entry.by.person.id = "ben@example.org".to_owned();
            entry.event = Some(LockEvent::Acquire {
                epoch: 3,
                is_brief: false,
            });
            entry.seal = lanekeeper::model::Seal::None;
            *files = encode_lock(&entry, &seat.id).expect("small");
        },
        sight(&seen),
    );
    // It was not admitted, so that it changes nothing, and yet somebody wrote it.
    let board = team.look(&ana, &hotfix);
    let seat = sight(&board);
    assert!(seat.lock.is_driven_by(&seat.me));
    assert!(is_by_a_key(&seat.signed));
    assert_eq!(seat.flaws.len(), 1, "{:?}", seat.flaws);
    assert_eq!(seat.flaws[0].0, Signed::Missing);
}
