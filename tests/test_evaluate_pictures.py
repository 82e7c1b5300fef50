"""Pictures at addresses of their own: to whoever was given the address, of the state that it names."""

import asyncio
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image
from starlette.applications import Starlette

from core.datasets.correcting import correct_one
from core.datasets.store import delete_dataset
from tests.tiny_dataset import write_tiny
from ui.evaluate.images_served import ROUTES, address


@dataclass
class Answer:
    """What a server sends back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""


def get(path):
    """Ask a server of these routes alone, without a network."""
    answer = Answer()

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            answer.content += message.get("body", b"")

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    asyncio.run(Starlette(routes=list(ROUTES))(scope, receive, send))
    return answer


def test_a_picture_comes_as_large_as_asked_and_is_kept_by_the_browser_alone(home):
    info = write_tiny("pictures", n_images=4, size=200)
    answer = get(address(info, 3))
    assert answer.status == 200
    assert Image.open(BytesIO(answer.content)).size == (176, 176)
    assert "private" in answer.headers["cache-control"]
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert Image.open(BytesIO(get(address(info, 3, side=96)).content)).size == (96, 96)


def test_nobody_gets_one_without_the_word_of_this_server_or_of_an_odd_size(home):
    info = write_tiny("words", n_images=4)
    parts = address(info, 3).split("/")
    assert get("/".join([*parts[:2], "guessed", *parts[3:]])).status == 404
    assert get(address(info, 3, side=5000)).status == 404
    assert get(address(info, 4)).status == 404
    assert get(address(info, 3).replace("words", "..")).status == 404


def test_an_address_holds_while_labels_are_corrected_but_not_for_another_data_set_of_that_name(home):
    info = write_tiny("states", n_images=4)
    corrected = correct_one("states", 0, "finding", seen="clear")
    first, second = get(address(info, 1)), get(address(corrected, 1))
    assert first.status == second.status == 200
    assert first.content == second.content
    delete_dataset("states")
    write_tiny("states", n_images=6)
    assert get(address(info, 1)).status == 404


def test_a_picture_whose_file_is_gone_is_said_to_be_not_there(home):
    info = write_tiny("lost", n_images=4)
    for path in (home / "datasets" / "lost" / "files").iterdir():
        path.unlink()
    assert get(address(info, 0)).status == 404


def test_what_was_deleted_is_not_shown_from_memory(home):
    info = write_tiny("deleted", n_images=4)
    assert get(address(info, 0)).status == 200
    delete_dataset("deleted")
    assert get(address(info, 0)).status == 404
