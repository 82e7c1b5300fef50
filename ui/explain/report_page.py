"""The page that a visitor takes home: all that was said of one answer."""

from collections.abc import Callable

from core.explanation.checks.records import CheckCard
from core.explanation.picture import to_png
from core.explanation.records import Attribution
from core.language import _
from core.report.explained import Explained, explained_page
from ui.explain import familiar
from ui.explain.answer_worth import worth_on_val
from ui.explain.called import called
from ui.explain.case import Case
from ui.explain.flags import all_flags
from ui.explain.look import Look


def page_of(case: Case, answer: Attribution, look: Look, card: CheckCard) -> Callable[[], str]:
    """Return what makes the page of a map that is shown, as HTML that stands alone.

    What it says is gathered now: it is made in a thread that knows nothing of this visitor, neither the
    threshold nor what was found of an upload.
    """
    network, image = case.network, case.subject.image
    said, remarks = called(case), _remarks(case)
    warnings = all_flags(network, case.subject)

    def made() -> str:
        picture = to_png(image, answer, opacity=look.opacity, weakest=look.weakest, window=look.window)
        return explained_page(
            Explained(
                network=network.title,
                card=network.card,
                called=said,
                probabilities=case.probabilities,
                remarks=remarks,
                warnings=warnings,
                maps=((answer, picture),),
                checks=(card,) if card.lines else (),
            )
        )

    return made


def _remarks(case: Case) -> tuple[str, ...]:
    """Say what the answer is worth, and whether anybody knows what the training images look like."""
    run = case.network.run
    said = None if run is None else worth_on_val(run)
    is_known = run is not None and familiar.known(run).reference is not None
    unknown = _("Whether this image is like the training images cannot be told.")
    return (
        *(() if said is None else (said,)),
        *(() if is_known else (unknown,)),
    )
