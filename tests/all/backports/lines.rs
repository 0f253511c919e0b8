//! The list of flows.md 5.15, line by line, with what shows each.

use By::Reason;
use By::Scenario;
use By::Test;

/// What shows that a line holds.
pub(super) enum By {
    /// A test of this name, anywhere in the project.
    Test(&'static str),
    /// A scenario of the engine, `tests/scenarios/NAME.txt`.
    Scenario(&'static str),
    /// Why there is none here.
    Reason(&'static str),
}

/// How many boxes the list has.
pub(super) const BOXES: usize = 67;

/// Each line of the list.
pub(super) const LINES: &[(&str, &[By])] = &[
    // Commits.
    (
        "one-commit PR, each merge method",
        &[
            Test("a_fix_is_picked_with_the_same_result_whichever_way_it_was_merged"),
            Test(
                "of_a_hotfix_the_merge_or_the_squash_is_one_pick_and_its_commits_are_known_one_by_one",
            ),
            Test("of_a_hotfix_that_was_fast_forwarded_its_commits_are_picked"),
        ],
    ),
    (
        "7-commit PR merge/squash/rebase",
        &[Test(
            "a_fix_is_picked_with_the_same_result_whichever_way_it_was_merged",
        )],
    ),
    (
        "PR with base merged inside",
        &[Test(
            "a_merge_of_the_base_inside_the_fix_is_left_out_when_it_changes_nothing_of_its_own",
        )],
    ),
    (
        "evil merge inside",
        &[Test(
            "a_merge_inside_the_fix_that_solved_a_conflict_is_never_left_out",
        )],
    ),
    (
        "octopus",
        &[
            Test("an_octopus_is_refused_whole_and_picked_commit_by_commit"),
            Test("a_range_over_a_clean_octopus_is_its_commits"),
            Test("what_was_made_in_an_octopus_is_not_left_out"),
        ],
    ),
    (
        "PR merged then amended by revert",
        &[Test(
            "a_revert_and_the_revert_of_it_are_picked_like_any_commit",
        )],
    ),
    (
        "revert of a revert",
        &[Test(
            "a_revert_and_the_revert_of_it_are_picked_like_any_commit",
        )],
    ),
    (
        "rename on BUILD of file changed on RUN",
        &[Test(
            "a_file_that_was_renamed_on_build_gets_the_fix_under_its_new_name",
        )],
    ),
    (
        "delete/modify both ways",
        &[Test(
            "a_file_deleted_on_one_side_and_changed_on_the_other_is_a_conflict_without_markers",
        )],
    ),
    (
        "binary",
        &[Test(
            "a_binary_file_changed_on_both_sides_keeps_the_targets_and_waits_for_a_person",
        )],
    ),
    (
        "submodule pointer",
        &[Test(
            "a_submodule_that_both_sides_moved_is_a_conflict_and_one_side_alone_is_clean",
        )],
    ),
    (
        "mode-only/exec bit",
        &[Test("a_change_of_the_executable_bit_alone_is_picked")],
    ),
    (
        "symlink↔file",
        &[Test(
            "a_file_that_became_a_symbolic_link_is_picked_where_nobody_touched_it_and_else_conflicts",
        )],
    ),
    (
        "CRLF vs LF",
        &[Test("line_ends_are_content_and_are_never_converted")],
    ),
    (
        "whitespace-only",
        &[Test(
            "a_change_of_white_space_alone_is_picked_like_any_other",
        )],
    ),
    (
        "case-only rename",
        &[Test(
            "a_rename_that_changes_the_case_of_letters_only_is_picked",
        )],
    ),
    (
        "huge file/LFS pointer",
        &[Test(
            "a_pointer_to_a_large_file_and_a_large_file_itself_are_picked_by_their_ids",
        )],
    ),
    (
        "empty PR",
        &[
            Test("a_commit_that_changes_nothing_leaves_nothing_to_build_and_is_nowhere_present"),
            Test("commits_that_change_nothing_are_no_fix"),
        ],
    ),
    (
        "workflow-file change (token lacks right)",
        &[Test(
            "a_push_that_the_remote_refuses_for_one_target_is_quoted_and_the_others_go_on",
        )],
    ),
    // Conflict.
    (
        "first commit, middle, last",
        &[
            Test("a_conflict_in_the_first_the_middle_or_the_last_commit_keeps_the_others"),
            Test("under_the_policy_fail_nothing_is_built_whichever_commit_conflicts"),
        ],
    ),
    (
        "later commit depends on conflicted one",
        &[
            Test("a_later_pick_onto_an_open_conflict_waits_and_an_independent_one_goes_on"),
            Test(
                "what_is_left_out_behind_a_conflict_is_told_in_the_plan_the_result_and_the_request",
            ),
        ],
    ),
    (
        "two files with only one marker (X10)",
        &[Test(
            "a_conflicting_pick_becomes_a_draft_that_lists_every_path_and_kind",
        )],
    ),
    (
        "markers already present in file on both sides (docs about git)",
        &[
            Test("markers_that_are_content_on_a_side_are_told_from_those_of_the_conflict"),
            Test(
                "markers_left_in_any_touched_file_keep_the_gate_shut_unless_the_team_says_they_are_content",
            ),
        ],
    ),
    (
        "rerere auto-resolved wrongly is flagged",
        &[Reason(
            "the engine never uses rerere: what it builds holds the conflict; a resolution used again is offered by `resolve` and confirmed there",
        )],
    ),
    (
        "conflict under forge rules only",
        &[Test(
            "a_merge_driver_of_the_clone_changes_no_pick_even_if_it_is_missing_or_crashes",
        )],
    ),
    (
        "conflict under driver only",
        &[Test(
            "a_driver_that_conflicts_where_the_forge_does_not_is_told_when_it_is_run",
        )],
    ),
    (
        "merge driver crashes/times out/missing binary",
        &[
            Test("a_merge_driver_of_the_clone_changes_no_pick_even_if_it_is_missing_or_crashes"),
            Test("a_driver_that_cannot_be_started_breaks_down_or_never_ends_is_no_answer"),
        ],
    ),
    // Already there.
    (
        "merge `-m 1` pick earlier (patch-id fails, tree test works)",
        &[Test(
            "a_merge_picked_whole_earlier_is_found_by_its_tree_and_not_picked_again",
        )],
    ),
    (
        "manually re-applied",
        &[Test(
            "a_fix_applied_again_by_hand_is_present_without_any_trailer",
        )],
    ),
    (
        "partial",
        &[Test(
            "half_of_a_fix_is_changed_and_the_other_half_is_still_picked",
        )],
    ),
    (
        "reverted later on target (ABSENT although trailer exists!)",
        &[
            Test("a_fix_reverted_on_the_target_is_absent_although_its_trailer_is_there"),
            Test(
                "merged_is_not_enough_what_is_not_there_any_more_is_told_and_built_again_when_asked",
            ),
        ],
    ),
    (
        "fix refined on BUILD (CHANGED)",
        &[Test(
            "a_fix_that_was_refined_on_build_is_changed_and_a_person_looks",
        )],
    ),
    // Idempotency.
    (
        "second run no writes",
        &[Test("a_second_run_writes_nothing_whatever_the_policy")],
    ),
    (
        "kill between push and PR",
        &[
            Test("a_deployment_and_the_backport_that_follows_survive"),
            Test("a_conflict_on_two_branches_survives_the_death_of_the_run_that_builds_it"),
        ],
    ),
    (
        "kill between PR and label",
        &[
            Test("a_deployment_and_the_backport_that_follows_survive"),
            Test("an_open_request_is_adopted_and_gets_what_it_lacks"),
        ],
    ),
    (
        "open/merged/closed PR",
        &[
            Test("a_request_that_is_open_is_kept_merged_is_verified_and_closed_is_asked_about"),
            Scenario("retrofit-11-closed"),
        ],
    ),
    (
        "name taken by stranger",
        &[
            Test("a_name_that_a_stranger_took_is_not_used"),
            Test("a_name_that_a_branch_stands_in_the_way_of_is_refused_with_that_branch"),
            Scenario("backport-04-name-taken"),
        ],
    ),
    (
        "human pushed",
        &[
            Test("what_a_person_pushed_is_theirs_from_then_on"),
            Test("a_commit_amended_by_a_person_is_kept_even_if_the_run_that_built_it_died"),
            Scenario("retrofit-04-taken-over"),
        ],
    ),
    (
        "force-pushed target",
        &[
            Test("a_target_that_was_replaced_is_not_built_on_and_what_was_built_stays"),
            Scenario("retrofit-13-target-moved"),
        ],
    ),
    (
        "branch auto-deleted after merge",
        &[Test(
            "a_request_that_is_open_is_kept_merged_is_verified_and_closed_is_asked_about",
        )],
    ),
    (
        "two operators in parallel",
        &[
            Test("two_operators_at_the_same_time_build_one_branch_and_open_one_request"),
            Test("of_two_pushes_from_the_same_view_one_is_told_that_it_is_stale"),
        ],
    ),
    // Multi-target.
    (
        "1 fails of 3",
        &[Test(
            "a_push_that_the_remote_refuses_for_one_target_is_quoted_and_the_others_go_on",
        )],
    ),
    (
        "conflict in the 2nd",
        &[
            Test("a_conflict_in_one_of_three_targets_holds_up_neither_of_the_others"),
            Scenario("sync-02-independent"),
        ],
    ),
    (
        "target does not exist/protected/renamed/archived",
        &[
            Test("a_target_that_is_not_there_or_was_renamed_is_told_before_anything_is_built"),
            Test("a_push_that_the_remote_refuses_for_one_target_is_quoted_and_the_others_go_on"),
        ],
    ),
    (
        "target == source",
        &[Test(
            "a_target_that_is_where_the_fix_came_from_has_it_already",
        )],
    ),
    (
        "target contains slash/non-ASCII",
        &[
            Test(
                "names_of_targets_with_slashes_or_other_letters_make_branches_that_cannot_collide",
            ),
            Test("a_name_that_would_be_too_long_is_refused_with_where_to_change_it"),
        ],
    ),
    (
        "pattern B",
        &[
            Test(
                "a_lane_is_retrofitted_into_several_lanes_by_branches_and_merge_commits_of_their_own",
            ),
            Scenario("sync-01-all-targets"),
        ],
    ),
    // Forge.
    (
        "401/403/404/422/429/5xx/secondary rate",
        &[
            Test("no_fault_makes_a_write_happen_twice_or_a_false_success"),
            Test("a_used_up_limit_is_kept_and_shown_until_it_is_over"),
            Test("a_read_is_repeated_after_a_passing_failure_and_not_after_a_no"),
        ],
    ),
    (
        "pagination >100",
        &[
            Test("pages_are_read_to_the_end_and_only_on_our_origin"),
            Test("a_list_of_many_pages_finds_by_branch_by_hotfix_and_leaves_forks_out"),
        ],
    ),
    (
        "draft unsupported → `Draft:` title",
        &[Scenario("backport-03-no-drafts")],
    ),
    (
        "labels missing → create or warn",
        &[
            Test("an_open_request_is_adopted_and_gets_what_it_lacks"),
            Test("a_label_that_cannot_be_made_refuses_before_anything_is_opened"),
        ],
    ),
    (
        "no pipeline",
        &[
            Test("a_required_check_without_a_command_is_missing_and_says_why"),
            Scenario("run-03-check-missing"),
        ],
    ),
    (
        "only-squash repository",
        &[
            Scenario("sync-04-squash-only"),
            Scenario("promote-08-squash-only"),
            Scenario("run-21-method"),
        ],
    ),
    (
        "auto-delete head with long-lived head",
        &[
            Test("a_deleted_source_branch_is_made_again"),
            Test("the_merge_is_squashed_as_ordered_and_the_branch_survives"),
        ],
    ),
    (
        "fork PR",
        &[Test(
            "the_hotfix_is_found_by_its_marker_and_forks_are_not_seen",
        )],
    ),
    (
        "body > limit (Azure 4000)",
        &[
            Test("a_body_that_is_longer_than_the_forge_takes_is_cut_and_says_so"),
            Test("conflicted_paths_are_listed_as_far_as_anybody_reads_and_the_rest_is_counted"),
        ],
    ),
    (
        "clock skew",
        &[Reason(
            "nothing that is decided is ordered by a clock: the record and the local forge are chains, and a plan's expiry is asked of the same clock that made it; `lanes --fixes N` takes the newest N of several RUN lanes by the committers' clocks, so that a wrong one moves a fix in or out of the list",
        )],
    ),
    (
        "self-hosted URL/sub-path",
        &[
            Test("segments_are_encoded_and_a_sub_path_is_kept"),
            Test("another_api_is_found_beside_the_base"),
        ],
    ),
    (
        "MR refs gone after 14 days",
        &[
            Test("a_branch_deleted_after_more_was_merged_from_it_is_the_fix_as_merged"),
            Reason(
                "no ref of a forge is ever needed: commits are on record and fetched through branches",
            ),
        ],
    ),
    // Production path.
    (
        "approved but not started",
        &[Scenario("deploy-03-approved")],
    ),
    (
        "approval by triggerer refused",
        &[Scenario("deploy-13-creator-takes-no-seat")],
    ),
    (
        "same person in two groups",
        &[
            Scenario("seat-02-one-person-one-seat"),
            Test("one_person_fills_one_seat"),
        ],
    ),
    ("approval expired", &[Scenario("run-08-stale-approval")]),
    (
        "one app of three failed",
        &[Scenario("deploy-05-one-app-failed")],
    ),
    (
        "deploy cancelled but status success",
        &[Scenario("deploy-08-cancelled-job")],
    ),
    (
        "rider PRs in preprod",
        &[
            Scenario("promote-03-riders"),
            Test("two_hotfixes_in_one_promotion_see_each_other_and_both_see_it_done"),
        ],
    ),
    (
        "running deploy + second merge",
        &[Scenario("promote-09-deployment-running")],
    ),
];
