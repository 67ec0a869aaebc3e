"""What the original VT Code's vtcode.toml has and this program does not use; data only.

Such keys are a warning, so that a file written for the original loads. Taken from its releases 0.42 to 0.147.
"""

from __future__ import annotations

ORIGINAL_TOP_LEVEL = frozenset(
    {
        "custom_providers",
        "default_primary_agent",
        "file_opener",
        "notify",
        "provider_overrides",
        "providers_whitelist",
    }
)
"""Keys outside any section. Sections that are not ours need no list: each is a warning."""

ORIGINAL_KEYS: dict[tuple[str, ...], frozenset[str]] = {
    ("agent",): frozenset(
        {
            "api_key_env",
            "checkpointing",
            "circuit_breaker",
            "credential_storage_mode",
            "custom_api_keys",
            "custom_prompts",
            "custom_slash_commands",
            "enable_self_review",
            "enable_split_tool_results",
            "harness",
            "idle_turn_limit",
            "include_structured_reasoning_tags",
            "include_temporal_context",
            "include_working_directory",
            "instruction_excludes",
            "instruction_files",
            "instruction_import_max_depth",
            "instruction_max_bytes",
            "max_review_passes",
            "max_system_prompt_tokens",
            "max_task_retries",
            "onboarding",
            "open_responses",
            "persistent_memory",
            "project_doc_fallback_filenames",
            "project_doc_max_bytes",
            "prompt_suggestions",
            "refine_prompts_enabled",
            "refine_prompts_max_passes",
            "refine_prompts_model",
            "refine_temperature",
            "require_plan_confirmation",
            "shell_prompt_profile",
            "small_model",
            "system_prompt_budget_warning",
            "temporal_context_use_utc",
            "theme",
            "todo_planning_mode",
            "tool_documentation_mode",
            "trim_system_prompt",
            "ui_surface",
            "user_instructions",
            "verbosity",
            "vibe_coding",
        }
    ),
    ("tools",): frozenset(
        {
            "client_tool_search",
            "editor",
            "loop_thresholds",
            "max_consecutive_blocked_tool_calls_per_turn",
            "max_repeated_tool_calls",
            "max_sequential_spool_chunk_reads",
            "max_tool_rate_per_second",
            "plugins",
            "profile",
            "web_fetch",
            "web_search",
        }
    ),
    ("tools", "policies"): frozenset(
        {
            "agent",
            "analyze_agent",
            "apply_patch",
            "close_pty_session",
            "code_search",
            "copy_file",
            "create_file",
            "create_pty_session",
            "cron",
            "debug_agent",
            "defuddle_fetch",
            "delete_file",
            "exec_command",
            "exec_pty_cmd",
            "execute_code",
            "get_errors",
            "grep",
            "list_pty_sessions",
            "list_skills",
            "load_skill",
            "load_skill_resource",
            "mcp",
            "memory",
            "move_file",
            "read_pty_session",
            "request_user_input",
            "resize_pty_session",
            "run_terminal_cmd",
            "save_skill",
            "search_replace",
            "search_skills",
            "search_tools",
            "send_pty_input",
            "spawn_subagent",
            "start_planning",
            "task_tracker",
            "unified_exec",
            "unified_file",
            "unified_search",
            "web_fetch",
            "web_search",
            "write_stdin",
        }
    ),
    ("commands",): frozenset({"approval_prefixes", "extra_path_entries"}),
    ("context",): frozenset(
        {
            "curation",
            "dynamic",
            "ledger",
            "preserve_recent_turns",
            "semantic_compression",
            "token_budget",
            "trim_to_percent",
        }
    ),
    ("pty",): frozenset(
        {
            "enabled",
            "large_output_threshold_kb",
            "max_scrollback_bytes",
            "max_sessions",
            "scrollback_lines",
            "shell_zsh_fork",
            "stdout_tail_lines",
            "zsh_path",
        }
    ),
    ("sandbox",): frozenset({"enabled", "resource_limits", "seccomp", "sensitive_paths"}),
    ("sandbox", "network"): frozenset({"allowlist", "block_all"}),
    ("timeouts",): frozenset(
        {
            "adaptive_decay_ratio",
            "adaptive_min_floor_ms",
            "adaptive_success_streak",
            "default_ceiling_seconds",
            "long_running_command_ceiling_seconds",
            "mcp_ceiling_seconds",
            "pty_ceiling_seconds",
            "streaming_ceiling_seconds",
            "warning_threshold_percent",
        }
    ),
    ("ui",): frozenset(
        {
            "allow_tool_ansi",
            "bold_is_bright",
            "color_scheme_mode",
            "dim_completed_todos",
            "display_mode",
            "fullscreen",
            "hide_header",
            "inline_viewport_rows",
            "keyboard_protocol",
            "message_block_spacing",
            "minimum_contrast",
            "reasoning_visible_default",
            "reduce_motion_keep_progress_animation",
            "safe_colors_only",
            "screen_reader_mode",
            "show_diagnostics_in_transcript",
            "show_sidebar",
            "show_task_panel",
            "show_turn_timer",
            "status_line",
            "thinking_display",
            "tool_display_mode",
            "tool_output_max_lines",
            "tool_output_mode",
            "tool_output_spool_bytes",
            "tool_output_spool_dir",
        }
    ),
    ("ui", "notifications"): frozenset(
        {
            "backend",
            "command_failure",
            "completion_failure",
            "completion_success",
            "max_identical_in_window",
            "policy_approval",
            "repeat_window_seconds",
            "request",
            "tool_failure",
            "tool_success",
        }
    ),
    ("automation",): frozenset({"loop_engine", "scheduled_tasks"}),
    ("automation", "full_auto"): frozenset(
        {"max_turns", "profile_path", "require_profile_ack", "verify_mutations"}
    ),
    ("providers", "<name>"): frozenset({"models"}),
    ("security",): frozenset(
        {
            "auto_apply_detected_patches",
            "encrypt_payloads",
            "gatekeeper",
            "hitl_notification_bell",
            "human_in_the_loop",
            "integrity_checks",
            "require_write_tool_for_claims",
            "zero_trust_mode",
        }
    ),
}
"""By section of ours: the keys and sub-tables in it that we do not use."""

USE_INSTEAD: dict[tuple[str, ...], str] = {
    ("agent", "api_key_env"): "providers.<name>.api_key_env",
    ("agent", "theme"): "ui.theme",
    ("commands", "approval_prefixes"): "commands.allow_list",
    ("timeouts", "pty_ceiling_seconds"): "pty.command_timeout_seconds",
    ("timeouts", "streaming_ceiling_seconds"): "timeouts.silence_seconds",
}
"""Where the same wish has another key here."""
