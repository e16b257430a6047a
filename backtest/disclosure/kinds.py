"""The kinds of check: what a rule may tell each of them, and which need a statement to look for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

# What each kind of check may be told, and whether it needs a statement to look for.
CHECK_OPTIONS: Mapping[str, Mapping[str, type | tuple[type, ...]]] = {
    "statement_present": {"scope": str},
    "statement_near": {"max_gap": (int, float)},
    "prominent": {
        "min_size": (str, int, float),
        "min_contrast": (int, float),
        "min_visible": (int, float),
        "max_struck": (int, float),
        "margin_band": bool,
    },
    "top_of_page1": {"max_top": (int, float)},
    "absent_words": {"label": str, "words": list, "negations": list, "unless": list, "conditions": list, "window": int},
    "no_figures_about": {"words": list, "negations": list, "unless": list, "window": int},
    "size_at_least_predominant": {},
    "not_obscured": {"min_contrast": (int, float), "min_visible": (int, float), "max_struck": (int, float)},
    "not_most_prominent": {"max_area": (int, float)},
    "discrete_periods": {"count": int},
    "contains_facts": {"facts": list, "where_known": list, "scope": str, "labels": list},
    "performance_labelled": {"words": list},
    "parts_not_linked": {},
    "stale_statements": {"ignore": list},
    "wording_verified": {},
    "tie_out": {"ignore": list},
    "figures_in_place": {},
    "recomputed_figures": {},
    "risk_beside_benefit": {"words": list, "negations": list, "unless": list, "conditions": list, "window": int},
    "annualised_over_a_year": {"words": list, "short": list},
    "declared_window": {},
    "said_once": {"alike": (int, float), "again": list},
    "terms_explained": {"words": list},
    "one_language": {"least_words": int, "sure": (int, float)},
    "readable": {"warn": dict, "aim": int, "longest": int, "ignore": list},
    "days_between": {"first": str, "last": str, "at_most": int},
    "flag": {"fact": str, "allowed": list},
    "given": {"fact": str},
    "at_least": {"fact": str, "least": (int, float)},
    "latest_quarter_end": {"days_before": int},
    "after_charges": {},
    "no_actual_beside": {},
    "glyph_truth": {},
    "live_links": {"facts": list},
    "not_by_link_alone": {"phrases": list},
    "not_only_small_print": {},
    "exact_text": {"texts": list},
    "net_beside_gross": {"gross": list, "net": list},
    "total_beside_extract": {"gross": list, "net": list, "prefixes": list},
    "standard_periods": {"columns": list},
    "calendar_years": {"count": int},
    "one_risk_scale": {"computed": list, "other": list},
    "classified_words": {
        "words": list,
        "negations": list,
        "unless": list,
        "window": int,
        "fact": str,
        "allowed": list,
    },
    "absent_while_pending": {
        "words": list,
        "negations": list,
        "unless": list,
        "window": int,
        "filing": str,
        "filed": date,
        "last_seen": date,
    },
}
NEEDS_STATEMENT = frozenset({"statement_present", "statement_near", "prominent", "top_of_page1"})
SCOPES = ("any", "page1", "every_page", "every_performance_page")
