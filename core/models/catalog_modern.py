"""Networks since 2016: denser shortcuts, fewer multiply-adds, and attention instead of convolutions."""

from typing import Final

from core.language import N_
from core.models.records import ModelSpec

_TORCHVISION: Final = "core.models.torchvision_networks:build"
_ENCODER: Final = "encoder.layers.encoder_layer"

MODERN: Final[dict[str, ModelSpec]] = {
    "densenet121": ModelSpec(
        name="densenet121",
        title=N_("DenseNet-121"),
        summary=N_("Every layer is handed the maps of all layers before it in its block."),
        strength=N_("CheXNet's network: the usual choice for chest X-rays, with seven million weights."),
        weakness=N_("Keeps all those maps in training: half as much memory again as ResNet-50."),
        paper="Huang et al., Densely connected convolutional networks, arXiv:1608.06993",
        year=2016,
        smallest_size=32,
        builder=_TORCHVISION,
        grad_cam_layer="features.norm5",
        family="modern",
        usual_size=224,
        blocks=(
            ("features.conv0", "features.norm0", "features.relu0", "features.pool0"),
            ("features.denseblock1", "features.transition1"),
            ("features.denseblock2", "features.transition2"),
            ("features.denseblock3", "features.transition3"),
            ("features.denseblock4", "features.norm5"),
        ),
        head=("classifier",),
        first_convolution="features.conv0",
        pretrained="DenseNet121_Weights.IMAGENET1K_V1",
        n_parameters=6_955_906,
        multiply_adds=2_833_139_712,
        activation_bytes=130_361_344,
    ),
    "mobilenet_v3_small": ModelSpec(
        name="mobilenet_v3_small",
        title=N_("MobileNet v3 small"),
        summary=N_(
            "Convolutions split into one map at a time and 1 x 1, with gates on the maps: for telephones."
        ),
        strength=N_(
            "The cheapest network with ImageNet weights here: a thirtieth of ResNet-18's multiply-adds."
        ),
        weakness=N_(
            "From scratch on few images it learns slowly and depends on its batch norm; start pretrained."
        ),
        paper="Howard et al., Searching for MobileNetV3, arXiv:1905.02244",
        year=2019,
        smallest_size=32,
        builder=_TORCHVISION,
        has_dropout=True,
        grad_cam_layer="features.12",
        family="modern",
        usual_size=224,
        blocks=(
            ("features.0",),
            ("features.1",),
            ("features.2", "features.3"),
            ("features.4", "features.5", "features.6", "features.7", "features.8"),
            ("features.9", "features.10", "features.11", "features.12"),
            ("classifier.0", "classifier.1", "classifier.2"),
        ),
        head=("classifier.3",),
        first_convolution="features.0.0",
        pretrained="MobileNet_V3_Small_Weights.IMAGENET1K_V1",
        n_parameters=1_519_906,
        multiply_adds=55_488_448,
        activation_bytes=16_169_824,
    ),
    "efficientnet_b0": ModelSpec(
        name="efficientnet_b0",
        title=N_("EfficientNet-B0"),
        summary=N_("MobileNet's blocks with depth, width and image size balanced by a search."),
        strength=N_(
            "In its paper more accurate on ImageNet than ResNet-50 (77.1 against 76.0 %), with a tenth of the"
            " multiply-adds."
        ),
        weakness=N_("Few multiply-adds are not little time or memory: its thin layers keep a GPU waiting."),
        paper="Tan, Le, EfficientNet: rethinking model scaling, arXiv:1905.11946",
        year=2019,
        smallest_size=32,
        builder=_TORCHVISION,
        has_dropout=True,
        grad_cam_layer="features.8",
        family="modern",
        usual_size=224,
        blocks=tuple((f"features.{number}",) for number in range(9)),
        head=("classifier.1",),
        first_convolution="features.0.0",
        pretrained="EfficientNet_B0_Weights.IMAGENET1K_V1",
        n_parameters=4_010_110,
        multiply_adds=384_537_312,
        activation_bytes=88_194_052,
    ),
    "vit_b_16": ModelSpec(
        name="vit_b_16",
        title=N_("ViT-B/16"),
        summary=N_(
            "Cuts the image into squares of 16 pixels and lets each look at all others: no convolutions."
        ),
        strength=N_(
            "Relates far-apart places in its first layer; many large networks of today are built on it."
        ),
        weakness=N_(
            "Knows nothing of images at the start: from scratch on a few thousand it does worse than a small"
            " CNN."
        ),
        paper="Dosovitskiy et al., An image is worth 16x16 words, arXiv:2010.11929",
        year=2020,
        smallest_size=64,
        size_step=16,
        builder=_TORCHVISION,
        # The last layer whose squares reach the answer: behind its attention only the class token does.
        grad_cam_layer=f"{_ENCODER}_11.ln_1",
        family="modern",
        usual_size=224,
        blocks=(
            ("conv_proj", "class_token", "encoder.pos_embedding"),
            *((f"{_ENCODER}_{number}",) for number in range(11)),
            (f"{_ENCODER}_11", "encoder.ln"),
        ),
        head=("heads.head",),
        first_convolution="conv_proj",
        needs_size=True,
        has_batch_norm=False,
        pretrained="ViT_B_16_Weights.IMAGENET1K_V1",
        n_parameters=85_800_194,
        multiply_adds=17_563_061_760,
        activation_bytes=154_925_608,
    ),
}
