//! The failure table of safety.md section 2, row by row, with the tests that show the required behaviour: an
//! ignored one shows nothing, and is named beside others only where [`BY_NAME`] has it.

use std::collections::BTreeSet;
use std::path::Path;

use crate::backports::each_test;
use crate::backports::functions;

/// Every row: its number, the failure, the tests that show the behaviour.
const ROWS: &[(u8, &str, &[&str])] = &[
    (
        1,
        "crash between create-branch and create-request",
        &[
            "opening_a_request_survives",
            "opening_a_request_survives_a_kill_at_any_call",
            "a_backport_on_gitlab_survives_a_kill_at_any_call",
            "a_commit_amended_by_a_person_is_kept_even_if_the_run_that_built_it_died",
        ],
    ),
    (
        2,
        "partition during a merge, time-out, half-open connection",
        &[
            "no_fault_makes_a_write_happen_twice_or_a_false_success",
            "a_merge_that_stays_locked_is_unknown_and_not_done",
            "a_queue_that_takes_long_is_unknown_and_not_asked_twice",
            "a_write_is_never_sent_on_and_never_sent_again",
        ],
    ),
    (
        3,
        "duplicate request on a second try",
        &[
            "an_open_request_is_adopted_and_gets_what_it_lacks",
            "of_two_who_open_the_same_request_one_adopts_the_others",
            "no_fault_makes_a_write_happen_twice_or_a_false_success",
        ],
    ),
    (
        4,
        "429 and secondary limits",
        &[
            "each_forges_words_for_a_wait_are_understood",
            "a_used_up_limit_is_kept_and_shown_until_it_is_over",
            "two_minutes_of_quiet_are_sat_out_and_more_is_asked_about",
            "an_unchanged_answer_is_not_sent_again",
        ],
    ),
    (
        5,
        "5xx",
        &[
            "a_read_is_repeated_after_a_passing_failure_and_not_after_a_no",
            "a_read_is_given_up_after_five_tries_and_a_request_after_half_a_minute",
            "no_fault_makes_a_write_happen_twice_or_a_false_success",
            "the_start_of_a_go_live_on_gitlab_survives_a_kill_at_any_call",
        ],
    ),
    (
        6,
        "clock skew",
        &[
            "the_clock_of_a_forge_that_differs_is_told",
            "a_forge_whose_clock_is_another_is_told",
            "a_forge_whose_clock_is_another_is_told_in_the_header_and_among_the_findings",
            "the_age_of_a_plan_is_measured_by_a_clock_that_nobody_sets_and_that_counts_sleep",
            "a_time_of_day_that_is_set_neither_voids_a_plan_nor_keeps_one_nor_keeps_production_armed",
            "a_wait_is_as_long_as_it_was_whatever_is_done_to_the_time_of_day",
            "rules_are_read_again_after_a_minute_whatever_is_done_to_the_time_of_day",
            "the_end_of_a_limit_is_a_time_on_the_forges_clock",
            "a_wrong_clock_does_not_make_an_earlier_word_of_a_record_the_last_one",
            "a_wrong_clock_puts_no_child_before_its_parent",
            "wrong_clocks_keep_children_right_of_their_parents",
        ],
    ),
    (
        7,
        "token expired in mid-incident",
        &[
            "a_login_in_another_terminal_is_taken_up",
            "a_plan_waits_for_a_new_login_and_goes_on_with_what_was_not_done",
            "a_token_that_expires_in_mid_plan_pauses_it_and_the_same_words_go_on_after_a_login",
        ],
    ),
    (
        8,
        "force-pushed target or source",
        &[
            "a_branch_that_was_rewritten_stops_the_plan_and_what_is_gone_is_named",
            "nothing_unseen_is_merged_whatever_happens_around_the_merge",
            "a_start_from_a_lane_that_moved_is_refused_and_leaves_nothing_behind",
            "a_push_never_loses_commits_unless_it_says_so",
            "the_head_guard_of_the_forge_holds_when_the_branch_moves_in_between",
        ],
    ),
    (
        9,
        "job cancelled, failed, stuck, skipped; deployment rejected",
        &[
            "what_was_rejected_or_cancelled_needs_another_go_live",
            "a_skipped_manual_or_unknown_job_is_no_success",
            "one_app_of_three_that_failed_is_deployed_again_alone_after_new_approvals",
            "another_try_of_a_failed_job_on_gitlab_survives_a_kill_at_any_call",
            "a_rejection_is_told_from_a_failure",
            "one_job_that_failed_runs_again_under_a_permit_and_never_by_itself",
        ],
    ),
    (
        10,
        "two consoles race",
        &[
            "a_chain_takes_one_of_two_writers_and_reads_back_what_was_written",
            "a_journal_that_another_process_holds_is_a_fault_that_changes_nothing",
            "who_lost_the_race_sees_the_winner_the_epoch_and_what_was_done",
            "what_one_console_does_the_other_hears_by_listing_refs",
            "an_event_of_one_console_is_on_anothers_screen_within_five_seconds",
        ],
    ),
    (
        11,
        "kinds of repositories",
        &[
            "in_every_kind_of_clone_six_commands_answer_and_nothing_is_wrong",
            "in_every_other_kind_of_clone_six_commands_answer_and_nothing_is_wrong",
            "a_clone_with_reftable_is_used",
        ],
    ),
    (
        12,
        "disk full, read-only, I/O error, too many open files",
        &[
            "a_disk_that_cannot_be_written_stops_every_effect_before_it_is_sent",
            "where_the_state_folder_cannot_be_written_looking_works_and_nothing_is_sent",
            "whichever_call_on_a_file_fails_once_nothing_is_lost_sent_unsaid_or_done_twice",
            "a_second_process_reads_and_is_told_why_it_may_not_write",
            "garbage_in_place_of_the_journal_is_an_error_and_not_a_panic",
        ],
    ),
    (
        13,
        "SIGKILL, power",
        &[
            "a_start_survives_a_kill_at_any_call",
            "a_start_on_gitlab_survives_a_kill_at_any_call",
            "an_archive_of_refs_survives_a_kill_at_any_call",
            "a_go_live_and_its_backport_survive_a_kill_at_every_other_call",
            "whoever_dies_in_every_act_of_a_hotfix_has_everything_once_in_the_end",
            "three_consoles_that_are_killed_at_any_time_lose_nothing_and_say_nothing_twice",
            "a_note_whose_run_dies_again_and_again_is_there_once",
            "what_was_interrupted_opens_by_itself_at_every_size",
            "what_died_is_shown_with_what_was_found_and_a_person_decides",
        ],
    ),
    (
        14,
        "SIGHUP, SIGTERM",
        &[
            "signals_give_the_terminal_back_within_two_seconds",
            "a_signal_that_comes_as_soon_as_the_terminal_is_taken_gives_it_back",
            "whatever_happens_to_a_terminal_it_is_given_back_within_two_seconds",
            "a_terminal_that_is_gone_ends_the_console",
            "who_is_ended_in_the_middle_of_a_call_ends_in_two_seconds_and_says_what_is_not_known",
            "leaving_a_command_that_runs_here_is_no_good_end",
        ],
    ),
    (
        15,
        "SIGTSTP, sleep of the laptop",
        &[
            "a_stopped_console_gives_the_terminal_back_and_takes_it_again",
            "production_is_read_only_again_after_its_time_without_focus_and_after_a_stop",
            "a_loop_that_wakes_much_too_late_looks_again_and_one_in_time_does_not",
            "a_console_that_slept_looks_again_at_once",
            "the_age_of_a_plan_is_measured_by_a_clock_that_nobody_sets_and_that_counts_sleep",
            "a_machine_that_slept_between_permit_and_call_does_not_call",
        ],
    ),
    (
        16,
        "1x1, a storm of sizes, no colour, no UTF-8, dumb terminal",
        &[
            "no_keys_at_no_size_panic_or_run_anything_that_was_not_shown",
            "a_storm_of_sizes_loses_no_key",
            "whatever_happens_to_a_terminal_it_is_given_back_within_two_seconds",
            "every_theme_shows_the_selection_without_colour",
            "the_ascii_form_is_ascii",
            "a_terminal_that_answers_nothing_gets_plain_characters",
        ],
    ),
    (
        17,
        "names and messages that are no UTF-8, 100,000 refs",
        &[
            "names_and_texts_that_are_no_utf_8_stay_visible",
            "in_every_kind_of_clone_six_commands_answer_and_nothing_is_wrong",
            "a_hundred_thousand_refs_are_listed_and_looked_at",
        ],
    ),
    (
        18,
        "a stale lock in our own repository",
        &[
            "a_stale_lock_in_our_repository_is_removed_and_one_in_the_clone_is_not_touched",
            "in_every_other_kind_of_clone_six_commands_answer_and_nothing_is_wrong",
        ],
    ),
    (
        19,
        "the record is refused",
        &[
            "neither_the_branch_nor_the_chain_moves_when_the_remote_refuses_one_of_them",
            "doctor_tries_the_carriers_in_order_and_prints_the_line_to_write",
            "a_record_on_this_machine_only_conforms_and_says_what_it_cannot",
            "solo_mode_stands_in_status_and_every_dangerous_call_asks_for_the_name",
            "a_remote_that_keeps_no_lock_is_said_to_keep_none_and_every_dangerous_call_is_confirmed_by_name",
        ],
    ),
    (
        20,
        "the remote is restored from a backup, the project imported",
        &[
            "a_chain_that_lost_what_was_seen_stops_the_next_console",
            "a_record_that_was_set_back_gets_its_end_again",
            "a_deleted_record_comes_back_from_the_console_that_saw_it",
        ],
    ),
];

