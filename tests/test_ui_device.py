"""What the server says that a training will run on."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from ui import device
from ui.device import Device, ask_device


@pytest.fixture
def device_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in the place of /dev, on Linux."""
    monkeypatch.setattr(device, "_DEVICE_FILES", tmp_path)
    monkeypatch.setattr(device.sys, "platform", "linux")
    monkeypatch.setattr(device.os, "sched_getaffinity", lambda process: {0, 2, 3}, raising=False)
    return tmp_path


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What torch prints in its process; nothing in here means that it fails."""
    lines: list[str] = []

    def run(*_command: object, **_options: object) -> SimpleNamespace:
        if not lines:
            raise subprocess.CalledProcessError(1, "python")
        return SimpleNamespace(stdout="\n".join(lines).encode())

    monkeypatch.setattr(device.subprocess, "run", run)
    return lines


def test_where_no_driver_of_a_gpu_is_the_processor_is_known_without_torch(
    device_files: Path, answers: list[str]
) -> None:
    (device_files / "null").touch()
    assert ask_device() == Device("cpu", "3")
    assert str(ask_device().message) == "Processor, 3 cores"


@pytest.mark.parametrize("name", ["nvidiactl", "nvidia0", "nvhost-ctrl", "nvmap", "dxg", "kfd"])
def test_where_a_driver_is_torch_is_asked(device_files: Path, answers: list[str], name: str) -> None:
    (device_files / name).touch()
    assert ask_device() == Device("unknown", "")
    answers += ["a warning", '{"kind": "cuda", "name": "H200"}']
    assert ask_device() == Device("cuda", "H200")


def test_another_system_asks_torch(
    device_files: Path, answers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device.sys, "platform", "darwin")
    answers += ['{"kind": "mps", "name": "Apple GPU"}']
    assert ask_device() == Device("mps", "Apple GPU")
