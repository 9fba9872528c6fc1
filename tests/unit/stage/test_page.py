"""The report: one safe file that tells an outage from a silence and never draws what nobody saw."""

import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from scripts.stage import page
from scripts.stage.page.axes import Frame, nice_ticks, spread
from scripts.stage.page.metered import power, utilisation
from scripts.stage.page.slots import Slot, gaps, runs, slots_of

HOSTILE = "<script>alert(1)</script> \" onload='x' & \u202e\x1b[2J"
SVG = re.compile(r"<svg viewBox.*?</svg>", re.DOTALL)
OUTAGE_X, SILENCE_X = 42, 18
"""Places in the series."""


def span_of(statement: dict[str, Any]) -> tuple[int, int]:
    return statement["span"]["from"], statement["span"]["to"]


def slots(statement: dict[str, Any], place: int) -> list[Slot]:
    return slots_of(statement["fleets"][place], statement["leases"], span_of(statement))


def drawn(markup: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(svg) for svg in SVG.findall(markup)]


def of_class(svg: ElementTree.Element, kind: str) -> list[ElementTree.Element]:
    return [part for part in svg.iter() if kind in (part.get("class") or "").split()]


class Reader(HTMLParser):
    """Every start tag with its attributes, and what is left open."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(markup: str) -> Reader:
    reader = Reader()
    reader.feed(markup)
    reader.close()
    assert reader.open == []
    return reader


# ---- one safe file ----


def test_the_page_needs_nothing_from_elsewhere(statement: dict[str, Any]) -> None:
    markup = page.render(statement)
    tags = read(markup).tags
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in tags}
    links = [attributes.get("href") or attributes.get("src") or "#" for _, attributes in tags]
    assert all(link.startswith("#") for link in links)
    assert not re.search(r"https?://|@import|url\((?!#)", markup)


def test_hostile_names_are_text_everywhere(statement: dict[str, Any]) -> None:
    def poisoned(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: poisoned(part, name) for name, part in value.items()}
        if isinstance(value, list):
            return [poisoned(part) for part in value]
        return HOSTILE if isinstance(value, str) else value

    markup = page.render(poisoned(statement))
    reader = read(markup)
    assert "script" not in {tag for tag, _ in reader.tags}
    assert not any(key.startswith("on") for _, attributes in reader.tags for key in attributes)
    assert "\u202e" not in markup
    assert "\x1b" not in markup


def test_every_chart_says_in_words_what_it_shows_and_no_id_is_used_twice(statement: dict[str, Any]) -> None:
    markup = page.render(statement)
    ids = [attributes["id"] for _, attributes in read(markup).tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    svgs = drawn(markup)
    assert len(svgs) == 2 * (2 * 3 + 2 * 2)
    for svg in svgs:
        title, description = (next(svg.iter(tag)) for tag in ("title", "desc"))
        assert (svg.get("aria-labelledby"), svg.get("aria-describedby")) == (title.get("id"), description.get("id"))
        assert title.text
        assert description.text


def test_every_table_cell_has_its_header(statement: dict[str, Any]) -> None:
    tags = read(page.render(statement)).tags
    assert all(attributes.get("scope") in {"row", "col"} for tag, attributes in tags if tag == "th")


# ---- outage, silence, nothing at all ----


def test_an_outage_and_a_silence_are_different_things(statement: dict[str, Any]) -> None:
    lost, silent = slots(statement, 0), slots(statement, 1)
    (outage,) = runs(lost, lambda slot: slot.outage)
    assert (outage.total, outage.end - outage.start) == (8 * 3 * 3600, 3 * 3600)
    assert runs(lost, lambda slot: slot.silence) == runs(silent, lambda slot: slot.outage) == []
    assert [run.total for run in runs(silent, lambda slot: slot.silence)] == [4 * 2 * 3600]

    for place, mine, other in ((0, "outage", "silence"), (1, "silence", "outage")):
        chart = drawn(utilisation(statement["fleets"][place], slots(statement, place), span_of(statement)))[0]
        assert len(of_class(chart, mine)) == 1
        assert of_class(chart, other) == []
        label = " ".join(part.text or "" for part in of_class(chart, f"{mine}-ink") if part.tag == "text")
        assert label.startswith(mine.capitalize())


def test_the_key_tells_them_apart_by_pattern_and_in_words(statement: dict[str, Any]) -> None:
    markup = page.render(statement)
    assert ".outage { fill: url(#hatch); }" in markup
    assert ".silence { fill: url(#dots); }" in markup
    assert 'id="hatch"' in markup
    assert 'id="dots"' in markup
    assert "outage: measured, not delivered" in markup
    assert "silence: missing; nothing answered" in markup


def test_units_that_nobody_leased_are_no_outage(statement: dict[str, Any]) -> None:
    statement["leases"] = [lease for lease in statement["leases"] if lease["id"] != 2]
    for point in statement["fleets"][0]["series"]:
        point["delivered"] //= 2
        point["utilised"] //= 2
    first, *_ = slots(statement, 0)
    assert (first.unlet, first.outage) == (4 * 3600, 0)
    lost = runs(slots(statement, 0), lambda slot: slot.outage)
    assert [run.total for run in lost] == [4 * 3 * 3600]


@pytest.mark.parametrize("place", [0, 1])
def test_power_that_was_not_read_is_a_gap_and_never_zero(statement: dict[str, Any], place: int) -> None:
    kind = ("outage", "silence")[place]
    chart = drawn(power(statement["fleets"][place], slots(statement, place), span_of(statement)))[0]
    (line,) = of_class(chart, "load")
    path = line.get("d") or ""
    assert path.count("M") == 2
    heights = [float(height) for height in re.findall(r"(?:M\d+ |V)([\d.]+)", path)]
    assert max(heights) < int(chart.get("viewBox", "").split()[3]) - 45
    assert len(of_class(chart, f"{kind}-gap")) == 1


def test_power_of_a_fleet_that_was_partly_silent_is_said_to_be_a_lower_bound(statement: dict[str, Any]) -> None:
    point = statement["fleets"][0]["series"][SILENCE_X]
    for key in ("measured", "delivered", "utilised", "energy_wh"):
        point[key] //= 2
    markup = power(statement["fleets"][0], slots(statement, 0), span_of(statement))
    assert len(of_class(drawn(markup)[0], "partial")) == 1
    assert "at least: part of the fleet was not read" in markup


def test_an_epoch_without_a_report_leaves_a_gap(statement: dict[str, Any]) -> None:
    fleet, span = statement["fleets"][0], span_of(statement)
    whole = drawn(utilisation(fleet, slots(statement, 0), span))[0]
    assert of_class(whole, "gap") == []
    del fleet["series"][OUTAGE_X : OUTAGE_X + 4]
    left = slots(statement, 0)
    assert [end - start for start, end in gaps(left, span)] == [4 * 3600]
    for chart in (drawn(utilisation(fleet, left, span))[0], drawn(power(fleet, left, span))[0]):
        (gap,) = [part for part in of_class(chart, "gap") if part.get("class") == "gap"]
        assert [part.text for part in gap.iter("text")] == ["no report"]


def test_a_report_that_catches_up_covers_the_epochs_before_it(statement: dict[str, Any]) -> None:
    series = statement["fleets"][0]["series"]
    skipped, after = series.pop(10), series[10]
    after["span_s"] *= 2
    for key in ("measured", "delivered", "utilised", "energy_wh"):
        after[key] += skipped[key]
    left = slots(statement, 0)
    assert gaps(left, span_of(statement)) == []
    assert max(slot.end - slot.start for slot in left) == 2 * 3600
    assert all(slot.share(slot.delivered) <= 1 for slot in left)


# ---- what may be empty ----


def test_a_fleet_without_energy_is_drawn(statement: dict[str, Any]) -> None:
    fleet = statement["fleets"][0]
    fleet["energy_wh"] = 0
    for point in fleet["series"]:
        point["energy_wh"] = 0
    chart = drawn(power(fleet, slots(statement, 0), span_of(statement)))[0]
    assert of_class(chart, "load") == []
    assert len(of_class(chart, "void-gap")) == 2
    assert "<b>5.32</b>" not in page.render(statement)


def test_a_fleet_that_has_distributed_nothing_and_reported_nothing_is_drawn(statement: dict[str, Any]) -> None:
    statement["fleets"][0] |= {"distributions": [], "series": [], "revenue": 0}
    assert "Nothing has been distributed yet." in page.render(statement)


def test_a_statement_of_nothing_is_a_page(statement: dict[str, Any]) -> None:
    for part in ("leases", "fleets", "investors", "nodes", "incidents", "gas"):
        statement[part] = []
    read(page.render(statement))


# ---- money, trust, and how to check ----


def test_money_is_exact_in_the_tables(statement: dict[str, Any]) -> None:
    statement["leases"][0]["charged"] = 1_234_567_890_123
    assert '1,234,567.89<span class="tail">0123</span>' in page.render(statement)


def test_rent_that_no_layer_got_is_said(statement: dict[str, Any]) -> None:
    assert "Not accounted for" not in page.render(statement)
    statement["fleets"][0]["distributions"][0]["equity"] -= 1
    assert 'Not accounted for</th><td class="num" role="cell">' in page.render(statement)


def test_books_that_do_not_balance_are_said_first(statement: dict[str, Any]) -> None:
    statement["books_balance"], statement["audit"]["exit_code"] = False, 1
    markup = page.render(statement)
    assert 'class="verdict bad">The books do not balance' in markup
    assert "The books balance" not in markup


def test_the_operators_word_is_said_to_be_that(statement: dict[str, Any]) -> None:
    markup = page.render(statement)
    assert "(trust level 1: they rest on the operator&#x27;s word)" in markup
    assert "(trust level 0: they rest on the operator&#x27;s word)" in markup
    assert "wellhead audit --rpc URL --deployment deployments/31337.json" in markup


# ---- scales ----


@pytest.mark.parametrize(("most", "top"), [(0, 1), (4.9, 6), (225.6, 250), (1_034_000, 1_250_000), (0.03, 0.03)])
def test_a_scale_ends_at_a_round_figure_at_or_above_the_most(most: float, top: float) -> None:
    found, ticks = nice_ticks(most, 5 if most > 100 else 3)
    assert found == pytest.approx(top)
    assert ticks[0] == 0
    assert ticks[-1] == pytest.approx(found)


def test_labels_at_one_place_are_moved_apart_within_the_plot() -> None:
    placed = spread([100.0, 100.0, 98.0], 14, 0, 104)
    assert sorted(placed) == [76, 90, 104]


def test_neighbouring_epochs_meet_on_a_whole_pixel() -> None:
    frame = Frame(340, 100, 46, 330, 0, 60, (0, 48 * 3600))
    assert all(isinstance(frame.x(hour * 3600), int) for hour in range(49))
    assert (frame.x(0), frame.x(48 * 3600)) == (46, 330)
