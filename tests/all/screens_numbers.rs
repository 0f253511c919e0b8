//! A change request's number is written as its forge makes a link of it: `!912` on GitLab, `#912` on GitHub.

use lanekeeper::tui::app::Options;

use super::screens_console::Console;
use super::screens_world::HOTFIX;
use super::screens_world::board;
use super::unicode;

#[test]
fn every_pane_numbers_requests_as_their_forge_does() {
    for (sign, other) in [('!', '#'), ('#', '!')] {
        let mut board = board("ben");
        board.seen.capabilities.request_sign = sign;
        let options = Options {
            hotfix: Some(HOTFIX.parse().expect("test id")),
            ..Options::default()
        };
        let mut console = Console::with(options, board, 120, 35);
        console.keys("3");
        let shown = unicode(&console);
        // The graph, the row of the inbox, and the detail's title and first line.
        for words in [
            format!("{sign}911"),
            format!("PR  {sign}912 preprod to production"),
            format!(" {sign}912 "),
            format!("{sign}912 Round half even"),
        ] {
            assert!(shown.contains(&words), "{words}\n{shown}");
        }
        assert!(!shown.contains(&format!("{other}91")), "{shown}");
    }
}
