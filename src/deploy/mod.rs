//! What a go-live does: commands, jobs, health checks.
