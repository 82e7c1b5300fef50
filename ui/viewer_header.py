"""What a file says beside its picture: a header in which nobody is named, and the kinds of identity in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import pandas as pd
import streamlit as st

from core.errors import LightboxError
from core.images.burned_in import WEAK
from core.language import _, joined
from ui.messages import escape, guard
from ui.session import full
from ui.viewer_views import clean_copy_of, header_of, identity_of

if TYPE_CHECKING:
    from core.images.header import HeaderRow, HeaderTable
    from core.images.viewing import Found
    from ui.viewer_files import Opened, Slice

_HEIGHT: Final = 420
_INDENT: Final = "› "


def text_warning(opened: Opened, file: int) -> None:
    """Ask the visitor to look for burned-in text where there is more reason to than a missing flag."""
    try:
        reasons = [reason for reason in identity_of(opened, file).reasons if reason not in WEAK]
    except LightboxError:  # the picture itself has said what is wrong
        return
    if reasons:
        said = joined((_(reason) for reason in reasons), " ")
        words = _("Look for a name in the picture yourself; Lightbox cannot clear an image. {why}", why=said)
        st.warning(escape(words), icon=":material/search:")


def identity_section(opened: Opened, chosen: Slice, number: int) -> None:
    """Show in a fold which kinds of identifying things the file holds; at Full offer a copy without them."""
    fold = st.expander(
        _("Who could be recognised"), icon=":material/fingerprint:", key="viewer-identity", on_change="rerun"
    )
    with fold:
        if not fold.open:
            return
        with guard():
            _kinds(identity_of(opened, chosen.file))
        if full() and opened.files[chosen.file].is_dicom:
            with guard():
                _clean_copy(opened, chosen.file, number)


def header_section(opened: Opened, chosen: Slice) -> None:
    """Show in a fold the header of the file as a table that can be searched."""
    fold = st.expander(_("Header"), icon=":material/list_alt:", key="viewer-header", on_change="rerun")
    with fold:
        if not fold.open:
            return
        with guard():
            _header(header_of(opened, chosen.file))


def _kinds(found: Found) -> None:
    if found.kinds:
        st.markdown(_("This file says something of these kinds. No value is shown, or sent to the browser."))
        st.markdown("\n".join(f"- {escape(_(kind))}" for kind in found.kinds))
    else:
        st.markdown(_("No identifying attribute was found. That is no proof that there is none."))
    said = joined((_(reason) for reason in found.reasons), " ")
    words = _("What is written into the picture itself is not looked for in the header: look yourself.")
    st.caption(f"{words} {escape(said)}")


def _clean_copy(opened: Opened, file: int, number: int) -> None:
    st.markdown(
        _(
            "A copy has the same pixels, new UIDs, no dates, and of the header only what is on a list of"
            " harmless attributes. Text in the picture and a face stay."
        )
    )
    if st.button(_("Make a copy without identity"), key="viewer-clean", icon=":material/person_off:"):
        st.session_state["viewer-cleaned"] = f"{opened.key}-{file}"
    if st.session_state.get("viewer-cleaned") != f"{opened.key}-{file}":
        return
    with st.spinner(_("Writing it anew…")):
        copy = clean_copy_of(opened, file)
    st.download_button(
        _("Download it"),
        copy,
        file_name=f"lightbox-without-identity-{number:03}.dcm",  # not the name that the file came with
        mime="application/dicom",
        key="viewer-clean-download",
        on_click="ignore",
        icon=":material/download:",
    )


def _header(table: HeaderTable) -> None:
    asked = st.text_input(
        _("Search"),
        key="viewer-search",
        placeholder=_("keyword, tag, name or value"),
        icon=":material/search:",
    )
    rows = [row for row in table.rows if _matches(row, asked)]
    st.caption(f"{_sum(table, len(rows))} {_('Values that could identify somebody are never shown.')}")
    if not rows:
        st.info(_("Nothing in this header matches. Shorten what you search for."))
        return
    shown = pd.DataFrame(
        {
            _("Tag"): [row.tag for row in rows],
            _("Keyword"): [_INDENT * row.depth + (row.keyword or "?") for row in rows],
            "VR": [row.vr for row in rows],
            _("Value"): [_value(row) for row in rows],
            _("Name"): [row.name for row in rows],
        }
    )
    height: int | Literal["auto"] = _HEIGHT if len(rows) > 10 else "auto"
    st.dataframe(shown, hide_index=True, height=height, alt=_("The header of the file as a table"))


def _sum(table: HeaderTable, n_shown: int) -> str:
    words = _(
        "{shown} of {n} elements; {hidden} values are hidden.",
        shown=n_shown,
        n=len(table.rows),
        hidden=table.n_hidden,
    )
    if table.private:
        groups = joined(f"{group} ({n})" for group, n in table.private.items())
        words += " " + _("Private elements are left out, by group: {groups}.", groups=groups)
    if table.is_cut:
        words += " " + _("The file has more elements than are listed.")
    return words


def _matches(row: HeaderRow, asked: str) -> bool:
    text = f"{row.tag} {row.keyword} {row.name} {row.vr} {_value(row)}".casefold()
    plain = text.replace("(", "").replace(")", "").replace(",", "")
    return all(word in text or word in plain for word in asked.casefold().split())


def _value(row: HeaderRow) -> str:
    return row.value or (f"[{row.note}]" if row.note else "")
