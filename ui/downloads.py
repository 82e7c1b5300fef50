"""Exports, sent from their files and not from the memory of a page; each has a name that nobody can guess."""

from pathlib import PurePosixPath

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from core.datasets.export_worker import exported


async def _send_export(request: Request) -> Response:
    found = exported(request.path_params["job"])
    if found is None or not found[0].exists():
        return PlainTextResponse("There is no such file.", status_code=404)
    path, report = found
    return FileResponse(path, filename=f"{report.dataset_id}.zip", media_type="application/zip")


ROUTES = (Route("/downloads/{job}", _send_export, methods=["GET", "HEAD"]),)


def export_address(job_id: str) -> str:
    """Return where a browser finds the file of an export."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return str(PurePosixPath("/", base, "downloads", job_id))
