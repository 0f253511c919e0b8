//! Settles what carries the shared record, and says together what does not fit.

use crate::model::Carrier;
use crate::model::CarrierKind;
use crate::model::Project;
use crate::model::RefName;
use crate::model::keep_address_hidden;
use crate::model::remote_folder;
use crate::model::remote_url_flaw;
use crate::model::without_passwords;
use crate::playbook::At;
use crate::playbook::Mistake;
use crate::playbook::Schema;

use super::origin::Origins;
use super::settings::note;
use super::team::Team;

/// Returns the carrier. Without a word for it, it is the one that `record_prefix` is of.
pub(super) fn settle(
    team: &Team,
    project: &Project,
    books: &[Schema],
    origins: &mut Origins,
    mistakes: &mut Vec<Mistake>,
) -> Carrier {
    let written = team.record_prefix.as_ref();
    let worded = team.record_carrier.as_ref();
    let kind = match (worded, written) {
        (Some(at), _) => match CarrierKind::of_word(&at.value) {
            Some(kind) => kind,
            // It was told when the file was read; what it does not fit would only be told of a guess.
            None => return Carrier::default(),
        },
        (None, Some(at)) => CarrierKind::of_prefix(&at.value),
        (None, None) => CarrierKind::Refs,
    };
    let prefix = written.map_or_else(|| kind.default_prefix(), |at| at.value.clone());
    let carrier = Carrier {
        kind,
        prefix,
        remote: team.record_remote.as_ref().map(|at| at.value.clone()),
    };
    if let Some(at) = written {
        mistakes.extend(flaw_of_prefix(at, &carrier, project, books));
    }
    check_remote(team, kind, mistakes);
    note(origins, "project.record_carrier", kind.word(), worded);
    note(
        origins,
        "project.record_prefix",
        carrier.prefix.as_str(),
        written,
    );
    if let Some(at) = &team.record_remote {
        let shown = without_passwords(&at.value);
        note(origins, "project.record_remote", &shown, Some(at));
    }
    carrier
}

fn flaw_of_prefix(
    at: &At<RefName>,
    carrier: &Carrier,
    project: &Project,
    books: &[Schema],
) -> Option<Mistake> {
    let prefix = &at.value;
    let usual = format!(
        "records need a folder of their own, like {}",
        carrier.kind.default_prefix()
    );
    let is_root = matches!(
        prefix.as_str(),
        "refs/heads" | "refs/tags" | "refs/remotes" | "refs/notes"
    );
    if is_root || is_work(carrier, project, books) {
        return Some(at.mistake(&format!("`{prefix}` belongs to others"), Some(usual)));
    }
    let why = carrier.kind.flaw_of(prefix)?;
    let what = format!(
        "`{prefix}` is no place for record_carrier = \"{}\": {why}",
        carrier.kind.word()
    );
    Some(at.mistake(&what, Some(usual)))
}

/// Tells whether a folder of branches is one in which people work: below it nobody would see a branch any more.
fn is_work(carrier: &Carrier, project: &Project, books: &[Schema]) -> bool {
    let Some(folder) = carrier.prefix.as_str().strip_prefix("refs/heads/") else {
        return false;
    };
    if carrier.kind == CarrierKind::Repository {
        return false;
    }
    let own = format!("{folder}/");
    let lanes = project.lanes.iter().map(|lane| lane.branch.as_str());
    let hotfixes = books
        .iter()
        .filter_map(|book| Some(book.branch.as_ref()?.value.as_str()));
    let mut work = lanes.chain(hotfixes);
    work.any(|work| work == folder || work.starts_with(&own))
}

fn check_remote(team: &Team, kind: CarrierKind, mistakes: &mut Vec<Mistake>) {
    let wanted = "record_remote = \"URL\" names the repository that holds the records".to_owned();
    let at = match (kind, &team.record_remote) {
        (CarrierKind::Repository, Some(at)) => at,
        (CarrierKind::Repository, None) => {
            let at = team.record_carrier.as_ref();
            mistakes.extend(at.map(|at| at.mistake("it needs a repository", Some(wanted))));
            return;
        }
        (
            CarrierKind::Refs | CarrierKind::Notes | CarrierKind::Branches | CarrierKind::Local,
            None,
        ) => return,
        (
            CarrierKind::Refs | CarrierKind::Notes | CarrierKind::Branches | CarrierKind::Local,
            Some(at),
        ) => {
            let what = format!(
                "record_carrier = \"{}\" has no remote of its own",
                kind.word()
            );
            let hint = "only record_carrier = \"repository\" has one".to_owned();
            mistakes.push(at.mistake(&what, Some(hint)));
            return;
        }
    };
    let shown = without_passwords(&at.value);
    if let Some(why) = remote_url_flaw(&at.value) {
        keep_address_hidden(&at.value);
        let what = format!("`{shown}` is not handed to git: {why}");
        mistakes.push(at.mistake(&what, None));
    } else if remote_folder(&at.value)
        .is_some_and(|path| !path.starts_with('/') || path.contains('%'))
    {
        // A folder of the checkout could bring hooks, which a push would run.
        let what = format!("`{shown}` is no path from the root on");
        let hint = "write one, or a URL".to_owned();
        mistakes.push(at.mistake(&what, Some(hint)));
    }
}
