"""The counts of real foreign images that ship, and the command that makes them."""

import numpy as np
import pytest
from PIL import Image

from core.explanation.novelty import __main__ as command
from core.explanation.novelty import fitting, making, store, tried
from core.explanation.novelty.tried import NETWORKS, OWN, PICTURES, Tried, TriedTable


def test_every_network_was_asked_about_every_kind_that_is_not_its_own():
    table = tried.tried_table()
    for network in NETWORKS:
        for kind in PICTURES:
            found = table.of(network, kind)
            if kind in OWN.get(network, ()):
                assert found is None
            else:
                assert found is not None
                assert 0 <= found.missed <= found.n
    assert table.n == sum(one.n for one in table.counts) > 1000
    assert 0 < table.missed < table.n


def test_what_a_network_learned_from_is_not_counted_as_foreign(tmp_path):
    counts = (
        Tried(network="brain", kind="brain_tumour", n=9, flagged=0),
        Tried(network="brain", kind="ct", n=7, flagged=5),
        Tried(network="simulated", kind="ct", n=7, flagged=7),
    )
    tried.write(tmp_path / "tried.json", counts)
    table = TriedTable.model_validate_json((tmp_path / "tried.json").read_text())
    assert [(one.network, one.missed) for one in table.counts] == [("simulated", 0), ("brain", 2)]


@pytest.mark.slow
def test_the_command_counts_a_folder_a_kind_and_names_what_it_cannot_read(
    trained_alone, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(fitting, "FEWEST_IMAGES", 5)
    store.keep(trained_alone, making.make_reference(trained_alone, with_misses=False))
    folder = tmp_path / "foreign"
    (folder / "noise").mkdir(parents=True)
    noise = np.random.default_rng(0).integers(0, 256, (3, 64, 64)).astype(np.uint8)
    for number, one in enumerate(noise):
        Image.fromarray(one).save(folder / "noise" / f"{number}.png")
    (folder / "noise" / "notes.txt").write_text("no picture")
    assert command.main([trained_alone.run_id, str(folder)]) == 0
    printed = capsys.readouterr()
    assert printed.out == "noise: flagged 3 of 3, missed 0\n"
    assert "notes.txt: " in printed.err
    assert command.main(["no-such-run", str(folder)]) == 2
