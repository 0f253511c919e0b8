//! The person's editor. It owns the terminal while it runs: nobody of us may read or draw meanwhile.

use std::io::Read;
use std::io::Seek;
use std::io::Write;

use crate::config::SECRETS;
use crate::tui::app::Trouble;

/// Lets the person edit `text` in their editor.
pub(super) async fn edit(command: &[String], text: &str) -> Result<String, Trouble> {
    let Some((program, arguments)) = command.split_first() else {
        let mut trouble = Trouble::new("no editor is set");
        trouble.hint = Some("set EDITOR, or `editor` in your config.toml".to_owned());
        return Err(trouble);
    };
    let failed = |what: &str, error: &std::io::Error| Trouble {
        summary: what.to_owned(),
        chain: vec![error.to_string()],
        hint: None,
    };
    let mut file = tempfile::Builder::new()
        .prefix("lanekeeper-")
        .suffix(".md")
        .tempfile()
        .map_err(|error| failed("cannot make a file for the editor", &error))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.flush())
        .map_err(|error| failed("cannot write the file for the editor", &error))?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the one home of the person's editor"
    )]
    let mut command = tokio::process::Command::new(program);
    command.args(arguments).arg(file.path());
    for name in SECRETS {
        command.env_remove(name);
    }
    let status = command
        .status()
        .await
        .map_err(|error| failed(&format!("cannot start the editor `{program}`"), &error))?;
    if !status.success() {
        return Err(Trouble::new(format!(
            "the editor ended with {status}: the text stays as it was"
        )));
    }
    // Many editors write a new file in place of ours: read by path, and only then by handle.
    let by_path = std::fs::read_to_string(file.path());
    by_path
        .or_else(|_| {
            let mut text = String::new();
            file.rewind()?;
            file.read_to_string(&mut text)?;
            Ok(text)
        })
        .map_err(|error: std::io::Error| failed("cannot read what the editor wrote", &error))
}
