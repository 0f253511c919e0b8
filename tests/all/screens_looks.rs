//! When the console looks again: refs that move are never overlooked, and polls do not pile up.

use lanekeeper::model::Timestamp;
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
