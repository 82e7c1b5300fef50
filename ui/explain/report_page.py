"""The page that a visitor takes home: all that was said of one answer."""

from core.explanation.checks.records import CheckCard
from core.explanation.picture import to_png
from core.explanation.records import Attribution
from core.report.explained import Explained, explained_page
from ui.explain.called import called
from ui.explain.case import Case
from ui.explain.flags import all_flags
from ui.explain.look import Look


def page_of(case: Case, answer: Attribution, look: Look, card: CheckCard) -> str:
    """Return the page of a map that is shown, as HTML that stands alone."""
    network, image = case.network, case.subject.image
    picture = to_png(image, answer, opacity=look.opacity, weakest=look.weakest, window=look.window)
    explained = Explained(
        network=network.title,
        card=network.card,
        called=called(case),
        probabilities=case.probabilities,
        remarks=(),
        warnings=all_flags(network, case.subject),
        maps=((answer, picture),),
        checks=(card,) if card.lines else (),
    )
    return explained_page(explained)
