"""What a table of groups says, in words that do not promise more than it knows."""

from core.evaluation.paired_sentences import p_words
from core.evaluation.subgroup_records import SubgroupTable
from core.language import N_, Message


def finding_words(table: SubgroupTable) -> Message:
    """Return the finding: which groups differ from the rest after correction, or that none was found to."""
    differing = [group for group in table.groups if group.differs]
    if table.n_compared == 0:
        return Message(text=N_("No group is large enough to be held against the rest."))
    if not differing:
        return Message(
            text=N_("No difference was found between the groups, which does not say that there is none.")
        )
    worst = min(differing, key=lambda group: group.difference or 0.0)
    if (worst.difference or 0.0) < 0:
        text = N_("It is worse for {title} '{value}': {difference} against the rest (corrected p: {p}).")
    else:
        text = N_("It is better for {title} '{value}': {difference} against the rest (corrected p: {p}).")
    values = {
        "title": worst.title,
        "value": worst.value,
        "difference": f"{worst.difference:+.2f}",
        "p": p_words(worst.p_corrected),
    }
    return Message(text=text, values=values)


def chance_words(table: SubgroupTable) -> Message:
    """Return the warning: among many groups one looks special by chance alone."""
    if table.n_compared < 2:
        return Message(text=N_("What was not written down cannot be seen here."))
    text = N_(
        "{n} comparisons: about {expected} of them would look like a difference (p below 0.05) if there was"
        " none. The p values here are corrected for that (Holm); the intervals are not."
    )
    values = {"n": table.n_compared, "expected": f"{table.expected_by_chance:.1f}"}
    return Message(text=text, values=values)
