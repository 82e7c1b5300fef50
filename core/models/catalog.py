"""The networks that can be trained. Order is display order."""

from typing import Final

from core.language import N_
from core.models.records import ModelSpec

MODELS: Final[dict[str, ModelSpec]] = {
    "small_cnn": ModelSpec(
        name="small_cnn",
        title=N_("Small CNN"),
        summary=N_("Three blocks of convolution, batch norm, ReLU and pooling, then one linear layer."),
        strength=N_("Small enough to follow every number, and trained in seconds without a GPU."),
        weakness=N_("Sees only coarse texture and shape; a few thousand images are more than it can use."),
        paper="LeCun et al., Gradient-based learning applied to document recognition",
        year=1998,
        smallest_size=16,
        builder="core.models.small_cnn:build",
        grad_cam_layer="blocks.2.convolution",
        blocks=(("blocks.0",), ("blocks.1",), ("blocks.2",)),
        head=("classifier",),
        first_convolution="blocks.0.convolution",
    ),
    "resnet18": ModelSpec(
        name="resnet18",
        title=N_("ResNet-18"),
        summary=N_("Eighteen layers with shortcuts around each pair, so that gradients reach the first one."),
        strength=N_("The usual first choice for transfer learning: well understood and rarely bad."),
        weakness=N_("Eleven million weights learn a few hundred images by heart; expect overfitting."),
        paper="He et al., Deep residual learning for image recognition, arXiv:1512.03385",
        year=2015,
        smallest_size=32,
        builder="core.models.torchvision_networks:build",
        grad_cam_layer="layer4",
        family="classic",
        usual_size=224,
        blocks=(("conv1", "bn1"), ("layer1",), ("layer2",), ("layer3",), ("layer4",)),
        head=("fc",),
        first_convolution="conv1",
        pretrained="ResNet18_Weights.IMAGENET1K_V1",
    ),
}
