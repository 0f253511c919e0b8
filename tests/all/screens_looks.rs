//! When the console looks again: refs that move are never overlooked, polls do not pile up, and what is no news is not
//! drawn.

use std::collections::BTreeMap;
use std::sync::Arc;

use lanekeeper::engine::Board;
use lanekeeper::engine::LaneHistory;
use lanekeeper::engine::Present;
use lanekeeper::model::Commit;
use lanekeeper::model::Edge;
use lanekeeper::model::Lane;
use lanekeeper::model::LaneName;
use lanekeeper::model::Person;
use lanekeeper::model::RefsMark;
use lanekeeper::model::Seen;
use lanekeeper::model::Timestamp;
use lanekeeper::model::Untrusted;
use lanekeeper::tui::app::Armed;
use lanekeeper::tui::app::Clock;
use lanekeeper::tui::app::Effect;
use lanekeeper::tui::app::Msg;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::update;

use crate::screens::screens_console::Console;

/// Sends one message, answers nothing, and returns the number of the look that was asked for.
fn looks(console: &mut Console, news: News) -> Option<u64> {
    let at = Clock {
        now: Timestamp::from_second(console.board.seen.now.as_second() + 60),
        millis: 60_000,
    };
    let effects = update(&mut console.app, Msg { at, news });
    let mut looks = effects.into_iter().filter_map(|effect| match effect {
        Effect::Look { generation, .. } => Some(generation),
        _ => None,
    });
    let look = looks.next();
    assert_eq!(looks.next(), None, "one look at a time");
    look
}

#[test]
fn what_moves_during_a_look_is_looked_at_after_it_and_a_poll_is_not() {
    let mut console = Console::open("ana", 120, 35);
    let answer = |console: &Console, generation| News::Looked {
        generation,
        outcome: Ok(Box::new(console.board.clone())),
    };
    let first = looks(&mut console, News::Polled).expect("it is time to look");
    assert_eq!(looks(&mut console, News::Polled), None);
    let news = answer(&console, first);
    assert_eq!(looks(&mut console, news), None, "nothing moved");

    let second = looks(&mut console, News::RefsMoved).expect("refs moved");
    for _ in 0..3 {
        assert_eq!(looks(&mut console, News::RefsMoved), None);
    }
    let news = answer(&console, second);
    let third = looks(&mut console, news).expect("refs moved meanwhile");
    let news = answer(&console, third);
    assert_eq!(looks(&mut console, news), None, "nothing moved since");
}

/// Sends one message that many seconds after the board was made; returns the look that was asked for, and whether only
/// where the refs are not those of the board any more.
fn asked(console: &mut Console, seconds: i64, news: News) -> Option<(u64, bool)> {
    let at = Clock {
        now: Timestamp::from_second(console.board.seen.now.as_second() + seconds),
        millis: u64::try_from(seconds).expect("later") * 1_000,
    };
    let effects = update(&mut console.app, Msg { at, news });
    effects.into_iter().find_map(|effect| match effect {
        Effect::Look {
            generation, unless, ..
        } => {
            let shown = console.app.board.as_ref().map(|board| board.refs.clone());
            assert!(unless.is_none() || unless == shown);
            Some((generation, unless.is_some()))
        }
        _ => None,
    })
}

