//! Everything that touches a repository: own bare repository, refs, history, merges in memory, verdicts, branch building, network commands, append-only chains.
