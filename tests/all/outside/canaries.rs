//! A clone whose configuration, hooks and attributes all run a command: none of them does while Lanekeeper works in it.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use crate::cli::project::Project;
use crate::merge_drivers::asks_drivers;
use crate::support::in_time::InTime as _;

/// Keys whose value is a command, or leads to one; `@` is where the canary goes.
const KEYS: &[(&str, &str)] = &[
    ("core.fsmonitor", "@"),
    ("core.sshCommand", "@"),
    ("core.gitProxy", "@"),
    ("core.editor", "@"),
    ("core.pager", "@"),
    ("core.askPass", "@"),
    ("core.alternateRefsCommand", "@"),
    ("sequence.editor", "@"),
    ("credential.helper", "!@"),
    ("credential.https://code.example.helper", "!@"),
    ("gpg.program", "@"),
    ("gpg.openpgp.program", "@"),
    ("gpg.ssh.program", "@"),
    ("gpg.x509.program", "@"),
    ("gpg.ssh.defaultKeyCommand", "@"),
    ("diff.external", "@"),
    ("diff.canary.command", "@"),
    ("diff.canary.textconv", "@"),
    ("merge.canary.driver", "@ %A"),
    ("merge.default", "canary"),
    ("merge.renormalize", "true"),
    ("filter.canary.clean", "@"),
    ("filter.canary.smudge", "@"),
    ("filter.canary.process", "@"),
    ("filter.canary.required", "true"),
    ("remote.origin.uploadpack", "@"),
    ("remote.origin.receivepack", "@"),
    ("uploadpack.packObjectsHook", "@"),
    ("interactive.diffFilter", "@"),
    ("pager.log", "@"),
    ("pager.diff", "@"),
    ("pager.config", "@"),
    ("pager.branch", "@"),
    ("mergetool.canary.cmd", "@"),
    ("mergetool.canary.path", "@"),
    ("difftool.canary.cmd", "@"),
    ("merge.tool", "canary"),
    ("diff.tool", "canary"),
    ("browser.canary.cmd", "@"),
    ("web.browser", "canary"),
    ("man.canary.cmd", "@"),
    ("alias.rev-parse", "!@"),
    ("alias.config", "!@"),
    ("alias.lk", "!@"),
    ("instaweb.httpd", "@"),
    ("sendemail.smtpServer", "@"),
    ("sendemail.toCmd", "@"),
    ("trailer.canary.command", "@"),
    ("trailer.canary.cmd", "@"),
    ("tar.canary.command", "@"),
    ("init.templateDir", "@"),
    ("commit.gpgSign", "true"),
    ("tag.gpgSign", "true"),
    ("log.showSignature", "true"),
    ("submodule.sub.update", "!@"),
    ("imap.tunnel", "@"),
    ("protocol.ext.allow", "always"),
    ("url.ext::@.insteadOf", "https://code.example/"),
    ("remote.other.url", "ext::@"),
    ("guitool.canary.cmd", "@"),
    ("include.path", "included"),
    ("includeIf.gitdir:**.path", "included"),
];

/// Keys whose command is the other side of a connection, which greets before it is asked anything.
const SPEAKS_FIRST: &[&str] = &[
    "core.sshCommand",
    "core.gitProxy",
    "remote.origin.uploadpack",
    "remote.origin.receivepack",
    "remote.other.url",
    "url.ext::@.insteadOf",
    "imap.tunnel",
];

const HOOKS: &[&str] = &[
    "pre-commit",
    "commit-msg",
    "prepare-commit-msg",
    "post-commit",
    "pre-merge-commit",
    "post-merge",
    "post-checkout",
    "pre-push",
    "pre-rebase",
    "post-index-change",
    "reference-transaction",
    "pre-auto-gc",
    "post-rewrite",
    "fsmonitor-watchman",
];

/// The commands of a canary each leave a file with their name.
pub(super) struct Aviary {
    bin: PathBuf,
    fired: PathBuf,
}

impl Aviary {
    fn new(project: &Project) -> Self {
        let aviary = Self {
            bin: project.path("canaries"),
            fired: project.path("fired"),
        };
        for folder in [&aviary.bin, &aviary.fired] {
            std::fs::create_dir_all(folder).expect("made");
        }
        aviary
    }

