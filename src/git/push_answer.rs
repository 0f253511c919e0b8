//! What git and the remote say about a push: lines made for programs, and where those leave the reason open, words. They are
//! untranslated because of LC_ALL, yet of many versions and servers: what no sign is known for is never read as done.

use crate::model::Untrusted;

use super::command::Output;
use super::push::Pushed;

/// What the porcelain output says about one ref.
pub(super) enum Said {
    Done,
    UpToDate,
    Refused(String),
}

/// Reads `<flag>\t<from>:<to>\t<summary> (<reason>)`.
pub(super) fn parse_line(line: &str) -> Option<(&str, Said)> {
    let mut fields = line.splitn(3, '\t');
    let (flag, refs, summary) = (fields.next()?, fields.next()?, fields.next()?);
    let (_, name) = refs.rsplit_once(':')?;
    let said = match flag {
        " " | "+" | "-" | "*" => Said::Done,
        "=" => Said::UpToDate,
        "!" => Said::Refused(summary.to_owned()),
        _other => return None,
    };
    Some((name, said))
}

/// Tells a lost race from a refusal by the words of git, which are untranslated because of LC_ALL.
pub(super) fn classify(summary: &str, output: &Output) -> Pushed {
    let races = [
        "stale info",
        "fetch first",
        "non-fast-forward",
        "incorrect old value",
        "reference already exists",
        "but expected",
        "unable to resolve reference",
        "failed to update ref",
        "File exists",
        "failed to lock",
    ];
    let everything = format!("{summary}\n{}", output.stderr.raw());
    if races.iter().any(|race| summary.contains(race)) {
        return Pushed::Stale;
    }
    let is_lock = summary.contains("cannot lock ref");
    if is_lock && races.iter().any(|race| everything.contains(race)) {
        return Pushed::Stale;
    }
    if summary.contains("remote failed to report status") {
        return Pushed::Unknown(summary.to_owned());
    }
    // What a hook printed is why it refused.
    let hook: Vec<&str> = output
        .stderr
        .raw()
        .lines()
        .filter_map(|line| line.strip_prefix("remote: "))
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect();
    let reason = if hook.is_empty() {
        summary.to_owned()
    } else {
        format!("{summary}: {}", hook.join(" "))
    };
    Pushed::Rejected(Untrusted::new(reason))
}

/// Tells whether the remote says of a ref that it is not what we saw: `cannot lock ref 'x': is at A but expected B`.
pub(super) fn is_lost_race(text: &str) -> bool {
    let reasons = [
        "but expected",
        "reference already exists",
        "unable to resolve reference",
        "File exists",
    ];
    text.lines().any(|line| {
        line.contains("cannot lock ref") && reasons.iter().any(|reason| line.contains(reason))
    })
}

/// Returns where a lock file of the remote stood in the way of a push, as the remote tells it.
pub(super) fn lock_in_the_way(output: &Output) -> Option<Untrusted> {
    if output.is_success() {
        return None;
    }
    output.stderr.raw().lines().find_map(|line| {
        let (_, rest) = line.split_once("Unable to create '")?;
        let (path, _) = rest.split_once("': File exists")?;
        path.ends_with(".lock").then(|| Untrusted::new(path))
    })
}

/// Tells whether an update failed only because the whole push did.
pub(super) fn is_collateral(pushed: &Pushed) -> bool {
    matches!(pushed, Pushed::Rejected(why) if why.raw().contains("atomic"))
}

/// Tells whether git gave up because the remote takes no push options.
pub(super) fn takes_no_options(output: &Output) -> bool {
    let text = output.stderr.raw();
    !output.is_success() && text.contains("does not support push options")
}

/// Tells whether git failed before anything could have reached the refs of the remote.
pub(super) fn never_began(output: &Output) -> bool {
    let text = output.stderr.raw().to_lowercase();
    let signs = [
        "could not resolve",
        "connection refused",
        "does not appear to be a git repository",
        "authentication failed",
        "could not read username",
        "could not read password",
        "host key verification failed",
        "permission denied (",
        "repository not found",
        "unable to access",
        "not allowed",
        "no such file or directory",
        "network is unreachable",
        "no route to host",
        "dubious ownership",
        "does not match any",
    ];
    !text.contains("rpc failed")
        && !text.contains("unexpected disconnect")
        && signs.iter().any(|sign| text.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_that_the_remote_has_is_told_from_one_that_cannot_be_made() {
        let said = |code, stderr: &str| Output {
            code: Some(code),
            stdout: Vec::new(),
            stderr: Untrusted::new(stderr),
        };
        let there = "remote: error: cannot lock ref 'refs/x': Unable to create '/srv/o.git/./refs/x.lock': File exists.        \nremote: \n";
        let lock = lock_in_the_way(&said(1, there)).expect("it is in the way");
        assert_eq!(lock.raw(), "/srv/o.git/./refs/x.lock");
        assert!(lock_in_the_way(&said(0, there)).is_none(), "it was pushed");
        let no_right = there.replace("File exists", "Permission denied");
        assert!(lock_in_the_way(&said(1, &no_right)).is_none());
    }

    #[test]
    fn a_ref_that_somebody_moved_first_is_told_from_a_refusal() {
        let lost = "remote: error: cannot lock ref 'refs/heads/main': is at 1a but expected 2b\n";
        assert!(is_lost_race(lost));
        assert!(is_lost_race(
            "error: cannot lock ref 'refs/x': reference already exists"
        ));
        assert!(!is_lost_race("remote: error: hook declined\n"));
        assert!(!is_lost_race(
            "remote: error: cannot lock ref 'refs/x': Permission denied"
        ));
    }
}
