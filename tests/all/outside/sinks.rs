//! The table of every place of the console that shows text from outside, each with how the text gets there.

use std::time::Duration;

use lanekeeper::engine::DiffOf;
use lanekeeper::engine::Fact;
use lanekeeper::engine::FactState;
use lanekeeper::engine::Level;
use lanekeeper::engine::comparison;
use lanekeeper::engine::lanes::EventKey;
use lanekeeper::engine::resolve::CheckEnd;
use lanekeeper::engine::resolve::CheckRun;
use lanekeeper::engine::resolve::CheckedResolution;
use lanekeeper::model::CheckRule;
use lanekeeper::model::ConflictFile;
use lanekeeper::model::ConflictKind;
use lanekeeper::model::ConflictScene;
use lanekeeper::model::ConflictSide;
use lanekeeper::model::Diff;
use lanekeeper::model::Hunk;
use lanekeeper::model::LastAuthors;
use lanekeeper::model::Piece;
use lanekeeper::model::RequestId;
use lanekeeper::model::Subject;
use lanekeeper::model::Timestamp;
use lanekeeper::model::Untrusted;
use lanekeeper::tui::app::Choose;
use lanekeeper::tui::app::Leads;
use lanekeeper::tui::app::LogEntry;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Overlay;
use lanekeeper::tui::app::PlanAnswer;
use lanekeeper::tui::app::Purpose;
use lanekeeper::tui::app::Tone;
use lanekeeper::tui::app::Trouble;

use super::super::screens::screens_console::Console;
use super::super::screens::screens_made::plan_of;
use super::super::screens::screens_made::sample_diff;

