"""Layouts of fund sheets as HTML, for printers other than ours: Chromium and LibreOffice."""

from __future__ import annotations

from html import escape

from sheet_words import GROWTH, HOLDINGS, ROWS, Wording

BASE = (
    "body { font-family: 'Liberation Sans', Arial, sans-serif; font-size: 9pt; color: #1a1a1a } p { margin: 0 0 5pt }"
)


def page(style: str, body: str, *, margin: str = "16mm", size: str = "A4") -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Factsheet</title><style>'
        f"@page {{ size: {size}; margin: {margin} }} {BASE} {style}</style></head><body>{body}</body></html>"
    )


def paragraphs(*texts: str, cls: str = "") -> str:
    return "".join(f'<p class="{cls}">{escape(text)}</p>' for text in texts)


def discrete(periods: tuple[str, ...], *, down: bool = False) -> str:
    """The twelve-month table, periods across or down."""
    if down:
        head = "<tr><th>Period</th>" + "".join(f"<th>{name} %</th>" for name, _ in ROWS) + "</tr>"
        lines = [
            f"<tr><td>{escape(period)}</td>" + "".join(f"<td>{values[i]}</td>" for _, values in ROWS) + "</tr>"
            for i, period in enumerate(periods)
        ]
        return f"<table>{head}{''.join(lines)}</table>"
    head = "<tr><th></th>" + "".join(f"<th>{escape(period)}</th>" for period in periods) + "</tr>"
    lines = [f"<tr><td>{name} (%)</td>" + "".join(f"<td>{v}</td>" for v in values) + "</tr>" for name, values in ROWS]
    return f"<table>{head}{''.join(lines)}</table>"


def cumulative() -> str:
    return (
        "<table><tr><th>Cumulative performance</th><th>1 year</th><th>3 years</th><th>5 years</th></tr>"
        "<tr><td>Fund (%)</td><td>6.7</td><td>33.7</td><td>45.7</td></tr></table>"
    )


def chart() -> str:
    points = " ".join(f"{60 * i},{160 - v:.0f}" for i, v in enumerate(GROWTH))
    labels = "".join(f'<text x="{60 * i}" y="98" font-size="8">{2021 + i}</text>' for i in range(len(GROWTH)))
    return (
        f'<svg width="330" height="102" viewBox="0 0 330 102"><polyline points="{points}" fill="none" stroke="#246" '
        f'stroke-width="1.5"/>{labels}<text x="302" y="14" font-size="8">145.7</text></svg>'
    )


def holdings() -> str:
    rows = "".join(f"<tr><td>{name}</td><td>{weight}%</td></tr>" for name, weight in HOLDINGS)
    return f"<table><tr><th>Largest holdings</th><th>% of fund</th></tr>{rows}</table>"


def risks(wording: Wording) -> str:
    return "".join(f"<p><b>{escape(name)}.</b> {escape(text)}</p>" for name, text in wording.risks)


def single(w: Wording, periods: tuple[str, ...]) -> str:
    """One column, as a word processor would."""
    body = (
        f"<h1>{escape(w.fund)}</h1>{paragraphs(*w.top)}{paragraphs(w.firm)}{paragraphs(w.capital)}"
        f"<h2>Objective</h2>{paragraphs(w.objective)}<h2>Performance</h2>{discrete(periods)}"
        f"{paragraphs(w.past, w.source)}<h2>Holdings</h2>{holdings()}<h2>Risks</h2>{risks(w)}"
        f"<h2>Documents</h2>{paragraphs(w.documents)}<h2>Important information</h2>{paragraphs(*w.important)}"
    )
    return page("h1 { font-size: 17pt } h2 { font-size: 11pt } td, th { padding: 2pt 7pt; text-align: left }", body)


def sidebar(w: Wording, periods: tuple[str, ...]) -> str:
    """Facts at the left, text and figures at the right, as most houses have it."""
    left = (
        f"<h3>Key facts</h3>{paragraphs('Launch: 1 March 2011', 'Currency: GBP', 'Ongoing charge: 0.75%')}"
        f"<h3>Holdings</h3>{holdings()}"
    )
    right = (
        f"{paragraphs(w.capital)}<h3>Objective</h3>{paragraphs(w.objective)}<h3>Past performance</h3>{chart()}"
        f"{paragraphs(w.past)}<h3>Discrete performance</h3>{discrete(periods, down=True)}{paragraphs(w.past, w.source)}"
        f"<h3>Key risks</h3>{risks(w)}<h3>Before you invest</h3>{paragraphs(w.documents)}"
        f"<h3>Important information</h3>{paragraphs(*w.important)}"
    )
    body = (
        f"<h1>{escape(w.fund)}</h1>{paragraphs(' | '.join(w.top), w.firm)}"
        f'<div class="row"><div class="left">{left}</div><div class="right">{right}</div></div>'
    )
    style = (
        ".row { display: flex; gap: 8mm } .left { flex: 0 0 46mm } .right { flex: 1 }"
        "h3 { font-size: 10pt; margin: 7pt 0 3pt }"
        "td, th { padding: 1pt 6pt 1pt 0; text-align: left; font-weight: normal } h1 { font-size: 18pt; margin: 0 }"
    )
    return page(style, body)


