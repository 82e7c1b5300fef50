"""The ways to ask a network where it looked. Order is display order."""

from typing import Final

from core.explanation.records import ExplainerSpec
from core.language import N_

EXPLAINERS: Final[dict[str, ExplainerSpec]] = {
    "saliency": ExplainerSpec(
        name="saliency",
        title=N_("Saliency"),
        summary=N_("How much the score would move if a pixel changed a little: the size of the gradient."),
        reads=N_("Bright: a small change here moves the score of the class most, up or down."),
        caution=N_("It shows where the network is sensitive, not what it relied on; it is grainy by nature."),
        paper="Simonyan et al., Deep inside convolutional networks, arXiv:1312.6034",
        year=2013,
        signed=False,
        builder="core.explanation.attribution:saliency",
        shown_first=True,
    ),
    "grad_cam": ExplainerSpec(
        name="grad_cam",
        title=N_("Grad-CAM"),
        summary=N_("Which regions of the last feature maps raise the score, enlarged to the image."),
        reads=N_("Bright: features found here raised the score of the class."),
        caution=N_("Its grid is coarse: the outline of a blob is the enlargement's, not the finding's."),
        paper="Selvaraju et al., Grad-CAM, arXiv:1610.02391",
        year=2016,
        signed=False,
        builder="core.explanation.attribution:grad_cam",
        shown_first=True,
        settings=("layer",),
    ),
    "integrated_gradients": ExplainerSpec(
        name="integrated_gradients",
        title=N_("Integrated gradients"),
        summary=N_("Divides the score among the pixels, on the way from an even grey image to this one."),
        reads=N_(
            "Orange speaks for the class, blue against it; together they add up to the change of the score."
        ),
        caution=N_(
            "It depends on the image it starts from, and adds up only as well as the delta shown says."
        ),
        paper="Sundararajan et al., Axiomatic attribution for deep networks, arXiv:1703.01365",
        year=2017,
        signed=True,
        builder="core.explanation.attribution:integrated_gradients",
        shown_first=True,
        settings=("baseline", "n_steps"),
        sums_up=True,
    ),
}
