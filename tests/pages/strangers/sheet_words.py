"""What the fund sheets of other houses say, in our own words and with invented figures, as parts for a layout.

Each wording is one a compliance officer would let pass for a retail client in the United Kingdom, on a sheet of actual
performance in sterling, net of charges.
"""

from __future__ import annotations

from dataclasses import dataclass

ROWS = (
    ("Fund", ("12.4", "-3.1", "8.8", "15.2", "6.7")),
    ("Index", ("11.9", "-1.8", "9.4", "13.0", "7.1")),
)
"""Twelve-month returns in per cent, oldest first."""
GROWTH = (100.0, 112.4, 108.9, 118.5, 136.5, 145.7)
HOLDINGS = (("Marlow Pumps", "5.1"), ("Haddon Retail", "4.8"), ("Ferrers Software", "4.4"), ("Oakham Rail", "4.0"))


@dataclass(frozen=True)
class Wording:
    """How one house says what every house must."""

    firm: str
    fund: str
    top: tuple[str, ...]
    """Beside the title: what kind of document it is."""
    capital: str
    past: str
    documents: str
    source: str
    important: tuple[str, ...]
    risks: tuple[tuple[str, str], ...]
    objective: str = (
        "The Fund aims to grow in value by more than the index over five years, after charges, by holding shares of "
        "companies listed in the United Kingdom. There is no certainty that it will do so."
    )


PLAIN = Wording(
    firm="Calder Vale Asset Management",
    fund="Calder Vale UK Growth Fund",
    top=("Marketing communication", "For retail investors"),
    capital="Capital at risk. The value of an investment and the income from it can go down as well as up, and you may "
    "get back less than you invested.",
    past="These figures refer to the past. Past performance is not a reliable indicator of future results.",
    documents="Read the prospectus and the product summary before you invest. They are free, in English, from "
    "www.caldervale.example/documents.",
    source="Source: Calder Vale, Example Prices. B shares, in sterling, net of charges, income reinvested.",
    important=(
        "This is not investment advice and not a recommendation. If you are unsure whether the fund is right for you, "
        "speak to a financial adviser. It is not an offer or solicitation to buy shares.",
        "You would hold units of the fund and not the companies it holds.",
        "Figures are correct as of 30 September 2026 and may change.",
    ),
    risks=(
        ("Long term", "Hold the fund for at least five years."),
        (
            "Few holdings",
            "The fund holds a limited number of companies. A fall in one of them weighs more than in "
            "a fund that is spread more widely.",
        ),
    ),
)

GUIDE = Wording(
    firm="Penhallow Investors",
    fund="Penhallow Smaller Companies",
    top=("This is a marketing communication.", "Penhallow Investors, September 2026"),
    capital="The value of your shares and any income from them may fall as well as rise and is not guaranteed. You may "
    "not get back the amount you originally invested.",
    past="The performance shown refers to the past. Past performance is not a reliable guide to future returns.",
    documents="Before making any final investment decision, please refer to the Prospectus and the Key Investor "
    "Information Document (KIID) or, where there is one, the Product Summary. They are available free of charge in "
    "English at www.penhallow.example.",
    source="Source: Penhallow and Example Prices, share class A Acc, bid to bid, net income reinvested, in GBP, net of "
    "fees.",
    important=(
        "The information here is not advice or a personal recommendation, and does not constitute an offer or "
        "solicitation. If in doubt, contact your financial adviser.",
        "An investment in the Fund is an investment in units of the fund rather than in the underlying assets.",
        "All data as of 30 September 2026 unless said otherwise, subject to change without notice.",
    ),
    risks=(
        ("Smaller companies", "Shares of smaller companies can be harder to sell and their prices can move more."),
        ("Time", "You should regard the fund as a long-term investment of five years or more."),
    ),
)

LEGAL = Wording(
    firm="Strand & Holborn Fund Managers Limited",
    fund="Strand & Holborn Equity Income",
    top=("MARKETING COMMUNICATION", "Factsheet"),
    capital="Please remember that the value of investments, and the income from them, can fall as well as rise, so you "
    "could get back less than you put in. Your capital is at risk.",
    past="Past performance relates to the past and should not be taken as a reliable indicator of future results.",
    documents="The prospectus and the product summary, in English, can be had free of charge from our offices or from "
    "www.strandholborn.example. You should read them before investing.",
    source="Source: Example Prices; performance in pounds sterling, after ongoing charges, with income reinvested.",
    important=(
        "Nothing in this document is investment advice or a recommendation to buy or sell any security, nor is it an "
        "offer to do so. Speak to an authorised financial adviser if you are not sure.",
        "Investors acquire units of the fund and do not own the underlying assets directly.",
        "Correct at 30 September 2026; the information may have changed since.",
    ),
    risks=(
        ("Income", "No level of income is guaranteed."),
        ("Horizon", "The fund is for those who can invest for the long term, at least five years."),
    ),
)

BRIEF = Wording(
    firm="Bryher Capital",
    fund="Bryher UK Leaders",
    top=("Marketing communication", "30 September 2026"),
    capital="Investments can fall in value. You may get back less than you invest, and income is not guaranteed.",
    past="Figures refer to the past. Past performance does not reliably indicate future results: it is not a reliable "
    "indicator.",
    documents="Please read the prospectus and product summary first: bryher.example/documents, free, in English.",
    source="Source: Bryher. Total return in sterling, net of charges.",
    important=(
        "Not investment advice. Ask a financial adviser if unsure. Not an offer.",
        "You buy units of the fund, not the underlying assets.",
        "As of 30 September 2026; subject to change.",
    ),
    risks=(("Shares", "Share prices can fall a long way and stay low for years: this is a long-term investment."),),
)

SPANS = tuple((year, year + 1) for year in range(2021, 2026))
PERIODS = {
    "long dates": tuple(f"30 September {a} – 30 September {b}" for a, b in SPANS),
    "short dates": tuple(f"30/09/{a} to 30/09/{b}" for a, b in SPANS),
    "dots": tuple(f"30.09.{a % 100} - 30.09.{b % 100}" for a, b in SPANS),
    "year to": tuple(f"Year to 30 Sep {b}" for _, b in SPANS),
    "twelve months ended": tuple(f"12 months ended 30/09/{b}" for _, b in SPANS),
    "months": tuple(f"Sep {a} – Sep {b}" for a, b in SPANS),
    "dashed months": tuple(f"Sep-{a % 100} – Sep-{b % 100}" for a, b in SPANS),
    "month to month": tuple(f"Sep-{a % 100} to Sep-{b % 100}" for a, b in SPANS),
    "quarter": tuple(f"Q3 {a} – Q3 {b}" for a, b in SPANS),
    "american": tuple(f"Sep 30, {a} – Sep 30, {b}" for a, b in SPANS),
    "iso": tuple(f"{a}-09-30 – {b}-09-30" for a, b in SPANS),
    "apostrophe": tuple(f"Sep ’{a % 100} to Sep ’{b % 100}" for a, b in SPANS),
}
