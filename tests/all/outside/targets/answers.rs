//! What each forge says to each question that is asked of it, shortened to what is read.

/// A path below the API's own, in which `*` stands for one segment, and the answer.
pub(super) type Answer = (&'static str, &'static str);

/// GitLab's.
pub(super) const GITLAB: &[Answer] = &[
    ("user", r#"{"id":1,"username":"ana","name":"Ana"}"#),
    ("metadata", r#"{"version":"17.10.3-ee"}"#),
    (
        "projects/*",
        r#"{"id":42,"merge_method":"merge","squash_option":"default_off"}"#,
    ),
    (
        "projects/*/protected_environments/*",
        r#"{"approval_rules":[{"access_level_description":"Leads","required_approvals":1}],"required_approval_count":1,
"deploy_access_levels":[{"access_level":40,"access_level_description":"Maintainers"},{"group_id":9,"access_level":null,"access_level_description":"ops"}]}"#,
    ),
    (
        "projects/*/merge_requests",
        r#"[{"iid":7,"title":"Fix","description":"Why","state":"opened","draft":false,
"source_branch":"fix","target_branch":"main","sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","labels":["x"],"author":{"id":1,"username":"ana","name":"Ana"},
"reviewers":[{"id":2,"username":"lena","name":"Lena"}],"milestone":{"id":3,"title":"9.1"},"user_notes_count":1,"created_at":"2026-04-12T09:31:07Z",
"updated_at":"2026-04-12T09:31:07Z","detailed_merge_status":"not_approved","merge_status":"can_be_merged"}]"#,
    ),
    (
        "projects/*/merge_requests/*/approvals",
        r#"{"approved_by":[{"user":{"id":2,"username":"lena","name":"Lena"},"approved_at":"2026-04-12T09:31:07Z"}]}"#,
    ),
    (
        "projects/*/merge_requests/*/approval_state",
        r#"{"rules":[{"name":"tech-lead","approvals_required":1,"approved":true,"approved_by":[{"id":2,"username":"lena","name":"Lena"}]}]}"#,
    ),
    (
        "projects/*/merge_requests/*/versions",
        r#"[{"head_commit_sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","created_at":"2026-04-12T09:31:07Z"}]"#,
    ),
    (
        "projects/*/merge_requests/*/notes",
        r#"[{"id":5,"body":"Rejected.","author":{"id":2,"username":"lena","name":"Lena"},"created_at":"2026-04-12T09:31:07Z","system":false}]"#,
    ),
    (
        "projects/*/pipelines",
        r#"[{"id":9,"sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","ref":"fix","source":"merge_request_event"}]"#,
    ),
    (
        "projects/*/pipelines/*/jobs",
        r#"[{"id":7,"name":"lint","status":"success","stage":"test","allow_failure":false,
"created_at":"2026-04-12T09:31:07Z","started_at":"2026-04-12T09:31:07Z","finished_at":"2026-04-12T09:31:07Z"}]"#,
    ),
    (
        "projects/*/pipelines/*/bridges",
        r#"[{"name":"child","status":"running","allow_failure":true,"created_at":"2026-04-12T09:31:07Z"}]"#,
    ),
    (
        "projects/*/repository/commits/*/statuses",
        r#"[{"name":"scan","status":"failed","description":"Two findings","created_at":"2026-04-12T09:31:07Z"}]"#,
    ),
    (
        "projects/*/repository/commits/*/merge_requests",
        r#"[{"iid":8,"title":"Merged","state":"merged","source_branch":"fix","target_branch":"main","sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
"merge_commit_sha":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","merged_at":"2026-04-12T09:31:07Z","merge_user":{"id":1,"username":"ana","name":"Ana"},"author":{"id":1,"username":"ana","name":"Ana"},"created_at":"2026-04-12T09:31:07Z"}]"#,
    ),
    (
        "projects/*/repository/branches/*",
        r#"{"name":"main","commit":{"id":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","parent_ids":["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]}}"#,
    ),
    (
        "projects/*/deployments",
        r#"[{"id":11,"sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","status":"blocked","environment":{"name":"production"},"user":{"id":1,"username":"ana","name":"Ana"},
"created_at":"2026-04-12T09:31:07Z","updated_at":"2026-04-12T09:31:07Z","deployable":{"id":7,"name":"deploy.yml","status":"manual","stage":"deploy",
"pipeline":{"id":9,"sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}}]"#,
    ),
    (
        "projects/*/deployments/*",
        r#"{"approvals":[{"user":{"id":2,"username":"lena","name":"Lena"},"status":"approved","created_at":"2026-04-12T09:31:07Z","comment":"Seen"}],"pending_approval_count":1,
"approval_summary":{"rules":[{"access_level_description":"Leads","required_approvals":1,"deployment_approvals":
[{"user":{"id":2,"username":"lena","name":"Lena"},"status":"approved","created_at":"2026-04-12T09:31:07Z"}]}]}}"#,
    ),
    (
        "projects/*/jobs/*",
        r#"{"id":7,"name":"deploy.yml","status":"success","stage":"deploy","failure_reason":null,"finished_at":"2026-04-12T09:31:07Z"}"#,
    ),
    ("projects/*/jobs/*/trace", "\u{1b}[32mdeployed\u{1b}[0m"),
    (
        "projects/*/members/all/*",
        r#"{"id":1,"username":"ana","name":"Ana","access_level":30}"#,
    ),
    (
        "projects/*/freeze_periods",
        r#"[{"id":1,"freeze_start":"0 23 * * 5","freeze_end":"0 8 * * 1","cron_timezone":"UTC"}]"#,
    ),
];