pub(super) type Place = (&'static str, fn(&mut Console, &Untrusted));

/// The table of places.
pub(super) const SINKS: &[Place] = &[
    ("status line after a failed look", |console, text| {
        let generation = console.app.look;
        let outcome = Err(Trouble::new(text.raw()));
        console.news(News::Looked {
            generation,
            outcome,
        });
    }),
    ("status line with causes", |console, text| {
        let mut trouble = Trouble::new("it failed");
        trouble.chain = vec![text.raw().to_owned()];
        console.news(News::Copied {
            what: "it".into(),
            outcome: Err(trouble),
        });
    }),
    ("status line with a hint", |console, text| {
        let mut trouble = Trouble::new("it failed");
        trouble.hint = Some(text.raw().to_owned());
        console.news(News::Browsed {
            outcome: Err(trouble),
        });
    }),
    ("what was copied", |console, text| {
        console.news(News::Copied {
            what: text.raw().to_owned(),
            outcome: Ok(()),
        });
    }),
    ("project name in the head", |console, text| {
        console.app.options.project = text.raw().to_owned();
    }),
    ("call in the log", |console, text| {
        log(console, text.raw(), "done");
    }),
    ("outcome in the log", |console, text| {
        log(console, "fetch", &format!("failed: {}", text.raw()));
    }),
    ("name of a job", |console, text| {
        job(console, text.raw(), "running");
        console.keys("5");
    }),
    ("state of a job", |console, text| {
        job(console, "build", text.raw());
        console.keys("5 J");
    }),
    ("line of a job in the log", |console, text| {
        job(console, "build", "running");
        line(console, text);
        console.keys("5");
    }),
    ("a job's own log", |console, text| {
        job(console, "build", "running");
        line(console, text);
        console.keys("5 J");
    }),
    ("a job's own log in single characters", |console, text| {
        job(console, "build", "running");
        console.keys("5 J");
        for c in text.raw().chars().take(5_000) {
            let outcome = Ok((Untrusted::new(c), 1, false));
            let job = "7".parse().expect("static id");
            console.news(News::LogRead { job, outcome });
        }
    }),
    ("title of a hotfix in the list", |console, text| {
        console.board.hotfixes[1].title = text.raw().to_owned();
        console.keys("r g h");
    }),
    ("title of a step", |console, text| {
        steps(console, text);
        console.keys("2");
    }),
    ("title of a step in Detail", |console, text| {
        steps(console, text);
        console.keys("2 4");
    }),
    ("item of the checklist", |console, text| {
        if let Some(progress) = &mut console.board.progress {
            for item in &mut progress.checklist {
                item.text = text.raw().to_owned();
            }
        }
        console.keys("r 2 G");
    }),
    ("finding", |console, text| {
        if let Some(progress) = &mut console.board.progress {
            let Some(mut finding) = progress.findings.first().cloned() else {
                return;
            };
            finding.text = text.raw().to_owned();
            progress.findings = vec![finding];
        }
        console.keys("r 2 G");
    }),
    ("next action", |console, text| {
        if let Some(progress) = &mut console.board.progress {
            for next in &mut progress.next {
                next.text = text.raw().to_owned();
            }
        }
        console.keys("r 2 G");
    }),
    ("title of a request in the approvals", |console, text| {
        request(console, |request| request.title = text.clone());
        console.keys("r 3");
    }),
    ("title of a request in Detail", |console, text| {
        request(console, |request| request.title = text.clone());
        console.keys("r 3 4");
    }),
    ("body of a request", |console, text| {
        request(console, |request| request.body = text.clone());
        console.keys("r 3 4");
    }),
    ("author of a request", |console, text| {
        request(console, |request| request.author.name = text.clone());
        console.keys("r 3 4");
    }),
    ("who approved, and what was said", |console, text| {
        request(console, |request| {
            for approval in &mut request.approvals {
                approval.by.name = text.clone();
                approval.comment = Some(text.clone());
            }
        });
        console.keys("r 3 4");
    }),
    ("branch of a request", |console, text| {
        // What no branch can be called is refused at the door.
        let Ok(branch) = text.raw().parse::<lanekeeper::model::BranchName>() else {
            return;
        };
        request(console, |request| request.from = branch.clone());
        console.keys("r 3");
    }),
    ("label of a request", |console, text| {
        request(console, |request| {
            request.labels = vec![text.raw().to_owned()];
        });
        console.keys("r 3 4");
    }),
    ("message of a commit", |console, text| {
        commits(console, text);
        console.keys("r 1");
        for _ in 0..40 {
            console.keys("[");
            if let Some(EventKey::Commit(..)) = console.app.selection.event {
                break;
            }
        }
        console.keys("4");
    }),
    ("tag in the lanes", |console, text| {
        let history = console.board.seen.history.clone();
        console.board.seen.history = history.map(|history| {
            let mut history = (*history).clone();
            for names in history.tags.values_mut() {
                *names = vec![text.raw().to_owned()];
            }
            history.into()
        });
        console.keys("r 1");
    }),
    ("commit of the fix", |console, text| {
        if let Some(fix) = console.board.seen.fix.value().cloned() {
            let mut fix = fix;
            for commit in &mut fix.commits {
                commit.message = text.clone();
                commit.author.name = text.clone();
            }
            let now = console.board.seen.now;
            console.board.seen.fix = lanekeeper::model::Seen::known(fix, now);
        }
        console.keys("r 2 g g 4");
    }),
    ("title of a plan", |console, text| {
        plan(console, |plan| plan.title = text.raw().to_owned());
    }),
    ("what a plan changes", |console, text| {
        plan(console, |plan| {
            plan.will_change = vec![text.raw().to_owned()];
        });
    }),
    ("fact of a plan", |console, text| {
        plan(console, |plan| {
            plan.facts = vec![Fact {
                state: FactState::Ok,
                text: text.raw().to_owned(),
            }];
        });
    }),
    ("what a plan leaves", |console, text| {
        plan(console, |plan| {
            plan.will_not_change = vec![text.raw().to_owned()];
        });
    }),
    ("way back of a plan", |console, text| {
        plan(console, |plan| plan.way_back = text.raw().to_owned());
    }),
    ("reason of a refusal", |console, text| {
        console.app.plan += 1;
        let refusal = lanekeeper::engine::Refusal {
            wanted: "merge".into(),
            reasons: vec![text.raw().to_owned()],
            hint: None,
        };
        let generation = console.app.plan;
        let outcome = Ok(PlanAnswer::Refused(refusal));
        console.news(News::Planned {
            generation,
            outcome,
        });
    }),
    ("line of a diff", |console, text| {
        diff(console, |diff| {
            diff.files[0].hunks[0].lines[0].text = text.clone();
        });
    }),
    ("file of a diff", |console, text| {
        diff(console, |diff| {
            diff.files[0].new = Some(text.clone());
            diff.files[0].old = Some(text.clone());
        });
    }),
    ("around a hunk of a diff", |console, text| {
        diff(console, |diff| diff.files[0].hunks[0].around = text.clone());
    }),
    ("note of a diff", |console, text| {
        diff(console, |diff| diff.notes = vec![text.raw().to_owned()]);
    }),
    ("path of a conflict", |console, text| {
        conflicts(console, text.raw(), "a\n");
    }),
    ("lines of a conflict", |console, text| {
        conflicts(console, "src/a.rs", &format!("{}\n", text.raw()));
    }),
    ("output of a check of a resolution", |console, text| {
        checked(console, text);
        console.keys("l");
    }),
    ("text that is written", |console, text| {
        console.keys("N");
        console.news(News::Pasted(text.raw().to_owned()));
    }),
    ("filter", |console, text| {
        console.keys("2 /");
        console.news(News::Pasted(text.raw().to_owned()));
    }),
    ("filter of the palette", |console, text| {
        console.keys(":");
        console.news(News::Pasted(text.raw().to_owned()));
    }),
    ("filter of the help", |console, text| {
        console.keys("?");
        console.news(News::Pasted(text.raw().to_owned()));
    }),
    ("playbook and title in the start wizard", |console, text| {
        console.keys("s");
        console.news(News::Pasted(text.raw().to_owned()));
    }),
    ("choice", |console, text| {
        let choice = (text.raw().to_owned(), Leads::Text(Purpose::Note));
        console.app.overlays.push(Overlay::Choose(Choose {
            title: text.raw().to_owned(),
            choices: vec![choice.clone(), choice],
            at: 0,
        }));
    }),
    ("run that is left", |console, text| {
        plan(console, |plan| {
            plan.title = text.raw().to_owned();
            plan.level = Level::L2;
        });
        console.wait(1_000);
        console.keys("y");
        console.wait(500);
        console.keys("q");
    }),
];

/// Places whose text may lie outside of what a small screen shows, or goes through a door that refuses most payloads.
pub(super) const SOMETIMES: &[&str] = &[
    "branch of a request",
    "label of a request",
    "body of a request",
    "tag in the lanes",
    "finding",
    "note of a diff",
    "playbook and title in the start wizard",
    "commit of the fix",
    "who approved, and what was said",
    "run that is left",
    "author of a request",
    "project name in the head",
    "title of a request in the approvals",
];

fn log(console: &mut Console, text: &str, outcome: &str) {
    console.app.log.entries.push_back(LogEntry {
        at: Timestamp::from_second(0),
        text: text.to_owned(),
        outcome: outcome.to_owned(),
        tone: Tone::Plain,
    });
    console.keys("5");
}

fn job(console: &mut Console, name: &str, state: &str) {
    console.news(News::JobChanged {
        job: "7".parse().expect("static id"),
        name: name.to_owned(),
        state: state.to_owned(),
        at: Timestamp::from_second(0),
    });
}

pub(super) fn line(console: &mut Console, text: &Untrusted) {
    console.news(News::JobLine {
        job: "7".parse().expect("static id"),
        line: text.clone(),
    });
}

fn steps(console: &mut Console, text: &Untrusted) {
    if let Some(progress) = &mut console.board.progress {
        for step in &mut progress.steps {
            step.title = text.raw().to_owned();
        }
    }
    console.keys("r");
}

fn request(console: &mut Console, change: impl Fn(&mut lanekeeper::model::ChangeRequest)) {
    let requests = console.board.seen.requests.clone();
    console.board.seen.requests = requests.map(|mut requests| {
        requests.iter_mut().for_each(&change);
        requests
    });
}

fn commits(console: &mut Console, text: &Untrusted) {
    let history = console.board.seen.history.clone();
    console.board.seen.history = history.map(|history| {
        let mut history = (*history).clone();
        for commit in history.lanes.values_mut().flatten() {
            commit.message = text.clone();
            commit.author.name = text.clone();
        }
        history.into()
    });
}

fn plan(console: &mut Console, change: impl Fn(&mut lanekeeper::engine::Plan)) {
    let mut plan = plan_of(&console.board, Level::L3);
    change(&mut plan);
    console.show(plan);
}

fn diff(console: &mut Console, change: impl Fn(&mut Diff)) {
    let of = DiffOf::Subject(Subject::Request(RequestId(912)));
    let compared = comparison(&console.board.seen, &console.board.book.project, &of);
    let compared = compared.expect("in sight");
    let mut diff = sample_diff(&compared.head);
    change(&mut diff);
    console.news(News::DiffOpened {
        generation: 0,
        compared: Box::new(compared),
        outcome: Ok(Box::new(diff)),
    });
}

fn conflicts(console: &mut Console, path: &str, text: &str) {
    let side = |digit: &str| {
        Some(ConflictSide {
            mode: 0o100_644,
            id: digit.repeat(40).parse().expect("static id"),
        })
    };
    let file = ConflictFile {
        path: path.to_owned(),
        commit: None,
        kind: ConflictKind::Content,
        base: side("a"),
        target: side("b"),
        fix: side("c"),
        pieces: vec![Piece::Hunk(Hunk {
            base: text.into(),
            target: text.into(),
            fix: text.into(),
        })],
        files: 0,
        last_authors: LastAuthors::from(vec![Untrusted::new("Ben Ode")]),
    };
    let subject = lanekeeper::engine::resolve::Subject {
        hotfix: "20260412-rounding-7f3a9c".parse().expect("static id"),
        step: "retrofit".parse().expect("static id"),
        target: "integration".parse().expect("static name"),
        branch: "retrofit/rounding".parse().expect("static name"),
        head: "a".repeat(40).parse().expect("static id"),
        onto: "0".repeat(40).parse().expect("static id"),
        tip: "0".repeat(40).parse().expect("static id"),
        fix: "hotfix/rounding".to_owned(),
        is_ours: true,
        is_pushed: true,
    };
    let scene = ConflictScene {
        files: vec![file],
        pending: Vec::new(),
    };
    let session = lanekeeper::engine::resolve::Session::new(subject, scene);
    console.news(News::ConflictsOpened {
        generation: 0,
        outcome: Ok(Box::new(session)),
    });
}

/// Decides a conflict, and lets a check of that fail with this output.
fn checked(console: &mut Console, text: &Untrusted) {
    if let Some(board) = &mut console.app.board {
        board.book.project.checks = vec![CheckRule {
            name: "unit".parse().expect("static name"),
            command: Some(vec!["make".to_owned()]),
            is_required: true,
            lanes: Vec::new(),
            timeout: Duration::from_secs(60),
        }];
    }
    conflicts(console, "src/a.rs", "a\n");
    console.keys("1 t");
    let failed = CheckEnd::Failed("exit code 1".to_owned());
    let run = CheckRun {
        took: Some(Duration::ZERO),
        output: vec![text.clone()],
        ..CheckRun::not_begun("unit".parse().expect("static name"), failed)
    };
    console.news(News::ResolutionChecked {
        generation: 1,
        outcome: Ok(CheckedResolution::Checked(vec![run])),
    });
}
