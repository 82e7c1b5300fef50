"""What the checklists ask for: the topic of each item that a rule cites, in our words, and its number.

Every number was held against a published list: STARD 2015 against table 2 of its explanation (Cohen 2016,
doi:10.1136/bmjopen-2016-012799), TRIPOD+AI against its own table 2 (PMC11019967), CLAIM 2024 against its
published checklist of 44 items, which numbers some of them otherwise than CLAIM 2020 did.
"""

from typing import Final

from core.language import N_, Message

STARD: Final = "STARD 2015"
TRIPOD: Final = "TRIPOD+AI"
CLAIM: Final = "CLAIM 2024"
SOURCES: Final = {
    STARD: "Bossuyt 2015, doi:10.1136/bmj.h5527",
    TRIPOD: "Collins 2024, doi:10.1136/bmj-2023-078378",
    CLAIM: "Tejani 2024, doi:10.1148/ryai.240300",
}
TOPICS: Final = {
    (STARD, "8"): N_("where and when patients were found"),
    (STARD, "9"): N_("how the series of patients was formed"),
    (STARD, "10b"): N_("the reference standard"),
    (STARD, "12a"): N_("cut-offs and their reason"),
    (STARD, "13b"): N_("what those who set the reference knew"),
    (STARD, "15"): N_("indeterminate results"),
    (STARD, "16"): N_("missing data"),
    (STARD, "17"): N_("how accuracy varies"),
    (STARD, "18"): N_("sample size"),
    (STARD, "19"): N_("flow of patients"),
    (STARD, "20"): N_("who the patients were"),
    (STARD, "21a"): N_("how severe the disease was"),
    (STARD, "21b"): N_("what the others had instead"),
    (STARD, "24"): N_("estimates and their precision"),
    (STARD, "26"): N_("limits, bias, other places"),
    (STARD, "27"): N_("role in practice"),
    (TRIPOD, "5a"): N_("sources of data"),
    (TRIPOD, "6a"): N_("setting and centres"),
    (TRIPOD, "7"): N_("preparation of data"),
    (TRIPOD, "8b"): N_("who judged the outcome"),
    (TRIPOD, "10"): N_("sample size"),
    (TRIPOD, "11"): N_("missing data"),
    (TRIPOD, "12a"): N_("how data were used"),
    (TRIPOD, "12e"): N_("measures and comparison of models"),
    (TRIPOD, "12f"): N_("updating, such as calibration"),
    (TRIPOD, "13"): N_("imbalance of classes"),
    (TRIPOD, "15"): N_("output and thresholds"),
    (TRIPOD, "16"): N_("development against evaluation data"),
    (TRIPOD, "23a"): N_("performance, also in groups"),
    (CLAIM, "7"): N_("sources of data"),
    (CLAIM, "8"): N_("who comes in, who is left out"),
    (CLAIM, "9"): N_("preparation of data"),
    (CLAIM, "14"): N_("the reference standard"),
    (CLAIM, "16"): N_("source of the annotations"),
    (CLAIM, "17"): N_("annotation of the test set"),
    (CLAIM, "19"): N_("how images were assigned to the split"),
    (CLAIM, "20"): N_("no patient on two sides"),
    (CLAIM, "21"): N_("sample size"),
    (CLAIM, "30"): N_("robustness"),
    (CLAIM, "31"): N_("explainability"),
    (CLAIM, "32"): N_("test on internal data"),
    (CLAIM, "33"): N_("test on external data"),
    (CLAIM, "35"): N_("how many were left out"),
    (CLAIM, "36"): N_("who is in each part of the split"),
    (CLAIM, "38"): N_("estimates and their precision"),
    (CLAIM, "41"): N_("role in practice"),
}


def cited(checklist: str, item: str) -> Message:
    """Return a checklist, the topic that it asks for, and the number of its item."""
    values: dict[str, str | int | float | bool | None | Message] = {
        "checklist": checklist,
        "topic": Message(text=TOPICS[checklist, item]),
        "item": item,
    }
    return Message(text=N_("{checklist}: {topic} (item {item})"), values=values)
