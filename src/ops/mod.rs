//! The hands: workspace, observe, execute, journal, report.
