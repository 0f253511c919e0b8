//! Worlds that several tests of the lane graph look at.

use lanekeeper::model::PredictionOutcome;
use lanekeeper::model::Verdict;

use super::lane_world::World;

/// The sample project of `demo`: two release branches cut from uat, the fix in production next, a conflict ahead.
pub(crate) fn demo() -> World {
    let mut world = World::new(&[
        ("integration", "build", &["uat"]),
        ("uat", "build", &["preprod"]),
        ("release/4.13", "release", &[]),
        ("release/4.14", "release", &[]),
        ("preprod", "run", &["production"]),
        ("production", "run", &[]),
    ]);
    for version in ["v4.11.0", "v4.12.0"] {
        world.commits("integration", 5).merge("integration", "uat");
        world.commits("integration", 5).merge("integration", "uat");
        world.merge("uat", "preprod").merge("preprod", "production");
        world.tag("production", version);
    }
    world
        .commits("preprod", 1)
        .merge("preprod", "production")
        .tag("production", "v4.12.1")
        .deploy("production");
    world
        .commits("integration", 4)
        .merge("integration", "uat")
        .branch("uat", "release/4.13")
        .commits("release/4.13", 1);
    world
        .commits("integration", 5)
        .merge("integration", "uat")
        .branch("uat", "release/4.14")
        .commits("release/4.14", 1);
    world.wait(86_400 * 3).commits("integration", 2);
    world.cut("preprod").fix(1).open(1, "hotfix", "preprod");
    world.land(1).deploy("preprod");
    world
        .open(2, "preprod", "production")
        .approve(2, "tech-lead");
    world.verdict("integration", Verdict::Changed);
    world.predict("retrofit", "integration", &["src/refund.rs"]);
    world
}

/// The story of the mock-ups: landed in preprod, waiting for production, in conflict with integration.
pub(crate) fn mid_flight() -> World {
    let mut world = conflicted();
    world
        .open(912, "preprod", "production")
        .approve(912, "tech-lead");
    world
}

/// The same before production was asked for.
pub(crate) fn conflicted() -> World {
    let mut world = World::build_run();
    world.commits("integration", 7).merge("integration", "uat");
    world
        .deploy("preprod")
        .merge("preprod", "production")
        .tag("production", "v4.11");
    world
        .commits("integration", 12)
        .merge("integration", "uat")
        .commits("integration", 1);
    world.cut("preprod").fix(2);
    world
        .open(911, "hotfix", "preprod")
        .land(911)
        .deploy("preprod")
        .tag("preprod", "4.12.3-rc1");
    world.open(913, "hotfix", "integration").conflict(913);
    world
}

pub(crate) fn main_and_develop() -> World {
    let mut world = World::new(&[("develop", "build", &["main"]), ("main", "run", &[])]);
    world
        .commits("develop", 8)
        .merge("develop", "main")
        .tag("main", "v2.3.0")
        .commits("develop", 4);
    world
        .cut("main")
        .fix(1)
        .open(41, "hotfix", "main")
        .land(41)
        .deploy("main");
    world
}

/// What two lanes promise each other, in every way that it can turn out.
pub(crate) fn promised() -> World {
    let mut world = World::new(&[
        ("integration", "build", &["uat"]),
        ("uat", "build", &["preprod"]),
        ("preprod", "run", &["staging"]),
        ("staging", "run", &["production"]),
        ("production", "run", &[]),
    ]);
    world.commits("integration", 7).merge("integration", "uat");
    world.merge("uat", "preprod").merge("preprod", "staging");
    world
        .merge("staging", "production")
        .tag("production", "v4.11");
    world.commits("integration", 3);
    world
        .cut("preprod")
        .fix(1)
        .open(1, "hotfix", "preprod")
        .land(1);
    world.merge("preprod", "staging");
    let conflict = || PredictionOutcome::Conflict { paths: Vec::new() };
    world.edge(
        "integration",
        "uat",
        3,
        PredictionOutcome::Clean,
        Some(Verdict::Absent),
    );
    world.edge(
        "uat",
        "preprod",
        1,
        PredictionOutcome::Clean,
        Some(Verdict::Absent),
    );
    world.edge(
        "preprod",
        "staging",
        0,
        PredictionOutcome::Already,
        Some(Verdict::Present),
    );
    world.edge("staging", "production", 2, conflict(), None);
    world
}

/// Forty lanes: four that stay, thirty-six releases in support, three of which need the fix.
pub(crate) fn forty() -> World {
    releases(36)
}

/// Four lanes that stay and so many releases, the newest three of which need the fix.
pub(crate) fn releases(count: usize) -> World {
    let names: Vec<String> = (1..=count)
        .map(|minor| format!("release/5.{minor}"))
        .collect();
    let mut lanes: Vec<(&str, &str, &[&str])> = vec![
        ("integration", "build", &["uat"]),
        ("uat", "build", &["preprod"]),
    ];
    lanes.extend(names.iter().map(|name| (name.as_str(), "release", &[][..])));
    lanes.push(("preprod", "run", &["production"]));
    lanes.push(("production", "run", &[]));
    let mut world = World::new(&lanes);
    for (at, name) in names.iter().enumerate() {
        world.commits("integration", 4).merge("integration", "uat");
        world
            .branch("uat", name)
            .commits(name, 2)
            .tag(name, &format!("v5.{}.0", at + 1));
    }
    world.merge("uat", "preprod").merge("preprod", "production");
    world.tag("production", "v5.36").deploy("production");
    world
        .cut("preprod")
        .fix(2)
        .open(7, "hotfix", "preprod")
        .land(7);
    world.pick(&names[count - 3]).pick(&names[count - 2]);
    world.open(8, "hotfix", &names[count - 1]);
    world
}
