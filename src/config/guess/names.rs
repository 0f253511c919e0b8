//! What a branch's name says about its lane.

/// Nearness to production by name, as sfdx-hardis has it; none for a branch that is no lane.
///
/// Deviations: `main` and `prod` need a word boundary, and `uat` followed by another word than `run` is a plain
/// lane instead of the one in RUN, since upstream takes `maintenance/x` for production and `uat-trunk` for `uat_run`.
pub(super) fn level(branch: &str) -> Option<(u32, &'static str)> {
    let lower = branch.to_lowercase();
    let words: Vec<&str> = lower.split(['-', '_', '/', '.']).collect();
    let first = *words.first()?;
    let is_run = words.last() == Some(&"run") && words.len() > 1;
    Some(match first {
        "production" | "prod" | "main" | "master" if words.len() == 1 => {
            (100, "named like production")
        }
        "preprod" | "preproduction" | "staging" => {
            (90, "named like the last lane before production")
        }
        "pre" if matches!(words.get(1), Some(&("prod" | "production"))) => {
            (90, "named like the last lane before production")
        }
        "uat" | "recette" if is_run => (80, "named like user acceptance of RUN"),
        "uat" | "recette" if words.len() == 1 => (70, "named like user acceptance"),
        "qa" | "test" | "testing" if words.len() == 1 => (60, "named like quality assurance"),
        "integration" | "integ" if words.len() == 1 => (50, "named like integration"),
        "dev" if words.len() == 1 => (45, "named like a development lane"),
        "develop" | "development" if words.len() == 1 => (40, "named like the start of BUILD"),
        _ => return None,
    })
}

/// Why a branch is left out although it exists for long; none for ordinary work branches.
pub(super) fn left_out(branch: &str) -> Option<&'static str> {
    let first = branch
        .split(['-', '_', '/'])
        .next()
        .unwrap_or_default()
        .to_lowercase();
    match first.as_str() {
        "training" => Some("training branches lead nowhere"),
        "maintenance" | "support" => Some("it begins like `main` but is another word"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_how_near_production_a_lane_is() {
        let level = |name: &str| level(name).map(|(level, _)| level);
        for (name, expected) in [
            ("main", Some(100)),
            ("master", Some(100)),
            ("prod", Some(100)),
            ("production", Some(100)),
            ("preprod", Some(90)),
            ("staging", Some(90)),
            ("pre-prod", Some(90)),
            ("uat_run", Some(80)),
            ("uat-run", Some(80)),
            ("uat", Some(70)),
            ("uat-trunk", None),
            ("integration", Some(50)),
            ("develop", Some(40)),
            ("maintenance/1.0", None),
            ("main-old", None),
            ("retrofit/x", None),
            ("training", None),
            ("feature/x", None),
        ] {
            assert_eq!(level(name), expected, "{name}");
        }
    }
}
