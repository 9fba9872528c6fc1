"""The page at /docs: every path and every answer, without a script or anything from elsewhere."""

import re

from tests.unit.api.world import World


def test_the_page_shows_every_path_parameter_and_answer_of_the_description(world: World) -> None:
    page = world.client.get("/docs").text
    described = world.get("/openapi.json")
    for path, item in described["paths"].items():
        assert f'<span class="path">{path}</span>' in page
        for operation in item.values():
            for parameter in operation.get("parameters", ()):
                assert f"<code>{parameter['name']}</code>" in page
    for name, schema in described["components"]["schemas"].items():
        assert f'id="{name}"' in page
        assert all(f"<code>{field}</code>" in page for field in schema["properties"])
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= set(re.findall(r'id="([^"]+)"', page))
    assert "None" not in page


def test_it_runs_nothing_and_fetches_nothing(world: World) -> None:
    page = world.client.get("/docs").text
    assert not re.search(r"<script|<link|<img|src=|https?://|@import|url\(", page)


def test_every_public_path_field_and_parameter_says_what_it_is(world: World) -> None:
    described = world.get("/openapi.json")
    for path, item in described["paths"].items():
        for operation in item.values():
            assert operation["description"], path
            if path.startswith("/v1"):
                assert {"200", "4XX", "503"} <= set(operation["responses"]), path
                assert "422" not in operation["responses"], path


def test_what_is_shown_cannot_become_markup(world: World) -> None:
    world.app.openapi_schema = None
    world.app.description = "<script>alert(1)</script>"
    assert "<script>" not in world.client.get("/docs").text
