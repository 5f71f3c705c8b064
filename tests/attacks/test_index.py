"""The index of attacks: what somebody may try, and the tests in which it fails."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).parents[1]
ATTACKS: Final[dict[str, tuple[str, ...]]] = {
    # A pull request runs no code.
    "modules in the work tree are imported by the action or the template": (
        "automation/test_automation.py::test_a_pull_request_runs_no_code",
        "automation/test_automation.py::test_the_scripts_that_publish_run_no_code_of_the_tree",
        "automation/test_automation.py::test_every_python_that_is_started_is_isolated",
    ),
    "a committed bare repository names a program that git runs": (
        "project/test_untrusted_repository.py::test_a_committed_bare_repository_is_a_folder_like_any_other",
    ),
    "the git settings of an archive name programs": (
        "project/test_untrusted_repository.py::test_an_archive_with_a_repository_runs_nothing",
        "project/test_untrusted_repository.py::test_nothing_is_fetched_unless_the_environment_allows_it",
    ),
    "arguments of the action are commands of a shell": (
        "automation/test_automation.py::test_no_expression_is_inside_of_a_script",
        "automation/test_automation.py::test_arguments_are_words_and_nothing_else",
    ),
    "git, a verifier or a credential helper is committed, and a folder of the tree is on"
    " the `PATH`": (
        "test_program_path.py::test_a_committed_git_is_not_run",
        "test_program_path.py::test_a_committed_verifier_is_not_run",
        "test_program_path.py::test_a_committed_credential_helper_is_not_run",
    ),
    "what a run keeps is committed, damaged, or written by somebody else": (
        "test_cache_storage.py::test_a_checkout_can_have_no_cache_of_its_own",
        "test_cache_storage.py::test_a_file_that_others_may_have_written_is_ignored",
        "test_cache_storage.py::test_a_file_of_another_user_is_ignored",
        "test_cache_storage.py::test_a_record_of_another_shape_is_read_anew",
    ),
    "a file changes, but neither its size nor its time": (
        "project/test_reading_cache.py::test_same_size_and_time_do_not_hide_a_change",
    ),
    "a value of the environment stays on the disk": (
        "project/test_reading_cache.py::test_the_environment_is_never_remembered",
    ),
    # A pull request cannot decide what a scanner finds, or where it sends what.
    "a scanner is committed": (
        "scanning/test_scan_runs.py::test_a_scanner_in_the_checkout_is_not_run",
    ),
    "a configuration of a scanner hides findings, or names a server": (
        "scanning/test_real_scanners.py::test_the_environment_and_files_of_a_project_change_nothing",
        "scanning/test_project_scanner.py::test_only_the_ignore_rules_of_a_configuration_count",
        "scanning/test_project_scanner.py::test_a_clair_server_is_not_chosen_by_settings_and_needs_a_canary",
    ),
    "aliases make a small configuration of a scanner mean any amount": (
        "scanning/test_project_scanner.py::test_a_small_configuration_cannot_mean_any_amount",
    ),
    "a commit or a report is of a time that no calendar has": (
        "commands/test_history.py::test_a_commit_of_a_year_beyond_any_calendar_is_one_of_the_far_future",
        "scanning/test_reports.py::test_a_time_beyond_the_calendar_is_none",
    ),
    "templates of charts take all the time there is": (
        "sources/test_helm_templates.py::test_a_walk_through_an_unknown_tree_costs_little",
        "sources/test_helm_templates.py::test_all_charts_together_cause_no_more_than_so_much_work",
    ),
    "an ignore file or a VEX document is outside": (
        "scanning/test_project_scanner.py::test_a_vex_document_is_a_file_of_the_project",
        "scanning/test_project_scanner.py::test_a_link_out_of_the_project_is_not_read",
    ),
    "a scanner gets logins for other registries": (
        "scanning/test_runner.py::test_the_program_gets_one_login_and_no_other",
    ),
    "an image makes a scanner hang, or print without end": (
        "scanning/test_runner.py::test_a_scanner_that_hangs_is_killed_with_what_it_started",
        "scanning/test_runner.py::test_what_is_no_report_is_never_clean",
    ),
    # A pull request reads and writes nothing outside.
    "a match rule shows a secret behind a link": (
        "project/test_boundary.py::test_a_secret_behind_a_link_is_not_shown",
    ),
    "a file of variables is a link to secrets": (
        "project/test_boundary.py::test_variables_come_from_no_file_outside",
        "project/test_boundary.py::test_a_file_of_values_that_leads_out_is_named",
    ),
    "an include goes through a linked folder": (
        "project/test_boundary.py::test_an_include_behind_a_folder_that_is_a_link_is_not_read",
    ),
    "pin writes through a link": (
        "project/test_boundary.py::test_nothing_is_pinned_outside",
    ),
    "the lockfile is a link out": (
        "project/test_boundary.py::test_a_lockfile_that_leads_out_is_neither_read_nor_written",
    ),
    "settings are a link out": (
        "project/test_boundary.py::test_settings_that_lead_out_are_refused_unless_they_are_named",
        "project/test_boundary.py::test_settings_of_a_folder_that_lead_out_of_it_make_no_project",
    ),
    "ignore patterns are a link out": (
        "project/test_boundary.py::test_ignore_patterns_outside_are_not_read",
    ),
    "sightings are a link out": (
        "project/test_boundary.py::test_sightings_outside_are_neither_read_nor_written",
    ),
    "a report, an export or new settings are written through a link": (
        "project/test_boundary.py::test_no_command_reads_or_writes_behind_a_committed_link",
    ),
    "a file has the name of a revision": (
        "attacks/test_hostile_projects.py::test_a_file_that_is_named_like_a_revision_is_not_compared_in_its_place",
    ),
    "a file is a device or a pipe": (
        "project/test_boundary.py::test_a_device_or_a_pipe_is_not_read",
        "cli/test_bad_input.py::test_a_bad_file_is_a_finding_and_the_others_are_handled",
    ),
    "links lead to nothing or in circles": (
        "project/test_boundary.py::test_a_link_to_nothing_and_a_circle_of_links_are_notes",
    ),
    "a message shows the value of a secret variable": (
        "report/test_secret_values.py::test_no_message_has_the_value_of_a_variable",
        "report/test_secret_values.py::test_a_dockerfile_gets_the_value_from_compose",
        "report/test_secret_values.py::test_names_of_files_do_not_show_it",
    ),
    "settings of other programs in the tree name a registry": (
        "attacks/test_hostile_projects.py::test_settings_of_other_programs_in_the_tree_are_not_read",
        "cli/test_mirror_settings.py::test_files_of_others_are_read_only_when_asked_for",
    ),
    # The page of the demo obeys who started it.
    "a page of others, or another user, acts on the demo": (
        "demo/test_web_demo.py::test_nothing_else_is_served",
        "demo/test_web_demo.py::test_the_page_and_its_files_are_served_and_nothing_is_kept",
    ),
    "a client keeps all connections to the demo": (
        "demo/test_web_demo.py::test_connections_are_counted",
    ),
    # Nothing is dropped in silence.
    "a folder may not be read": (
        "project/test_unreadable_folders.py::test_a_folder_that_may_not_be_read_keeps_its_entries",
        "project/test_unreadable_folders.py::test_values_that_may_not_be_read_have_no_default",
        "cli/test_bad_input.py::test_while_a_file_is_unreadable_no_entry_is_dropped",
    ),
    "a temporary file of a killed run is read as a Dockerfile": (
        "project/test_atomic_write.py::test_no_source_reads_a_temporary_file",
        "project/test_atomic_write.py::test_only_abandoned_temporary_files_are_deleted",
    ),
    "a written digest holds an image and nobody notices": (
        "cli/test_commands.py::test_update_says_which_digest_in_a_file_holds_an_image",
    ),
    "a run is killed at any step": (
        "cli/test_kills.py::test_a_killed_run_leaves_whole_files_and_the_next_ends_its_work",
        "commands/test_pin.py::test_unpin_ends_what_a_killed_unpin_began",
    ),
    "two runs at once undo each other": (
        "cli/test_concurrent_runs.py::test_two_runs_at_once_undo_nothing",
        "cli/test_concurrent_runs.py::test_a_file_that_changes_meanwhile_is_not_overwritten",
        "attacks/test_hostile_projects.py::test_eight_runs_at_once_write_the_right_lockfile",
    ),
    "the disk is full, or a stream is closed": (
        "cli/test_bad_input.py::test_a_full_disk_leaves_the_old_lockfile",
        "cli/test_streams_and_paths.py::test_a_full_disk_behind_stdout_is_an_error_of_one_line",
        "cli/test_streams_and_paths.py::test_a_closed_stream_changes_nothing_else",
        "cli/test_streams_and_paths.py::test_a_reader_who_has_seen_enough",
    ),
    "the folder may not be written": (
        "cli/test_bad_input.py::test_a_folder_that_cannot_be_written",
    ),
    "there is no home, and the user is unknown": (
        "cli/test_bad_input.py::test_no_home_is_no_error",
    ),
    "Ctrl-C comes while modules are imported": (
        "cli/test_signals.py::test_a_signal_during_an_import",
        "cli/test_signals.py::test_a_signal_at_a_random_moment",
    ),
    # No file costs more than its size.
    "a pattern of gitignore explodes": (
        "project/test_gitignore.py::test_many_stars_end",
        "project/test_gitignore.py::test_settings_and_a_gitignore_may_have_many_stars",
    ),
    "a chain of variables in a Dockerfile is quadratic": (
        "sources/test_dockerfile_words.py::test_a_chain_of_variables_is_no_more_work_a_link",
        "sources/test_dockerfile_words.py::test_variables_that_double_each_other_are_given_up",
    ),
    "values of variables multiply": (
        "syntax/test_interpolation.py::test_variables_cannot_multiply_without_end",
        "syntax/test_dotenv.py::test_values_cannot_multiply_without_end",
        "syntax/test_hcl.py::test_names_that_double_each_time_cost_nothing",
    ),
    "aliases and merges of YAML multiply": (
        "syntax/test_yaml_tree.py::test_multiplying_aliases_are_cheap",
        "syntax/test_yaml_tree.py::test_multiplying_merges_are_refused",
        "sources/test_kubernetes.py::test_rules_over_aliases_that_multiply_end",
    ),
    "a document is nested too deeply": (
        "syntax/test_json_tree.py::test_deep_nesting_is_broken",
        "sources/test_dockerfile_words.py::test_deep_nests_are_given_up",
        "syntax/test_code_groups.py::test_no_text_is_read_again_for_each_of_its_quotes",
    ),
    "files refer to each other in circles": (
        "attacks/test_hostile_projects.py::test_files_that_refer_to_each_other_end",
        "sources/test_hcl_sources.py::test_targets_may_inherit_in_circles",
        "project/test_related_files.py::test_uses_in_a_circle_end",
    ),
    # No answer ends the run.
    "a server sends a byte or a header line a second": (
        "attacks/test_hanging_hosts.py::test_ten_seconds_are_ten_seconds",
        "cli/test_timeouts.py::test_a_server_that_never_ends_its_answer_does_not_outlast_the_run",
    ),
    "interim answers never end": (
        "cli/test_timeouts.py::test_interim_answers_without_end_are_no_answer",
    ),
    "a host accepts connections and hangs": (
        "attacks/test_hanging_hosts.py::test_twenty_hanging_images_before_forty_good_ones",
        "cli/test_timeouts.py::test_a_host_that_hangs_does_not_keep_the_others_waiting",
        "registry/test_retry.py::test_a_host_that_is_silent_in_all_tries_is_not_asked_for_every_image",
    ),
    "a host never answers, and the run is ended": (
        "attacks/test_silent_hosts.py::test_a_host_that_never_answered_is_asked_once",
        "attacks/test_silent_hosts.py::test_an_interruption_keeps_what_was_locked",
        "attacks/test_silent_hosts.py::test_a_run_that_is_killed_keeps_what_was_locked",
    ),
    "a host refuses connections": (
        "cli/test_timeouts.py::test_a_dead_host_does_not_keep_the_others_from_being_locked",
    ),
    "every tenth answer fails": (
        "cli/test_timeouts.py::test_one_failure_in_ten_requests_does_not_keep_300_images_from_being_locked",
    ),
    "a header has a value that nobody foresaw": (
        "registry/test_hostile_answers.py::test_no_header_ends_the_run",
        "registry/test_hostile_answers.py::test_a_date_is_a_number_or_none",
    ),
    "a document of a registry has the wrong types": (
        "registry/test_hostile_answers.py::test_no_document_ends_the_run",
        "registry/test_hostile_answers.py::test_an_error_that_nobody_foresaw_is_that_of_one_image",
    ),
    "an answer is endless, or compressed": (
        "registry/test_transport.py::test_an_answer_without_end_is_cut_at_four_mebibytes",
        "registry/test_transport.py::test_a_compressed_answer_is_refused",
    ),
    "the bytes do not have the digest that the header says": (
        "registry/test_digest.py::test_a_header_that_contradicts_the_bytes_is_refused",
        "registry/test_digest.py::test_other_content_under_the_digest_is_not_served",
        "registry/test_mirrors.py::test_a_mirror_that_sends_other_bytes_is_not_believed",
    ),
    "an answer can be read in two ways": (
        "registry/test_manifest.py::test_json_with_two_readings_is_refused",
        "registry/test_manifest.py::test_what_is_ambiguous_or_broken_is_refused",
    ),
    # Credentials reach only the host that asked for them.
    "a redirect takes credentials to another host": (
        "cli/test_fault_matrix.py::test_a_redirect_takes_no_password_to_another_host",
        "registry/test_transport.py::test_a_redirect_takes_no_credentials_along",
    ),
    "a realm names the token server of somebody else": (
        "registry/test_auth.py::test_a_realm_that_no_registry_may_name_gets_no_request",
        "registry/test_auth.py::test_another_registry_cannot_ask_for_them",
    ),
    "a list of tags goes on at another host": (
        "registry/test_tags.py::test_a_link_to_another_server_is_not_followed",
    ),
    "a mirror gets the credentials of its registry": (
        "registry/test_mirrors.py::test_a_mirror_gets_its_own_credentials_and_never_the_registrys",
        "registry/test_containers_mirrors.py::test_credentials_of_the_registry_never_go_to_a_mirror",
    ),
    "a cookie follows the run": (
        "registry/test_transport.py::test_cookies_are_not_sent_back",
    ),
    "an answer comes behind another": (
        "registry/test_connections.py::test_an_answer_that_nobody_asked_for_is_never_one",
        "registry/test_connections.py::test_what_is_no_answer",
    ),
    "a proxy reads what is for the registry": (
        "registry/test_connections.py::test_a_proxy_is_asked_for_a_tunnel",
    ),
    "a public registry leads into the network of the machine": (
        "registry/test_transport.py::test_a_public_registry_leads_nowhere_near",
    ),
    "output shows a stored password": (
        "cli/test_stored_credentials.py::test_a_secret_is_in_no_output_and_in_no_file",
    ),
    "an image states a base whose name leads into the own network": (
        "attacks/test_stated_bases.py::test_a_public_name_with_an_inner_address_is_not_asked",
        "commands/test_bases.py::test_each_base_is_asked_for_once",
    ),
    # Text of others is text.
    "names of files are commands of a terminal, a forge or a browser": (
        "attacks/test_hostile_projects.py::test_names_of_files_are_text_in_every_format",
        "automation/test_automation.py::test_names_of_files_are_no_commands_of_the_workflow",
    ),
    "annotations of an image are links and markup": (
        "report/test_escapes.py::test_escaped_text_has_no_element_but_code",
        "report/test_compare_links.py::test_whatever_is_written_the_page_is_a_safe_address",
    ),
    "text of others breaks a report": (
        "report/test_escapes.py::test_junit_is_xml_for_any_text",
        "report/test_escapes.py::test_json_formats_are_json",
        "report/test_escapes.py::test_workflow_commands_are_escaped",
    ),
    "hidden characters make a file look different": (
        "project/test_hidden_characters.py::test_the_character_and_its_place_are_told",
    ),
}


@cache
def functions(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
    )


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_has_a_test(attack: str) -> None:
    for name in ATTACKS[attack]:
        file, _, function = name.partition("::")
        assert function in functions(file), name