#[test]
fn a_poll_looks_at_a_young_board_again_only_where_something_moved() {
    let mut console = Console::open("ana", 120, 35);
    console.board.refs = RefsMark::new(vec![[1; 32]]);
    console.news(News::RefsMoved);
    let (first, if_moved) = asked(&mut console, 15, News::Polled).expect("it is time");
    assert!(if_moved);
    let unmoved = News::Unmoved { generation: first };
    assert_eq!(asked(&mut console, 16, unmoved), None);
    // The answer counts as a look: the next poll is not kept off by it.
    let (second, if_moved) = asked(&mut console, 30, News::Polled).expect("it is time");
    assert!(if_moved);
    // What moves here meanwhile is looked at as a whole, whatever the remote says.
    assert_eq!(asked(&mut console, 31, News::RefsMoved), None);
    let unmoved = News::Unmoved { generation: second };
    let (third, if_moved) = asked(&mut console, 32, unmoved).expect("refs moved");
    assert!(!if_moved);
    // An answer to an earlier question changes nothing.
    let late = News::Unmoved { generation: second };
    assert_eq!(asked(&mut console, 33, late), None);
    let outcome = Ok(Box::new(console.board.clone()));
    let looked = News::Looked {
        generation: third,
        outcome,
    };
    assert_eq!(asked(&mut console, 34, looked), None);
    let (fourth, if_moved) = asked(&mut console, 93, News::Polled).expect("it is time");
    assert!(if_moved);
    let unmoved = News::Unmoved { generation: fourth };
    assert_eq!(asked(&mut console, 93, unmoved), None);
    // A minute after it was made.
    let (_, if_moved) = asked(&mut console, 94, News::Polled).expect("it is time");
    assert!(!if_moved);
}

#[test]
fn that_another_console_writes_is_asked_anew_with_each_poll() {
    let mut console = Console::open("ana", 120, 35);
    console.board.refs = RefsMark::new(vec![[1; 32]]);
    console.board.only_looks = Some("another console has the seat of writing".to_owned());
    console.news(News::RefsMoved);
    let (first, if_moved) = asked(&mut console, 15, News::Polled).expect("it is time");
    assert!(!if_moved, "no ref tells that it has left");
    // It has, and the notice with it: from then on a remote that did not move tells nothing new.
    console.board.only_looks = None;
    let outcome = Ok(Box::new(console.board.clone()));
    let looked = News::Looked {
        generation: first,
        outcome,
    };
    assert_eq!(asked(&mut console, 16, looked), None);
    let (_, if_moved) = asked(&mut console, 30, News::Polled).expect("it is time");
    assert!(if_moved);
}

/// Lets a console be for a minute from that second on, ticking: it hears what it knows of colleagues, and a remote that
/// answers is polled and has not moved. Returns how often it was drawn.
fn frames_of_a_minute(console: &mut Console, from: i64, answers: bool) -> usize {
    let hotfix = console.app.hotfix.clone().expect("one is shown");
    asked(console, from, News::Tick);
    console.app.was_drawn();
    let mut frames = 0;
    for second in from + 1..=from + 60 {
        let heard = News::Heard {
            hotfix: hotfix.clone(),
            present: console.app.present.clone(),
        };
        for news in [News::Tick, heard] {
            assert_eq!(asked(console, second, news), None);
        }
        if answers && second % 15 == 0 {
            let (generation, _) = asked(console, second, News::Polled).expect("it is time");
            let unmoved = News::Unmoved { generation };
            assert_eq!(asked(console, second, unmoved), None);
        }
        if console.app.is_stale() {
            frames += 1;
            console.app.was_drawn();
        }
    }
    frames
}

#[test]
fn what_is_no_news_is_not_drawn_and_ages_are_told_by_the_minute() {
    let mut console = Console::open("ana", 120, 35);
    assert!(console.app.is_stale(), "it was never drawn");
    assert_eq!(frames_of_a_minute(&mut console, 10, true), 1);
    // The age of the latest look is told anew when it is another one.
    let frames = frames_of_a_minute(&mut console, 80, false);
    assert!((1..=2).contains(&frames), "{frames}");
    assert!(console.app.next_tick().is_some_and(|tick| tick <= 60_000));
}