def band(w: Wording, periods: tuple[str, ...]) -> str:
    """A dark band with the title and the warning on it, figures in tiles."""
    body = (
        f'<div class="band"><h1>{escape(w.fund)}</h1>{paragraphs(*w.top)}{paragraphs(w.firm)}'
        f"{paragraphs(w.capital)}</div>"
        f"<h2>What the fund does</h2>{paragraphs(w.objective)}"
        '<div class="tiles"><div><b>+45.7%</b><br>5 years</div><div><b>+6.7%</b><br>1 year</div></div>'
        f"{paragraphs(w.past)}<h2>12-month performance</h2>{discrete(periods)}{paragraphs(w.past, w.source)}"
        f"<h2>Risks</h2>{risks(w)}<h2>Documents</h2>{paragraphs(w.documents)}"
        f"<h2>Important information</h2>{paragraphs(*w.important)}"
    )
    style = (
        ".band { background: #0d2a3f; color: #fff; padding: 8mm; -webkit-print-color-adjust: exact }"
        "h1 { font-size: 20pt }"
        ".tiles { display: flex; gap: 12mm; margin: 4pt 0 }"
        "td, th { padding: 2pt 6pt; border-bottom: 0.5pt solid #999 }"
        "h2 { font-size: 11pt; margin: 8pt 0 3pt }"
    )
    return page(style, body)


def columns(w: Wording, periods: tuple[str, ...]) -> str:
    """Two balanced columns, justified and hyphenated."""
    body = (
        f"<h1>{escape(w.fund)}</h1>{paragraphs(*w.top)}{paragraphs(w.firm)}"
        f'<div class="two"><h2>Risk warning</h2>{paragraphs(w.capital)}<h2>Aim</h2>{paragraphs(w.objective)}'
        f"<h2>Risks</h2>{risks(w)}<h2>Documents</h2>{paragraphs(w.documents)}"
        f"<h2>Important information</h2>{paragraphs(*w.important)}</div>"
        f"<h2>Performance over five years</h2>{discrete(periods)}{paragraphs(w.past, w.source)}"
    )
    style = (
        ".two { columns: 2; column-gap: 9mm; text-align: justify; hyphens: auto } h1 { font-size: 18pt }"
        "h2 { font-size: 10.5pt; margin: 6pt 0 2pt } td, th { padding: 2pt 8pt 2pt 0; text-align: right }"
    )
    return page(style, body)


def footnoted(w: Wording, periods: tuple[str, ...]) -> str:
    """Sources in small notes, warnings in the body; a serif face."""
    body = (
        f"<h1>{escape(w.fund)}</h1>{paragraphs(*w.top)}{paragraphs(w.firm)}{paragraphs(w.capital)}"
        f"<h2>Objective</h2>{paragraphs(w.objective)}<h2>Cumulative performance<sup>1</sup></h2>{cumulative()}"
        f"{paragraphs(w.past)}<h2>Discrete annual performance<sup>1</sup></h2>{discrete(periods, down=True)}"
        f"{paragraphs(w.past)}<h2>Risks</h2>{risks(w)}{paragraphs(w.documents)}{paragraphs(*w.important)}"
        f'<div class="notes"><sup>1</sup> {escape(w.source)}</div>'
    )
    style = (
        "body { font-family: 'Liberation Serif', serif; font-size: 10pt } .notes { font-size: 7pt; margin-top: 12pt }"
        "td, th { padding: 1pt 9pt 1pt 0; text-align: left } h1 { font-size: 19pt } h2 { font-size: 12pt }"
    )
    return page(style, body)


def landscape(w: Wording, periods: tuple[str, ...]) -> str:
    """A wide page of three blocks side by side, headings in capitals."""
    body = (
        f"<h1>{escape(w.fund)}</h1>{paragraphs(' · '.join(w.top), w.firm)}"
        f'<table class="grid"><tr><td><h2>Aim and risk</h2>{paragraphs(w.capital, w.objective)}{risks(w)}</td>'
        f"<td><h2>Annual returns</h2>{discrete(periods, down=True)}{paragraphs(w.past, w.source)}</td>"
        f"<td><h2>Documents</h2>{paragraphs(w.documents)}<h2>Important</h2>{paragraphs(*w.important)}</td></tr></table>"
    )
    style = (
        ".grid > tbody > tr > td { width: 33%; vertical-align: top; padding-right: 8mm } h1 { font-size: 19pt }"
        "h2 { font-size: 10pt; text-transform: uppercase; letter-spacing: 0.6pt } th { text-align: left }"
    )
    return page(style, body, size="A4 landscape")


def two_pages(w: Wording, periods: tuple[str, ...]) -> str:
    """Performance on the second page with its own warning; the first has words alone."""
    body = (
        f"<h1>{escape(w.fund)}</h1>{paragraphs(*w.top)}{paragraphs(w.firm)}{paragraphs(w.capital)}"
        f"<h2>Objective</h2>{paragraphs(w.objective)}<h2>Risks</h2>{risks(w)}{paragraphs(w.documents)}"
        f'<div style="break-before: page"><h2>Past performance</h2>{paragraphs(w.past)}{chart()}'
        f"{discrete(periods)}{paragraphs(w.past, w.source)}"
        f"<h2>Important information</h2>{paragraphs(*w.important)}</div>"
    )
    return page("h1 { font-size: 18pt } h2 { font-size: 11pt } td, th { padding: 2pt 8pt 2pt 0 }", body)