    /// Makes the command of one canary. It drains what it is given, so that whoever calls it goes on for a while; but
    /// where git waits for the other side to speak first, two that wait would wait for ever.
    fn command(&self, name: &str) -> String {
        let then = if SPEAKS_FIRST.contains(&name) {
            "exit 1"
        } else {
            "exec cat"
        };
        let name: String = name
            .chars()
            .map(|c| if c.is_alphanumeric() { c } else { '-' })
            .collect();
        let path = self.bin.join(&name);
        let script = format!("#!/bin/sh\n: > '{}/{name}'\n{then}\n", self.fired.display());
        executable(&path, &script);
        path.to_str().expect("UTF-8").to_owned()
    }

    pub(super) fn fired(&self) -> BTreeSet<String> {
        let entries = std::fs::read_dir(&self.fired).expect("there");
        entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect()
    }
}

fn executable(path: &Path, text: &str) {
    std::fs::write(path, text).expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("ours");
}

/// Puts a canary at every place of the clone from which git would run a command.
pub(super) fn poison(project: &Project, dir: &str) -> Aviary {
    let aviary = Aviary::new(project);
    let git_dir = project.path(dir).join(".git");
    let hooks = git_dir.join("hooks");
    std::fs::create_dir_all(&hooks).expect("made");
    for hook in HOOKS {
        let canary = aviary.command(&format!("hook {hook}"));
        executable(&hooks.join(hook), &format!("#!/bin/sh\nexec '{canary}'\n"));
    }
    let mut config = std::fs::read_to_string(git_dir.join("config")).expect("a clone");
    let mut included = String::new();
    for (key, value) in KEYS {
        let value = value.replace('@', &aviary.command(key));
        let key = key.replace('@', &aviary.command(key));
        let (section, name) = key.rsplit_once('.').expect("section and name");
        let head = match section.split_once('.') {
            Some((section, sub)) => format!("[{section} \"{sub}\"]"),
            None => format!("[{section}]"),
        };
        config.push_str(&format!("{head}\n\t{name} = \"{value}\"\n"));
    }
    let canary = aviary.command("included fsmonitor");
    included.push_str(&format!("[core]\n\tfsmonitor = \"{canary}\"\n"));
    std::fs::write(git_dir.join("included"), included).expect("written");
    std::fs::write(git_dir.join("config"), config).expect("written");
    let attributes = "* filter=canary diff=canary merge=canary\n";
    std::fs::create_dir_all(git_dir.join("info")).expect("made");
    std::fs::write(git_dir.join("info/attributes"), attributes).expect("written");
    std::fs::write(project.path(dir).join(".gitattributes"), attributes).expect("written");
    aviary
}

/// A project with attributes that name drivers in every lane.
pub(super) fn attributed() -> Project {
    let project = Project::new();
    project.write(
        "ana/.gitattributes",
        "* filter=canary diff=canary merge=canary\n",
    );
    project.commit("ana", "attributes");
    project.git(
        "ana",
        &[
            "push",
            "--quiet",
            "origin",
            "main",
            "main:preprod",
            "main:integration",
        ],
    );
    project
}

/// The same with a hotfix whose fix is pushed.
fn project() -> Project {
    let project = attributed();
    let start = [
        "start",
        "cart-null",
        "--title",
        "Cart fails",
        "--answer",
        "impact=nobody can pay",
        "--yes",
    ];
    project.run("ana", &start).ends(0);
    project.git("ana", &["fetch", "--quiet"]);
    project.git("ana", &["checkout", "--quiet", "hotfix/cart-null"]);
    project.write("ana/cart.rs", "one\n2\nthree\n");
    project.commit("ana", "repair the cart");
    project.git("ana", &["push", "--quiet", "origin", "HEAD"]);
    project
}

#[test]
fn nothing_in_a_clone_runs_a_command_while_we_work_in_it() {
    let project = project();
    let aviary = poison(&project, "ana");
    assert!(KEYS.len() >= 40 && HOOKS.len() >= 12);
    for words in [
        &["lanes", "--fixes", "5"][..],
        &["status"],
        &["next"],
        &[
            "preflight",
            "origin/hotfix/cart-null",
            "--into",
            "preprod",
            "integration",
        ],
        &["prove", "main", "--in", "preprod", "integration"],
        &["backport", "main", "--into", "integration", "--dry-run"],
        &["do", "run", "--yes"],
        &["do", "run", "--yes"],
        &["approvals"],
        &["note", "seen"],
        &["log"],
        &["report"],
        &["doctor"],
        &["init", "--print"],
        &[
            "start",
            "other",
            "--title",
            "Other",
            "--answer",
            "impact=none",
            "--yes",
        ],
    ] {
        let answer = project.run("ana", words);
        assert_eq!(
            aviary.fired(),
            BTreeSet::new(),
            "{words:?} ran a command of the clone: {}",
            answer.notes
        );
        assert!(
            matches!(answer.code, 0 | 3 | 4 | 10),
            "{words:?}: {}",
            answer.notes
        );
    }
}

