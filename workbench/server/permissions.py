"""What each role may do: one table, by the names of routes; an admin may do everything.

A route that is not in the table is an admin's alone, and a test fails until it is put here.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from workbench.core.roles import Role

# Nobody of a team is shut out of what is published anyway, and of who they are.
_EVERYBODY: Final[tuple[Role, ...]] = ("contributor", "reviewer", "treasurer", "viewer")
# Whoever works on tasks; it costs the machine's time, and shows other people's drafts.
_AT_WORK: Final[tuple[Role, ...]] = ("contributor", "reviewer", "treasurer")
_CONTRIBUTOR: Final[tuple[Role, ...]] = ("contributor",)
_CHECKS: Final[tuple[Role, ...]] = ("reviewer",)
_MONEY: Final[tuple[Role, ...]] = ("treasurer",)
_PUBLISHES: Final[tuple[Role, ...]] = ("reviewer", "treasurer")
_ADMIN: Final[tuple[Role, ...]] = ()

_TABLE: Final[tuple[tuple[tuple[Role, ...], str], ...]] = (
    # The home, and who is in it.
    (_EVERYBODY, "health show_home_key openapi list_principals register rotate_key"),
    (_AT_WORK, "check_home set_address admit_member"),
    (_EVERYBODY, "prove_consistency prove_inclusion"),
    (_ADMIN, "stop_server start_backup change_role grant_access list_access revoke_access"),
    # What is recorded.
    (_EVERYBODY, "list_tasks get_task list_runs get_run get_card list_reproductions"),
    (_EVERYBODY, "list_valuations get_valuation list_study_evaluations list_looks select"),
    (_EVERYBODY, "list_jobs get_job watch_job watch_home get_inbox"),
    (_EVERYBODY, "list_proposals get_proposal list_champions"),
    # Samples and hidden items that models disagree on.
    (_AT_WORK, "get_diff"),
    (_AT_WORK, "list_contributions get_contribution list_evaluations"),
    # Data and models come in.
    (_AT_WORK, "put_blob import_model"),
    (_AT_WORK, "describe_contribution describe_accepted_data list_commitments get_receipt"),
    (_AT_WORK, "get_rejected_rows"),
    (_CONTRIBUTOR, "draft_contribution submit_contribution mask_contribution"),
    (_CONTRIBUTOR, "commit_to_file give_consent preview_withdrawal withdraw_contribution"),
    (_CHECKS, "list_waiting review_contribution"),
    # Whoever works may comment; who decides is asked for by the signature.
    (_CONTRIBUTOR, "propose_model"),
    (_AT_WORK, "review_proposal"),
    # Bundles hold rows of everybody, and the hidden test if it is asked for.
    (_CHECKS, "get_bundle get_bundled_file import_bundle"),
    (_EVERYBODY, "get_mirror"),
    (_CHECKS, "start_export get_exported_file"),
    (_ADMIN, "start_import"),
    # Work.
    (_AT_WORK, "start_training start_comparison start_generation start_sizes start_preview"),
    (_AT_WORK, "start_valuation start_verification start_reproduction start_recomputation"),
    (_AT_WORK, "start_verification_of_home open_game add_evaluations"),
    (_AT_WORK, "cancel_job stop_job change_priority"),
    # Money.
    (
        _EVERYBODY,
        "list_epochs get_epoch get_leaderboard get_reasons estimate_payouts export_claims",
    ),
    (_EVERYBODY, "list_treasury list_holds get_hold get_statement get_balances"),
    (_AT_WORK, "transfer_credits hold settle_hold void_hold"),
    (_AT_WORK, "dispute_epoch resolve_dispute start_back_test"),
    (_MONEY, "open_task fund_task close_epoch grant approve merge_proposal roll_back_merge"),
    (_PUBLISHES, "publish_results"),
)

PERMISSIONS: Final[Mapping[str, frozenset[Role]]] = MappingProxyType(
    {name: frozenset(roles) for roles, names in _TABLE for name in names.split()}
)
"""The roles that may call a route, by the route's name; ``admin`` is not written down."""
