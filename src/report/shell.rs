//! What `completions` prints.

use std::io::{self, Write};

use clap_complete::generate;

use crate::arguments::Shell;

/// Prints what completes this command line in a shell.
pub(crate) fn completions(mut command: clap::Command, shell: Shell) -> io::Result<()> {
    let shell = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    let mut text = Vec::new();
    let name = command.get_name().to_owned();
    generate(shell, &mut command, name, &mut text);
    let mut out = io::stdout().lock();
    out.write_all(&text)?;
    out.flush()
}