#[test]
fn drivers_that_are_trusted_run_and_nothing_else_with_them() {
    let project = project();
    let switch = "switch --quiet -C integration origin/integration";
    project.git("ana", &switch.split(' ').collect::<Vec<_>>());
    project.write("ana/cart.rs", "one\nzwei\nthree\n");
    project.commit("ana", "the next version of the cart");
    project.git("ana", &["push", "--quiet", "origin", "integration"]);
    let version = project.git("ana", &["version"]);
    let aviary = poison(&project, "ana");
    for words in [&["lanes"][..], &["trust"], &["trust", "--yes"]] {
        project.run("ana", words);
        assert_eq!(aviary.fired(), BTreeSet::new(), "{words:?}");
    }
    project.run("ana", &["lanes"]).ends(0);
    let driver = asks_drivers(&version).then(|| "merge-canary-driver".to_owned());
    let expected: BTreeSet<String> = driver.into_iter().collect();
    assert_eq!(aviary.fired(), expected);
}

#[test]
fn a_clone_brings_no_program_by_way_of_the_search_path() {
    let project = attributed();
    let aviary = Aviary::new(&project);
    let clone = project.path("ana");
    for name in [
        "git",
        "sh",
        "ssh",
        "ssh-keygen",
        "gh",
        "glab",
        "secret-tool",
    ] {
        let canary = aviary.command(name);
        std::fs::copy(canary, clone.join(name)).expect("copied");
    }
    // Nobody listens there: git has to start an ssh to find out.
    let nowhere = "ssh://127.0.0.1:1/shop.git";
    project.git("ana", &["remote", "set-url", "origin", nowhere]);
    let real = crate::cli::environment("PATH").unwrap_or_default();
    let given = format!(".::bin:{}:{}", clone.display(), real.to_string_lossy());
    for words in [&["status"][..], &["lanes"], &["doctor"], &["login"]] {
        let mut command = project.binary("ana");
        let answer = command.args(words).env("PATH", &given).output_in_time();
        let answer = answer.expect("the binary runs");
        assert_eq!(
            aviary.fired(),
            BTreeSet::new(),
            "{words:?} ran a program of the clone: {}",
            String::from_utf8_lossy(&answer.stderr)
        );
    }
}

#[test]
fn the_canaries_sing_where_git_itself_works_in_the_clone() {
    let project = project();
    let aviary = poison(&project, "ana");
    project.write("ana/cart.rs", "one\n2\n3\n");
    let commands = [
        &["status"][..],
        &["lk"],
        &["diff", "--ext-diff"],
        &["diff", "--no-ext-diff", "HEAD~1", "HEAD"],
        &["add", "cart.rs"],
        &[
            "-c",
            "core.hooksPath=.git/hooks",
            "commit",
            "--allow-empty",
            "--no-gpg-sign",
            "-m",
            "x",
        ],
        &["commit", "--allow-empty", "-S", "-m", "x"],
        &["fetch", "origin"],
        &["push", "origin", "HEAD"],
        &["checkout", "HEAD~1", "--", "cart.rs"],
        &["merge", "origin/preprod"],
        &["fetch", "https://code.example/x"],
        &["fetch", "ssh://code.example/x"],
        &["credential", "fill"],
        &[
            "interpret-trailers",
            "--trailer",
            "canary=x",
            "--in-place",
            "cart.rs",
        ],
        &["commit", "--amend", "--no-gpg-sign"],
        &["mergetool", "--no-prompt"],
        &["difftool", "--no-prompt", "HEAD~1"],
        &["archive", "--format=canary", "HEAD"],
    ];
    for words in commands {
        project.tries("ana", words);
    }
    // A filter that is a process fails before others get their turn.
    project.git("ana", &["config", "--unset", "filter.canary.process"]);
    for words in commands {
        project.tries("ana", words);
    }
    let fired = aviary.fired();
    assert!(fired.len() >= 15, "only {}: {fired:?}", fired.len());
}