/// GitHub's.
pub(super) const GITHUB: &[Answer] = &[
    ("user", r#"{"id":1,"login":"ana","name":"Ana"}"#),
    ("meta", r#"{"installed_version":"3.17.0"}"#),
    (
        "repos/*/*",
        r#"{"allow_merge_commit":true,"allow_squash_merge":false,"allow_rebase_merge":false,"delete_branch_on_merge":true,
"permissions":{"push":true,"admin":false}}"#,
    ),
    (
        "repos/*/*/pulls",
        r#"[{"number":7,"state":"open","title":"Fix","body":"Why","draft":false,"user":{"id":1,"login":"ana"},"labels":[{"name":"x"}],
"head":{"ref":"fix","sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","repo":{"full_name":"acme/shop"}},
"base":{"ref":"main","sha":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","repo":{"full_name":"acme/shop"}},"requested_reviewers":[{"id":2,"login":"lena"}],
"milestone":{"node_id":"M_3","title":"9.1"},"created_at":"2026-04-12T09:31:07Z","updated_at":"2026-04-12T09:31:07Z"}]"#,
    ),
    (
        "repos/*/*/pulls/*",
        r#"{"number":7,"state":"open","title":"Fix","body":"Why","draft":false,"user":{"id":1,"login":"ana"},"labels":[{"name":"x"}],
"head":{"ref":"fix","sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","repo":{"full_name":"acme/shop"}},
"base":{"ref":"main","sha":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","repo":{"full_name":"acme/shop"}},"requested_reviewers":[{"id":2,"login":"lena"}],
"milestone":{"node_id":"M_3","title":"9.1"},"created_at":"2026-04-12T09:31:07Z","updated_at":"2026-04-12T09:31:07Z","commits":1,
"mergeable":true,"mergeable_state":"clean"}"#,
    ),
    (
        "repos/*/*/pulls/*/reviews",
        r#"[{"user":{"id":2,"login":"lena"},"state":"APPROVED","commit_id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","submitted_at":"2026-04-12T09:31:07Z","body":"Good"}]"#,
    ),
    (
        "repos/*/*/commits/*/check-runs",
        r#"{"check_runs":[{"id":7,"name":"unit","status":"completed","conclusion":"success","started_at":"2026-04-12T09:31:07Z",
"completed_at":"2026-04-12T09:31:07Z","app":{"slug":"github-actions"}}]}"#,
    ),
    (
        "repos/*/*/commits/*/status",
        r#"{"statuses":[{"context":"scan","state":"failure","description":"Two findings","updated_at":"2026-04-12T09:31:07Z"}]}"#,
    ),
    (
        "repos/*/*/commits/*/pulls",
        r#"[{"number":8,"state":"closed","title":"Merged","user":{"id":1,"login":"ana"},
"head":{"ref":"fix","sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","repo":{"full_name":"acme/shop"}},
"base":{"ref":"main","sha":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","repo":{"full_name":"acme/shop"}},"created_at":"2026-04-12T09:31:07Z",
"updated_at":"2026-04-12T09:31:07Z","merged_at":"2026-04-12T09:31:07Z","merge_commit_sha":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}]"#,
    ),
    (
        "repos/*/*/rules/branches/*",
        r#"[{"type":"required_status_checks","parameters":{"required_status_checks":[{"context":"unit"}]}},
{"type":"pull_request","parameters":{"required_approving_review_count":1,"allowed_merge_methods":["merge"]}}]"#,
    ),
    (
        "repos/*/*/branches/*/protection",
        r#"{"required_status_checks":{"contexts":["unit"],"checks":[{"context":"unit"}]},
"required_pull_request_reviews":{"required_approving_review_count":1,"dismiss_stale_reviews":true}}"#,
    ),
    (
        "repos/*/*/branches/*",
        r#"{"name":"main","protected":true}"#,
    ),
    (
        "repos/*/*/environments",
        r#"{"environments":[{"name":"production","protection_rules":[{"type":"required_reviewers",
"prevent_self_review":true,"reviewers":[{"type":"User"}]}]}]}"#,
    ),
    (
        "repos/*/*/actions/runs",
        r#"{"workflow_runs":[{"id":9,"head_sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","path":".github/workflows/deploy.yml@main",
"event":"workflow_dispatch","status":"waiting","conclusion":null,"run_attempt":1,"created_at":"2026-04-12T09:31:07Z",
"updated_at":"2026-04-12T09:31:07Z","actor":{"id":1,"login":"ana"},"triggering_actor":{"id":1,"login":"ana"}}]}"#,
    ),
    (
        "repos/*/*/actions/runs/*/jobs",
        r#"{"jobs":[{"id":7,"name":"portal","run_id":9,"status":"queued","started_at":"2026-04-12T09:31:07Z","steps":[]}]}"#,
    ),
    (
        "repos/*/*/actions/runs/*/approvals",
        r#"[{"state":"approved","comment":"Seen","environments":[{"name":"production"}],"user":{"id":2,"login":"lena"}}]"#,
    ),
    (
        "repos/*/*/actions/runs/*/pending_deployments",
        r#"[{"environment":{"id":4,"name":"production"},"current_user_can_approve":true}]"#,
    ),
    (
        "repos/*/*/actions/jobs/*",
        r#"{"id":7,"name":"portal","run_id":9,"status":"completed","conclusion":"success","started_at":"2026-04-12T09:31:07Z",
"steps":[{"name":"Deploy","status":"completed","conclusion":"success"}]}"#,
    ),
    (
        "repos/*/*/actions/jobs/*/logs",
        "2026-04-12T09:31:07Z deployed",
    ),
    // Nobody is told to have pushed, so that what comes next nearest is asked for too.
    (
        "repos/*/*/activity",
        r#"[{"before":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","after":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
"ref":"refs/heads/fix","timestamp":"2026-04-12T09:30:07Z","activity_type":"force_push","actor":null}]"#,
    ),
    (
        "repos/*/*/issues/*/timeline",
        r#"[{"event":"head_ref_force_pushed","commit_id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","created_at":"2026-04-12T09:30:07Z","actor":null}]"#,
    ),
    (
        "repos/*/*/commits/*",
        r#"{"author":{"id":1,"login":"ana"},"committer":null,"commit":{"committer":{"date":"2026-04-12T09:30:00Z"}},"parents":[]}"#,
    ),
];

