"""One plain sentence a step, with the run's own numbers: no word in it that would have to be explained."""

from core.experiments.rivals.sentences import verdict_of
from core.language import N_, Message, _
from ui.story.told import PREVALENCE, REFERRED, Told

_OF_RIVALS = {
    "beats all": N_("Yes: it did better than every simpler method that was tried."),
    "not shown": N_("Not shown: at least one simpler method may be just as good."),
    "beaten": N_("No: a simpler method did better. That is worth knowing before anything else."),
}


def patients(told: Told) -> str:
    """Answer: on how many was it tried."""
    n, people = told.judged.n_samples, told.judged.n_patients
    if people is None:
        return _("It was tried on {n} images that it had never seen.", n=n)
    return _("It was tried on {n} images of {people} patients whom it had never met.", n=n, people=people)


def computer(told: Told) -> str:
    """Answer: what does it see."""
    return _("This small picture is all it gets: no history, no other images, no name.")


def learning(told: Told) -> str:
    """Answer: how did it learn."""
    n = told.run.card.n_train_images
    text = N_("It practised on {n} other images, {times} times over, and was corrected a little each time.")
    return _(text, n=n, times=len(told.run.epochs))


def good(told: Told) -> str:
    """Answer: how good is it."""
    if told.positive is None:
        return _("It named {right} of {n} images correctly.", right=told.n_right, n=told.found.n_samples)
    sick, healthy = told.sides.sick, told.sides.healthy
    return _(
        "It found {found} of {sick} with '{name}', and left {calm} of {healthy} without it in peace.",
        found=sick.called,
        sick=sick.n,
        name=told.positive,
        calm=healthy.n - healthy.called,
        healthy=healthy.n,
    )


def sure(told: Told) -> str:
    """Answer: how sure is that."""
    metric = told.judged.metrics["sensitivity" if told.positive else "accuracy"]
    low, high = _percent(metric.low), _percent(metric.high)
    n, of = told.judged.n_patients, told.positive
    if of is None:
        text = (
            N_("From these images all we can say: it names {low} to {high} of 100 correctly.")
            if n is None
            else N_("From these {n} patients all we can say: it names {low} to {high} of 100 correctly.")
        )
        return _(text, n=n, low=low, high=high)
    text = (
        N_("From these images all we can say: of 100 with '{name}' it finds {low} to {high}.")
        if n is None
        else N_("From these {n} patients all we can say: of 100 with '{name}' it finds {low} to {high}.")
    )
    return _(text, n=n, low=low, high=high, name=of)


def misses(told: Told) -> str:
    """Answer: what does it miss."""
    n = len(told.missed)
    if told.positive is None:
        return _("It named {n} of {total} wrongly; it was surest of these.", n=n, total=told.found.n_samples)
    sick = told.sides.sick.n
    if n == 0:
        return _(
            "Of {sick} with '{name}' it overlooked none. So few cannot promise that for the next.",
            sick=sick,
            name=told.positive,
        )
    return _(
        "Of {sick} with '{name}' it overlooked {n}. Would you have seen these?",
        sick=sick,
        name=told.positive,
        n=n,
    )


def whom(told: Told) -> str:
    """Answer: on whom does it work."""
    if told.group is None:
        return ""
    group, table = told.group
    if (group.metric.value or 0) >= (table.whole.value or 0):
        return _("In no group that is large enough to count does it do worse than in all.")
    values = {
        "group": Message(text=N_("{title}: {value}"), values={"title": group.title, "value": group.value}),
        "theirs": _percent(group.metric.value),
        "all": _percent(table.whole.value),
    }
    text = (
        N_("It finds least here: '{group}', {theirs} of 100, against {all} of 100 in all.")
        if told.positive
        else N_("It errs most here: '{group}', {theirs} of 100 right, against {all} of 100 in all.")
    )
    chance = _("That is more than chance.") if group.differs else _("It may be chance.")
    return _("{first} {second}", first=_(text, **values), second=chance)


def clinic(told: Told) -> str:
    """Answer: what would it do in my clinic."""
    people = told.ward
    if people is None:
        return ""
    return _(
        "If {share} of 1,000 people have it, it finds {found}, overlooks {missed}, and alarms {alarmed} for"
        " nothing.",
        share=round(1000 * PREVALENCE),
        found=people.found,
        missed=people.missed,
        alarmed=people.alarmed,
    )


def refers(told: Told) -> str:
    """Answer: when should it not answer."""
    found, n = told.referral, told.found.n_samples
    return _(
        "Passing the {share} of 100 it is least sure of to a doctor leaves {rest} of 100 wrong, instead of"
        " {all}.",
        share=round(100 * REFERRED),
        rest=_percent(found.rest.value),
        all=_percent(found.n_errors / n if n else None),
    )


def simple(told: Told) -> str:
    """Answer: does it beat simple methods."""
    return "" if told.rivals is None else _(_OF_RIVALS.get(verdict_of(told.rivals).kind, ""))


def looking(told: Told) -> str:
    """Answer: where did it look."""
    return _("The bright places counted most. Are they the right ones?")


def limits(told: Told) -> str:
    """Answer: what does it not prove."""
    if told.simulated:
        return _("A program drew these images. Nothing here says how it would do on your patients.")
    return _("Nothing here says how it would do on your patients.")


def _percent(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{100 * value:.0f}"
