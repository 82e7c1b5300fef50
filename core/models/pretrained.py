"""ImageNet weights of torchvision: fetched once into torch's own cache, checked, and put into a network."""

import hashlib
import http.client
import re
from collections.abc import Callable
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Final
from urllib.request import Request, urlopen

import torch
from torch import nn
from torchvision.models import get_weight

from core.errors import UserError
from core.language import N_
from core.workspace import replacing

_CHUNK_BYTES: Final = 256 * 1024
_SILENCE_SECONDS: Final = 20.0  # a server that says nothing for so long is gone

Progress = Callable[[float], None]
StateDict = dict[str, Any]


def load_imagenet(
    network: nn.Module, weights: str, progress: Progress, *, adapt: Callable[[StateDict], StateDict]
) -> None:
    """Put ImageNet weights into a network of torchvision, from torch's cache or else from its server.

    Parameters
    ----------
    network
        As torchvision builds it: three channels, 1,000 classes, with its auxiliary heads.
    weights
        Their name in torchvision, such as "ResNet18_Weights.IMAGENET1K_V1".
    progress
        Called with the share of the download that is done, in [0, 1]; what it raises ends the work.
    adapt
        What is done to the weights before they go in.

    Raises
    ------
    UserError
        The weights are not in the cache and cannot be downloaded, or they are damaged.
    """
    url: str = get_weight(weights).url
    path = Path(torch.hub.get_dir()) / "checkpoints" / url.rsplit("/", 1)[-1]
    try:
        if not path.exists():
            _download(url, path, progress)
        state: StateDict = torch.load(path, map_location="cpu", weights_only=True)
        network.load_state_dict(adapt(_of_today(state)))
    except (OSError, http.client.HTTPException) as error:  # URLError and broken connections are OSErrors
        text = N_(
            "The pretrained weights cannot be downloaded ({reason}). Connect to the network, put"
            " {file} into {folder}, or train from scratch."
        )
        reason = str(getattr(error, "reason", error))
        raise UserError(text, reason=reason, file=path.name, folder=str(path.parent)) from error
    except (RuntimeError, UnpicklingError, EOFError, KeyError, AttributeError) as error:
        text = N_(
            "The pretrained weights are damaged. Delete {file} in {folder} if it is there, and try again."
        )
        raise UserError(text, file=path.name, folder=str(path.parent)) from error
    progress(1.0)


def _download(url: str, path: Path, progress: Progress) -> None:
    """Fetch a file whose name ends with the beginning of its SHA-256, as all of torchvision's do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, n = hashlib.sha256(), 0
    request = Request(url, headers={"User-Agent": "Lightbox"})  # an address of torchvision
    with urlopen(request, timeout=_SILENCE_SECONDS) as answer, replacing(path) as temporary:
        total = int(answer.headers.get("Content-Length") or 0)
        with temporary.open("wb") as file:
            while content := answer.read(_CHUNK_BYTES):
                file.write(content)
                digest.update(content)
                n += len(content)
                progress(min(n / total, 1.0) if total else 0.0)
        if n < total:
            raise http.client.IncompleteRead(b"", total - n)
        expected = re.search(r"-([0-9a-f]{8,})\.", path.name)
        if expected is None or not digest.hexdigest().startswith(expected[1]):
            raise RuntimeError("another checksum than its name says")


def _of_today(state: StateDict) -> StateDict:
    """Name the layers of DenseNet as torchvision does since 0.3: "norm.1" was no name for a module."""
    old = re.compile(r"^(.*denselayer\d+\.(?:norm|relu|conv))\.((?:[12])\.(?:\w+))$")
    return {old.sub(r"\1\2", key): value for key, value in state.items()}
