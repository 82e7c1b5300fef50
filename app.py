"""The server: `streamlit run app.py` (or `make run`) serves ui/main.py on http://127.0.0.1:8501.

Background jobs are processes of their own: when the server stops they go on, so there is nothing to shut
down here.
"""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.formparsers import MultiPartParser
from starlette.middleware import Middleware

from ui.device import start_probe
from ui.downloads import ROUTES
from ui.evaluate.images_served import ROUTES as FILMS
from ui.headers import SecurityHeaders, content_security_policy
from ui.messages import show_script_error
from ui.tidying import tidying

ROOT = Path(__file__).resolve().parent
# The pages say that an upload stays in memory; above this many bytes Starlette would put it on the disk.
MultiPartParser.spool_max_size = 1024**3


@asynccontextmanager
async def _lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Get ready what the first visitor would else wait for: the device in the background, the imports now."""
    start_probe()
    import_module("ui.live")
    # Streamlit collects garbage after each rerun; what was imported is none, and looking through it again
    # took two thirds of a live refresh (118 to 126 ms before, 52 to 60 after, in turns on one machine).
    gc.collect()
    gc.freeze()
    async with tidying():
        yield {}


app = st.App(
    ROOT / "ui" / "main.py",
    lifespan=_lifespan,
    routes=(*ROUTES, *FILMS),
    middleware=[Middleware(SecurityHeaders, policy=content_security_policy())],
    on_script_error=show_script_error,
)
