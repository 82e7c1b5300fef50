"""Networks that are small enough to follow: our own, and those that tutorials print."""

from typing import Final

from core.language import N_
from core.models.records import ModelSpec

SMALL: Final[dict[str, ModelSpec]] = {
    "small_cnn": ModelSpec(
        name="small_cnn",
        title=N_("Small CNN"),
        summary=N_("Three blocks of convolution, batch norm, ReLU and pooling, then one linear layer."),
        strength=N_("Small enough to follow every number, and trained in seconds without a GPU."),
        weakness=N_("Sees only coarse texture and shape; a few thousand images are more than it can use."),
        paper="LeCun et al., Gradient-based learning applied to document recognition, Proc. IEEE 86(11)",
        year=1998,
        smallest_size=16,
        builder="core.models.small_cnn:build",
        grad_cam_layer="blocks.2.convolution",
        blocks=(("blocks.0",), ("blocks.1",), ("blocks.2",)),
        head=("classifier",),
        first_convolution="blocks.0.convolution",
        n_parameters=23_538,
        multiply_adds=10_027_136,
        activation_bytes=1_261_824,
    ),
    "xray_cnn": ModelSpec(
        name="xray_cnn",
        title=N_("X-ray tutorial CNN"),
        summary=N_(
            "Three convolutions and two linear layers, as countless tutorials on chest X-rays print them."
        ),
        strength=N_("Every step is plain to see, and it learns a few thousand images without a GPU."),
        weakness=N_(
            "Nearly all of its weights lie in one linear layer, which learns places by heart: a film that is"
            " shifted looks new to it."
        ),
        paper="Chollet, Building powerful image classification models using very little data, Keras blog",
        year=2016,
        smallest_size=32,
        usual_size=150,
        builder="core.models.xray_cnn:build",
        has_dropout=True,
        grad_cam_layer="blocks.2.activation",
        blocks=(("blocks.0",), ("blocks.1",), ("blocks.2",), ("hidden", "activation", "dropout")),
        head=("classifier",),
        first_convolution="blocks.0.convolution",
        needs_size=True,
        has_batch_norm=False,
        n_parameters=1_212_002,
        multiply_adds=76_575_360,
        activation_bytes=6_676_368,
    ),
    "digit_cnn": ModelSpec(
        name="digit_cnn",
        title=N_("Digit tutorial CNN"),
        summary=N_(
            "Two convolutions and two linear layers: PyTorch's own first example, for 28 x 28 digits."
        ),
        strength=N_(
            "The network of most first tutorials on MNIST and MedMNIST: results compare with theirs."
        ),
        weakness=N_(
            "It shrinks an image only once: at 224 pixels its linear layer alone has 99 million weights, so"
            " it is one for small pictures."
        ),
        paper="PyTorch examples, mnist/main.py; after LeCun et al., Proc. IEEE 86(11), 1998",
        year=2017,
        smallest_size=16,
        usual_size=28,
        builder="core.models.digit_cnn:build",
        has_dropout=True,
        grad_cam_layer="features.3",
        blocks=(
            ("features.0", "features.1"),
            ("features.2", "features.3", "features.4", "features.5"),
            ("hidden",),
        ),
        head=("classifier",),
        first_convolution="features.0",
        needs_size=True,
        has_batch_norm=False,
        n_parameters=1_198_850,
        multiply_adds=11_991_424,
        activation_bytes=386_112,
    ),
    "mlp": ModelSpec(
        name="mlp",
        title=N_("Multilayer perceptron"),
        summary=N_(
            "No convolutions: two hidden layers; each unit of the first has a weight for every pixel, each of"
            " the second one for every unit of the first."
        ),
        strength=N_("The plainest network there is: what a convolution adds is seen by comparing with it."),
        weakness=N_(
            "It does not know which pixels are neighbours; a finding that moves by a few pixels is a new one"
            " to it."
        ),
        paper="Rumelhart, Hinton, Williams, Learning representations by back-propagating errors, Nature 323",
        year=1986,
        smallest_size=16,
        usual_size=28,
        builder="core.models.mlp:build",
        grad_cam_layer=None,
        blocks=(("hidden.1", "hidden.2"), ("hidden.3", "hidden.4")),
        head=("classifier",),
        needs_size=True,
        has_batch_norm=False,
        n_parameters=234_114,
        multiply_adds=233_728,
        activation_bytes=4_672,
    ),
    "row_gru": ModelSpec(
        name="row_gru",
        title=N_("Row-by-row GRU"),
        summary=N_("A recurrent network that reads an image like a text, one row of pixels after the other."),
        strength=N_("Shows how a network with a memory works, on images that are already here."),
        weakness=N_(
            "Rows are not words: what lies above each other is met one after the other, and reading in turn"
            " leaves a GPU idle."
        ),
        paper="Cho et al., Learning phrase representations using RNN encoder-decoder, arXiv:1406.1078",
        year=2014,
        smallest_size=16,
        usual_size=28,
        builder="core.models.row_gru:build",
        grad_cam_layer=None,
        blocks=(("rows",),),
        head=("classifier",),
        needs_size=True,
        has_batch_norm=False,
        n_parameters=60_930,
        multiply_adds=1_677_568,
        activation_bytes=117_824,
    ),
}
