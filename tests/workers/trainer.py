"""The training worker with a network that has dropout, and with a save after every batch.

`python -m tests.workers.trainer RUN_FOLDER`: dropout draws from the global random state, and a save in the
middle of an epoch is otherwise rare.
"""

import sys
from pathlib import Path

from torch import nn

from core.models.blueprint import Blueprint
from core.models.catalog import MODELS
from core.models.small_cnn import SmallCNN
from core.training import loop, worker

NAME = "dropout_cnn"
SPEC = MODELS["small_cnn"].model_copy(update={"name": NAME, "builder": "tests.workers.trainer:build"})


def build(blueprint: Blueprint) -> nn.Module:
    network = SmallCNN(blueprint.n_classes, blueprint.n_channels)
    network.classifier = nn.Sequential(nn.Dropout(0.5), network.classifier)
    return network


if __name__ == "__main__":
    MODELS[NAME] = SPEC
    loop._SAVE_SECONDS = 0.0
    worker.main(Path(sys.argv[1]))