#[test]
fn what_is_news_is_drawn_and_so_is_each_second_that_counts() {
    let mut console = Console::open("ana", 120, 35);
    let hotfix = console.app.hotfix.clone().expect("one is shown");
    console.app.was_drawn();
    let somebody = Present {
        console: "01arz3ndektsv4rrffq69g5fav".parse().expect("test id"),
        person: Person::from_email("Ben", "ben@example.org"),
        device: Untrusted::new("laptop"),
        looks_at: "step promote".to_owned(),
        is_away: false,
    };
    let present = vec![somebody];
    asked(&mut console, 9, News::Heard { hotfix, present });
    assert!(console.app.is_stale(), "somebody came");

    console.app.was_drawn();
    let (generation, _) = asked(&mut console, 9, News::RefsMoved).expect("refs moved");
    assert!(!console.app.is_stale(), "there is nothing to show yet");
    let looked = News::Looked {
        generation,
        outcome: Ok(Box::new(console.board.clone())),
    };
    asked(&mut console, 11, looked);
    assert!(console.app.is_stale(), "a board came");

    console.app.armed = Some(Armed {
        environment: "production".parse().expect("test environment"),
        until: console.app.clock.millis + 60_000,
    });
    for second in [12, 13, 14] {
        console.app.was_drawn();
        assert_eq!(console.app.next_tick(), Some(1_000));
        asked(&mut console, second, News::Tick);
        assert!(console.app.is_stale(), "it is counted down");
    }
}

/// Adds a commit to the line of a lane on a board, as a sketch shows it; returns the lane and the commit.
fn with_one_more(board: &mut Board) -> (LaneName, Commit) {
    let history = board.seen.history.value().expect("lanes were seen");
    let (lane, line) = history.lanes.first_key_value().expect("a lane");
    let (lane, mut line) = (lane.clone(), line.clone());
    let mut commit = line[0].clone();
    commit.parents = vec![commit.id.clone()];
    commit.id = "c".repeat(40).parse().expect("an id");
    // A sketch holds a few commits only.
    line.insert(0, commit.clone());
    line.truncate(2);
    let sketched = LaneHistory {
        lanes: [(lane.clone(), line)].into(),
        beyond: BTreeMap::new(),
        tags: history.tags.clone(),
    };
    board.seen.history = Seen::known(Arc::new(sketched), board.seen.now);
    let branch = board.book.project.lane(&lane).and_then(Lane::branch_name);
    let mut tips = board.seen.tips.value().expect("tips were seen").clone();
    tips.insert(branch.expect("it has a branch"), commit.id.clone());
    board.seen.tips = Seen::known(tips, board.seen.now);
    (lane, commit)
}

#[test]
fn a_sketch_shows_what_moved_and_what_it_does_not_know_is_stale_until_the_look_is_over() {
    let mut console = Console::open("ana", 120, 35);
    let whole = console.board.clone();
    let mut sketch = whole.clone();
    let (lane, commit) = with_one_more(&mut sketch);
    let look = looks(&mut console, News::RefsMoved).expect("refs moved");
    let news = |generation| News::Sketched {
        generation,
        board: Box::new(sketch.clone()),
    };
    assert_eq!(looks(&mut console, news(look - 1)), None);
    assert_eq!(console.app.board.as_ref(), Some(&whole), "an older look");

    assert_eq!(looks(&mut console, news(look)), None);
    let shown = console.app.board.clone().expect("a board");
    let lines = &shown.seen.history.value().expect("lanes").lanes;
    let before = &whole.seen.history.value().expect("lanes").lanes;
    assert_eq!(lines[&lane][0], commit);
    assert_eq!(lines[&lane][1..], before[&lane][..], "the rest stays");
    assert_eq!(lines.len(), before.len());
    for (other, presence) in &shown.seen.presence {
        let is_same = presence == &whole.seen.presence[other];
        assert_eq!(is_same, other != &lane, "{other}");
        assert_eq!(presence.value(), whole.seen.presence[other].value());
    }
    let is_aged = |edge: &&Edge| edge.from == lane || edge.into == lane;
    let aged = shown.seen.edges.keys().filter(is_aged);
    assert!(aged.count() > 0);
    for (edge, sight) in &shown.seen.edges {
        assert_eq!(sight.fresh().is_none(), is_aged(&edge), "{edge:?}");
    }
    assert_eq!(shown.progress, whole.progress);

    let news = News::Looked {
        generation: look,
        outcome: Ok(Box::new(whole.clone())),
    };
    assert_eq!(looks(&mut console, news), None);
    assert_eq!(console.app.board, Some(whole));
}
