"""Remove at the start of the server and every hour what is old: of interrupted imports, and of the trash."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from importlib import import_module
from typing import Final

_SECONDS: Final = 3600.0


@contextlib.asynccontextmanager
async def tidying() -> AsyncIterator[None]:
    """Tidy in the background until the block ends.

    The files of an import may be those of patients: a day after a kill they go, though nobody imports again.
    """
    task = asyncio.create_task(_keep_tidy())
    try:
        yield
    finally:
        task.cancel()


async def _keep_tidy() -> None:
    while True:
        await asyncio.to_thread(tidy_once)
        await asyncio.sleep(_SECONDS)


def tidy_once() -> None:
    """Remove staged files and requests of yesterday, and runs that were deleted a month ago.

    What cannot be removed now is tried again later.
    """
    with contextlib.suppress(OSError):
        import_module("core.datasets.staging_folder").sweep()
        import_module("core.runs.trash").empty_old()
        import_module("core.datasets.worker").forget_requests()  # loads pandas: not while the server starts