/// What a row names that no run of the tests makes, since it measures or takes long: it is run by name. The others of its
/// row show the behaviour with every run.
const BY_NAME: [&str; 2] = [
    "an_event_of_one_console_is_on_anothers_screen_within_five_seconds",
    "a_hundred_thousand_refs_are_listed_and_looked_at",
];

/// Collects the tests that a macro of a sweep makes: `name: number,` below `sweeps! {`.
fn made_by_macro(dir: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(dir).expect("a folder of sources") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(path).expect("UTF-8");
        let lines = text.lines().skip_while(|line| *line != "sweeps! {").skip(1);
        for line in lines.take_while(|line| *line != "}") {
            let name = line.trim().split(':').next().unwrap_or_default();
            found.insert(name.to_owned());
        }
    }
}

#[test]
fn the_failure_table_has_every_row_and_names_only_tests_that_run() {
    let numbers: Vec<u8> = ROWS.iter().map(|(number, ..)| *number).collect();
    assert_eq!(numbers, (1..=20).collect::<Vec<u8>>());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut known = BTreeSet::new();
    functions(&root.join("tests/all"), &mut known);
    functions(&root.join("src"), &mut known);
    made_by_macro(&root.join("tests/all/sweep"), &mut known);
    let mut by_name = BTreeSet::new();
    each_test(&root.join("tests/all"), &mut |name, is_ignored| {
        if is_ignored {
            by_name.insert(name.to_owned());
        }
    });
    let mut missing = Vec::new();
    for (number, failure, by) in ROWS {
        let (marked, others): (Vec<&str>, Vec<&str>) =
            by.iter().copied().partition(|name| BY_NAME.contains(name));
        assert!(!others.is_empty(), "F{number} {failure}: nothing shows it");
        let unknown = others.iter().filter(|name| !known.contains(**name));
        missing.extend(unknown.map(|name| format!("F{number}: {name}")));
        let unmarked = marked.iter().filter(|name| !by_name.contains(**name));
        missing
            .extend(unmarked.map(|name| format!("F{number}: {name} is no test to be run by name")));
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
