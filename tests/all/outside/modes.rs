//! Files of ours under every umask, and where somebody planted something in their place first: private, or refused.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use lanekeeper::config::Login;
use lanekeeper::config::Logins;
use lanekeeper::config::trust;
use lanekeeper::store::Diary;
use lanekeeper::store::Journal;

const UMASKS: [&str; 3] = ["000", "022", "077"];

/// What may be there before us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Planted {
    Nothing,
    Symlink,
    Hardlink,
    Foreign,
}

/// Writes one of our files in a folder; tells whether that was refused.
fn write(what: &str, home: &Path) -> bool {
    match what {
        "logins.json" => {
            let login = Login {
                forge: "gitlab".to_owned(),
                account: "ana".to_owned(),
                token: Some("a-secret-of-the-test".to_owned()),
                ca_file: None,
            };
            let logins = Logins(BTreeMap::from([("code.example".to_owned(), login)]));
            Logins::read(home).is_err() || logins.write(home).is_err()
        }
        "trust" => trust::trust(home, Path::new("/repo/lanekeeper.toml"), b"text").is_err(),
        "log" => Diary::new(home).write_all(b"a line\n").is_err(),
        "journal.sqlite" => Journal::open(home).is_err(),
        other => panic!("{other}"),
    }
}

fn plant(planted: Planted, file: &Path, elsewhere: &Path) {
    std::fs::write(elsewhere, "precious\n").expect("written");
    match planted {
        Planted::Nothing => {}
        Planted::Symlink => std::os::unix::fs::symlink(elsewhere, file).expect("linked"),
        Planted::Hardlink => std::fs::hard_link(elsewhere, file).expect("linked"),
        Planted::Foreign => {
            std::fs::write(file, "").expect("written");
            let user = rustix::fs::Uid::from_raw(12_345);
            rustix::fs::chown(file, Some(user), None).expect("only root plants foreign files");
        }
    }
}

/// Runs in a process of its own, whose umask is nobody else's.
#[test]
#[ignore = "the child of files_of_ours_are_private_or_refused"]
#[expect(
    clippy::disallowed_macros,
    reason = "the parent reads how many cases there were"
)]
fn files_of_ours_under_the_umask_of_this_process() {
    let Some(folder) = crate::cli::environment("LANEKEEPER_TEST_MODES") else {
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    let is_root = rustix::process::geteuid().is_root();
    let mut cases = 0;
    for what in ["logins.json", "trust", "log", "journal.sqlite"] {
        for planted in [
            Planted::Nothing,
            Planted::Symlink,
            Planted::Hardlink,
            Planted::Foreign,
        ] {
            if planted == Planted::Foreign && !is_root {
                continue;
            }
            cases += 1;
            let case = folder.join(format!("{what}-{planted:?}"));
            let home = case.join("home");
            std::fs::create_dir_all(&case).expect("made");
            if planted != Planted::Nothing {
                std::fs::create_dir(&home).expect("made");
                std::fs::set_permissions(&home, std::fs::Permissions::from_mode(0o700))
                    .expect("ours");
            }
            let (file, elsewhere) = (home.join(what), case.join("elsewhere"));
            plant(planted, &file, &elsewhere);
            let is_refused = write(what, &home);
            assert_eq!(
                std::fs::read_to_string(&elsewhere).expect("there"),
                "precious\n",
                "{what} {planted:?}: written through"
            );
            if is_refused {
                assert_ne!(planted, Planted::Nothing, "{what}");
                continue;
            }
            let found = file.symlink_metadata().expect("written");
            assert!(found.is_file() && found.nlink() == 1, "{what} {planted:?}");
            assert_eq!(found.mode() & 0o777, 0o600, "{what} {planted:?}");
            assert_eq!(
                found.uid(),
                rustix::process::geteuid().as_raw(),
                "{what} {planted:?}"
            );
            let around = home.metadata().expect("there").mode();
            assert_eq!(around & 0o777, 0o700, "{what} {planted:?}");
        }
    }
    println!("{cases} cases");
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the umask is set by a shell, for a process of its own"
)]
fn files_of_ours_are_private_or_refused() {
    for umask in UMASKS {
        let folder = tempfile::tempdir().expect("a folder");
        let child = Command::new("sh")
            .args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")])
            .arg(std::env::current_exe().expect("this binary"))
            .args([
                "--exact",
                "outside::modes::files_of_ours_under_the_umask_of_this_process",
                "--ignored",
                "--nocapture",
            ])
            .env("LANEKEEPER_TEST_MODES", folder.path())
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&child.stdout).into_owned();
        assert!(
            child.status.success(),
            "umask {umask}: {said}{}",
            String::from_utf8_lossy(&child.stderr)
        );
        let cases = if rustix::process::geteuid().is_root() {
            16
        } else {
            12
        };
        assert!(said.contains(&format!("{cases} cases")), "{said}");
    }
}