/// Gitea's.
pub(super) const GITEA: &[Answer] = &[
    ("version", r#"{"version":"1.26.0"}"#),
    ("settings/api", r#"{"max_response_items":50}"#),
    ("user", r#"{"id":1,"login":"ana","full_name":""}"#),
    (
        "repos/*/*",
        r#"{"allow_merge_commits":true,"allow_squash_merge":false,"allow_rebase":false,"default_merge_style":"merge",
"permissions":{"push":true,"admin":true}}"#,
    ),
    (
        "repos/*/*/pulls",
        r#"[{"number":7,"title":"Fix","body":"Why","state":"open","draft":false,"labels":[{"id":3,"name":"x"}],"user":{"id":1,"login":"ana","full_name":""},
"requested_reviewers":[{"id":2,"login":"lena","full_name":""}],"milestone":{"id":3,"title":"9.1"},
"head":{"label":"fix","ref":"fix","sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","repo_id":5},
"base":{"label":"main","ref":"main","sha":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","repo_id":5},"mergeable":true,"merged":false,
"created_at":"2026-04-12T09:31:07Z","updated_at":"2026-04-12T09:31:07Z","html_url":"https://code.example/acme/shop/pulls/7"}]"#,
    ),
    (
        "repos/*/*/pulls/*/reviews",
        r#"[{"user":{"id":2,"login":"lena","full_name":""},"state":"APPROVED","official":true,"stale":false,"dismissed":false,
"commit_id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","body":"Good","submitted_at":"2026-04-12T09:31:07Z"}]"#,
    ),
    (
        "repos/*/*/commits/*/statuses",
        r#"[{"id":6,"context":"unit","status":"success","description":"Good","target_url":"/acme/shop/actions/runs/9/jobs/0",
"updated_at":"2026-04-12T09:31:07Z"}]"#,
    ),
    (
        "repos/*/*/branches/*",
        r#"{"name":"main","commit":{"id":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","timestamp":"2026-04-12T09:31:07Z","author":{"name":"Ana","email":"ana@example.org"}},
"required_approvals":1,"enable_status_check":true,"status_check_contexts":["unit"],"user_can_merge":true}"#,
    ),
    (
        "repos/*/*/commits/*/pull",
        r#"{"number":8,"title":"Fix","body":"Why","state":"closed","draft":false,"labels":[{"id":3,"name":"x"}],"user":{"id":1,"login":"ana","full_name":""},
"requested_reviewers":[{"id":2,"login":"lena","full_name":""}],"milestone":{"id":3,"title":"9.1"},
"head":{"label":"fix","ref":"fix","sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","repo_id":5},
"base":{"label":"main","ref":"main","sha":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","repo_id":5},"mergeable":true,"merged":true,
"merged_at":"2026-04-12T09:31:07Z","merge_commit_sha":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","merged_by":{"id":1,"login":"ana","full_name":""},
"created_at":"2026-04-12T09:31:07Z","updated_at":"2026-04-12T09:31:07Z","html_url":"https://code.example/acme/shop/pulls/7"}"#,
    ),
    (
        "repos/*/*/actions/runs",
        r#"{"workflow_runs":[{"id":9,"status":"completed","conclusion":"success","head_sha":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","head_branch":"main",
"path":"deploy.yml@refs/heads/main","run_number":4,"html_url":"https://code.example/acme/shop/actions/runs/4",
"actor":{"id":1,"login":"ana","full_name":""},"started_at":"2026-04-12T09:31:07Z","completed_at":"2026-04-12T09:31:07Z"}]}"#,
    ),
    (
        "repos/*/*/actions/runs/*/jobs",
        r#"{"jobs":[{"id":7,"name":"portal","status":"completed","conclusion":"success","started_at":"2026-04-12T09:31:07Z",
"completed_at":"2026-04-12T09:31:07Z","run_id":9,"run_attempt":1}]}"#,
    ),
    (
        "repos/*/*/actions/jobs/*",
        r#"{"id":7,"name":"portal","status":"completed","conclusion":"success","run_id":9,"run_attempt":1}"#,
    ),
    (
        "repos/*/*/actions/jobs/*/logs",
        "2026-04-12T09:31:07Z deployed",
    ),
];
