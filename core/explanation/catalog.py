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
        unit=N_("logits per unit of input"),
        builder="core.explanation.methods.gradients:saliency",
        shown_first=True,
    ),
    "input_x_gradient": ExplainerSpec(
        name="input_x_gradient",
        title=N_("Input x gradient"),
        summary=N_("The gradient times the pixel: what a linear model would have counted for each pixel."),
        reads=N_(
            "Orange speaks for the class, blue against it, if the network were linear around the image."
        ),
        caution=N_("A pixel whose input is zero gets nothing, however important it is; it is grainy, too."),
        paper="Shrikumar et al., Not just a black box, arXiv:1605.01713",
        year=2016,
        signed=True,
        unit=N_("logits"),
        builder="core.explanation.methods.gradients:input_x_gradient",
    ),
    "smoothgrad": ExplainerSpec(
        name="smoothgrad",
        title=N_("SmoothGrad"),
        summary=N_("The mean gradient over noisy copies of the image: saliency with less grain."),
        reads=N_("Bright: small changes here move the score, also when the image is a little noisy."),
        caution=N_("A smooth map is not a truer one, and noisy copies are images that nobody trained with."),
        paper="Smilkov et al., SmoothGrad, arXiv:1706.03825",
        year=2017,
        signed=False,
        unit=N_("logits per unit of input"),
        builder="core.explanation.methods.gradients:smoothgrad",
        settings=("noise", "n_samples", "seed"),
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
        unit=N_("logits"),
        builder="core.explanation.methods.paths:integrated_gradients",
        shown_first=True,
        settings=("baseline", "n_steps", "seconds"),
        sums_up=True,
    ),
    "gradient_shap": ExplainerSpec(
        name="gradient_shap",
        title=N_("GradientSHAP"),
        summary=N_("Divides the score as integrated gradients do, from many noisy starts at random points."),
        reads=N_("Orange speaks for the class, blue against it; together they add up in the mean."),
        caution=N_(
            "Random: few samples add up badly. The starts are noise around one image, not training images as"
            " in the paper."
        ),
        paper="Lundberg, Lee, A unified approach to interpreting model predictions, arXiv:1705.07874",
        year=2017,
        signed=True,
        unit=N_("logits"),
        builder="core.explanation.methods.paths:gradient_shap",
        settings=("baseline", "noise", "n_samples", "seconds", "seed"),
        sums_up=True,
    ),
    "deeplift": ExplainerSpec(
        name="deeplift",
        title=N_("DeepLift"),
        summary=N_("Hands the change of the score back layer by layer, from an even image to this one."),
        reads=N_("Orange speaks for the class, blue against it; together they add up to the change."),
        caution=N_(
            "It needs a rule for every kind of layer: where one is missing the values do not add up, and it"
            " is not offered."
        ),
        paper="Shrikumar et al., Learning important features, arXiv:1704.02685",
        year=2017,
        signed=True,
        unit=N_("logits"),
        builder="core.explanation.methods.paths:deeplift",
        settings=("baseline",),
        needs_repair=True,
        sums_up=True,
    ),
    "guided_backprop": ExplainerSpec(
        name="guided_backprop",
        title=N_("Guided backpropagation"),
        summary=N_("A gradient that hands on only what is positive at each ReLU: fine, sharp edges."),
        reads=N_("Bright: edges here feed features that raise some score."),
        caution=N_(
            "It shows nearly the same edges for a network with random weights and for any class: it says much"
            " of the image and little of the network."
        ),
        paper="Springenberg et al., Striving for simplicity, arXiv:1412.6806",
        year=2014,
        signed=False,
        builder="core.explanation.methods.gradients:guided_backprop",
        needs_repair=True,
    ),
    "guided_grad_cam": ExplainerSpec(
        name="guided_grad_cam",
        title=N_("Guided Grad-CAM"),
        summary=N_("Guided backpropagation inside the regions that Grad-CAM finds."),
        reads=N_("Bright: edges inside a region that raised the score of the class."),
        caution=N_("The sharp edges are the image's: only the coarse region speaks of the class."),
        paper="Selvaraju et al., Grad-CAM, arXiv:1610.02391",
        year=2016,
        signed=False,
        builder="core.explanation.methods.cams:guided_grad_cam",
        settings=("layer",),
        needs_repair=True,
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
        builder="core.explanation.methods.cams:grad_cam",
        shown_first=True,
        settings=("layer",),
    ),
    "occlusion": ExplainerSpec(
        name="occlusion",
        title=N_("Occlusion"),
        summary=N_("Slides a cover over the image and looks by how much the score falls. No gradients."),
        reads=N_("Orange: the score falls when this is covered; blue: it rises."),
        caution=N_(
            "It sees nothing finer than its window, misses evidence that stands in two places, and a covered"
            " image is one that nobody trained with."
        ),
        paper="Zeiler, Fergus, Visualizing and understanding convolutional networks, arXiv:1311.2901",
        year=2013,
        signed=True,
        unit=N_("logits"),
        builder="core.explanation.methods.covering:occlusion",
        settings=("window", "stride", "baseline"),
    ),
    "feature_ablation": ExplainerSpec(
        name="feature_ablation",
        title=N_("Feature ablation"),
        summary=N_("Covers one cell of the image after the other and looks by how much the score falls."),
        reads=N_("Orange: the score falls when this cell is covered; blue: it rises."),
        caution=N_(
            "The cells are cut without knowledge of the finding: one that is split between two counts little"
            " in both."
        ),
        paper="Kokhlikyan et al., Captum, arXiv:2009.07896",
        year=2020,
        signed=True,
        unit=N_("logits"),
        builder="core.explanation.methods.covering:feature_ablation",
        settings=("cells", "n_cells", "baseline"),
    ),
    "lime": ExplainerSpec(
        name="lime",
        title=N_("LIME"),
        summary=N_("Covers cells at random and fits a small linear model to what the network answers."),
        reads=N_("Orange: showing this cell raises the score of the linear model; blue: it lowers it."),
        caution=N_(
            "It explains the linear model, not the network: look how well it fits, and how far another seed"
            " would agree. Other cells give another map."
        ),
        paper="Ribeiro et al., Why should I trust you?, arXiv:1602.04938",
        year=2016,
        signed=True,
        unit=N_("logits"),
        builder="core.explanation.methods.surrogate:lime",
        settings=("cells", "n_cells", "n_samples", "baseline", "seed"),
    ),
}
