//! A run that waits for a login, and the token that is typed into it.

use lanekeeper::engine::Level;
use lanekeeper::tui::app::Effect;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Trouble;

use super::screens_safety::with_plan;
use super::unicode;

#[test]
fn a_plan_that_waits_for_a_login_asks_for_a_token_and_never_shows_it() {
    use lanekeeper::tui::app::SignIn;
    let token = "glpat-SECRETsecret0123456789";
    let mut console = with_plan(Level::L3);
    console.wait(1_000);
    console.keys("y");
    console.wait(1_000);
    console.news(News::Tick);
    let run = console.app.run.as_ref().expect("it runs").id;
    console.news(News::Called {
        run,
        text: "paused: git.example.org does not accept the token: Token is expired.: run: \
               lanekeeper login git.example.org in another terminal; this goes on then"
            .to_owned(),
    });
    insta::assert_snapshot!(unicode(&console));
    // What was under way when it opened is not taken for a token.
    console.keys("q");
    console.wait(1_000);
    console.news(News::Pasted(format!("  {token}\n")));
    let typed = unicode(&console);
    assert!(
        typed.contains("28 characters") && !typed.contains("SECRET"),
        "{typed}"
    );
    console.keys("Enter");
    let effect = console.effects.last().expect("it is tried");
    assert!(!format!("{effect:?} {:?}", console.app.overlays).contains("SECRET"));
    let Effect::SignIn {
        token: sent,
        in_file,
    } = effect
    else {
        panic!("{effect:?}");
    };
    assert_eq!((sent.expose(), *in_file), (token, false));
    console.news(News::SignedIn {
        outcome: Ok(SignIn::NoKeyring),
    });
    insta::assert_snapshot!(unicode(&console));
    console.keys("y");
    let effect = console.effects.last().expect("it is kept");
    assert!(matches!(effect, Effect::SignIn { in_file: true, .. }));
    console.news(News::SignedIn {
        outcome: Err(Trouble::new("cannot sign in to git.example.org")),
    });
    assert!(unicode(&console).contains("cannot sign in"));
    console.keys("Enter");
    assert!(
        unicode(&console).contains("a token is needed"),
        "the wrong one is gone"
    );
    console.news(News::Called {
        run,
        text: "signed in again: going on".to_owned(),
    });
    assert!(console.app.overlays.is_empty());
    assert!(unicode(&console).contains("signed in again: going on"));
}
