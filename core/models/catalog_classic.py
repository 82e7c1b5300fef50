"""The networks that made the field, 2012 to 2015, in the order of their years."""

from typing import Final

from core.language import N_
from core.models.records import ModelSpec

_TORCHVISION: Final = "core.models.torchvision_networks:build"


def _layers(name: str, first: int, last: int) -> tuple[str, ...]:
    return tuple(f"{name}.{number}" for number in range(first, last + 1))


_RESNET: Final = (("conv1", "bn1", "relu", "maxpool"), ("layer1",), ("layer2",), ("layer3",), ("layer4",))

CLASSIC: Final[dict[str, ModelSpec]] = {
    "alexnet_paper": ModelSpec(
        name="alexnet_paper",
        title=N_("AlexNet (paper)"),
        summary=N_(
            "Five convolutions and three linear layers: the network that began deep learning on images."
        ),
        strength=N_(
            "The original: overlapping pooling, response normalisation and two halves are all there."
        ),
        weakness=N_(
            "Without batch norm it learns slowly from scratch, and it has no pretrained weights; any later"
            " network is a better choice for a result."
        ),
        paper="Krizhevsky, Sutskever, Hinton, ImageNet classification with deep convolutional networks",
        year=2012,
        smallest_size=64,
        builder="core.models.alexnet_paper:build",
        has_dropout=True,
        grad_cam_layer="features.13",
        family="classic",
        usual_size=224,
        blocks=(
            _layers("features", 0, 3),
            _layers("features", 4, 7),
            _layers("features", 8, 9),
            _layers("features", 10, 11),
            _layers("features", 12, 14),
            _layers("classifier", 1, 3),
            _layers("classifier", 4, 6),
        ),
        head=("classifier.7",),
        first_convolution="features.0",
        has_batch_norm=False,
        difference=N_(
            "This is the network as the 2012 paper prints it, 96-256-384-384-256 kernels: local response"
            " normalisation, and three convolutions that see half of the maps each, because they were shared"
            " between two graphics cards. torchvision's AlexNet is the author's later variant for one card,"
            " 64-192-384-256-256, without both."
        ),
        n_parameters=56_876_418,
        multiply_adds=720_319_008,
        activation_bytes=12_499_616,
    ),
    "alexnet": ModelSpec(
        name="alexnet",
        title=N_("AlexNet (torchvision)"),
        summary=N_(
            "AlexNet for one graphics card: five convolutions with fewer kernels, three linear layers."
        ),
        strength=N_(
            "Quick for its size, and with ImageNet weights the shortest way to see transfer learning."
        ),
        weakness=N_(
            "54 of its 57 million weights lie in two linear layers; newer networks do better with a tenth."
        ),
        paper="Krizhevsky, One weird trick for parallelizing convolutional neural networks, arXiv:1404.5997",
        year=2014,
        smallest_size=64,
        builder=_TORCHVISION,
        has_dropout=True,
        grad_cam_layer="features.11",
        family="classic",
        usual_size=224,
        blocks=(
            _layers("features", 0, 2),
            _layers("features", 3, 5),
            _layers("features", 6, 7),
            _layers("features", 8, 9),
            _layers("features", 10, 12),
            _layers("classifier", 1, 3),
            _layers("classifier", 4, 5),
        ),
        head=("classifier.6",),
        first_convolution="features.0",
        has_batch_norm=False,
        pretrained="AlexNet_Weights.IMAGENET1K_V1",
        difference=N_(
            "torchvision's AlexNet is the variant of the 2014 paper 'One weird trick', 64-192-384-256-256"
            " kernels with no response normalisation and no split between two graphics cards. The paper of"
            " 2012 prints 96-256-384-384-256: who cites 2012 and loads this one describes another network."
        ),
        n_parameters=57_012_034,
        multiply_adds=710_100_672,
        activation_bytes=3_741_184,
    ),
    "vgg11": ModelSpec(
        name="vgg11",
        title=N_("VGG-11"),
        summary=N_(
            "Eight convolutions of 3 x 3 in five blocks with pooling between, then three linear layers."
        ),
        strength=N_("The same small step again and again: the easiest deep network to explain."),
        weakness=N_("129 million weights and no batch norm: large, and hard to train from scratch."),
        paper="Simonyan, Zisserman, Very deep convolutional networks, arXiv:1409.1556",
        year=2014,
        smallest_size=32,
        builder=_TORCHVISION,
        has_dropout=True,
        grad_cam_layer="features.19",
        family="classic",
        usual_size=224,
        blocks=(
            _layers("features", 0, 2),
            _layers("features", 3, 5),
            _layers("features", 6, 10),
            _layers("features", 11, 15),
            _layers("features", 16, 20),
            _layers("classifier", 0, 2),
            _layers("classifier", 3, 5),
        ),
        head=("classifier.6",),
        first_convolution="features.0",
        has_batch_norm=False,
        pretrained="VGG11_Weights.IMAGENET1K_V1",
        n_parameters=128_774_530,
        multiply_adds=7_605_002_240,
        activation_bytes=48_869_376,
    ),
    "vgg16": ModelSpec(
        name="vgg16",
        title=N_("VGG-16"),
        summary=N_("Thirteen convolutions of 3 x 3 in five blocks, then three linear layers."),
        strength=N_(
            "Its features transfer well, and much of the literature on medical images compares with it."
        ),
        weakness=N_(
            "The most multiply-adds but one in this list and half a gigabyte of weights: slow without a GPU."
        ),
        paper="Simonyan, Zisserman, Very deep convolutional networks, arXiv:1409.1556",
        year=2014,
        smallest_size=32,
        builder=_TORCHVISION,
        has_dropout=True,
        grad_cam_layer="features.29",
        family="classic",
        usual_size=224,
        blocks=(
            _layers("features", 0, 4),
            _layers("features", 5, 9),
            _layers("features", 10, 16),
            _layers("features", 17, 23),
            _layers("features", 24, 30),
            _layers("classifier", 0, 2),
            _layers("classifier", 3, 5),
        ),
        head=("classifier.6",),
        first_convolution="features.0",
        has_batch_norm=False,
        pretrained="VGG16_Weights.IMAGENET1K_V1",
        n_parameters=134_268_738,
        multiply_adds=15_466_176_512,
        activation_bytes=73_355_264,
    ),
    "googlenet": ModelSpec(
        name="googlenet",
        title=N_("GoogLeNet"),
        summary=N_(
            "Nine blocks of four branches side by side: 1 x 1 kernels, 3 x 3 in two of them, and a pooling;"
            " two auxiliary heads."
        ),
        strength=N_("Looks at each place in four ways at once, with half of ResNet-18's weights."),
        weakness=N_("Its many narrow branches are slow on a GPU for the little they compute."),
        paper="Szegedy et al., Going deeper with convolutions, arXiv:1409.4842",
        year=2014,
        smallest_size=32,
        builder=_TORCHVISION,
        has_dropout=True,
        grad_cam_layer="inception5b",
        family="classic",
        usual_size=224,
        blocks=(
            ("conv1", "maxpool1"),
            ("conv2", "conv3", "maxpool2"),
            ("inception3a", "inception3b", "maxpool3"),
            ("inception4a", "inception4b", "inception4c", "inception4d", "inception4e", "maxpool4"),
            ("inception5a", "inception5b"),
        ),
        head=("fc",),
        auxiliary=("aux1", "aux2"),
        auxiliary_weight=0.3,  # each: section 5 of the paper
        first_convolution="conv1.conv",
        pretrained="GoogLeNet_Weights.IMAGENET1K_V1",
        difference=N_(
            "As torchvision has it: with batch norm, which the paper did not know yet, and with 3 x 3 kernels"
            " in the branch that the paper gives 5 x 5."
        ),
        n_parameters=5_601_954,
        multiply_adds=1_497_354_240,
        activation_bytes=48_170_880,
    ),
    "inception_v3": ModelSpec(
        name="inception_v3",
        title=N_("Inception v3"),
        summary=N_("GoogLeNet's idea with large kernels taken apart into small ones; one auxiliary head."),
        strength=N_(
            "Made for large images, and the network behind well-known papers on skin and eye images."
        ),
        weakness=N_("Takes no image below 75 pixels and was made for 299: costly, and wasted on small ones."),
        paper="Szegedy et al., Rethinking the Inception architecture, arXiv:1512.00567",
        year=2015,
        smallest_size=75,
        builder=_TORCHVISION,
        has_dropout=True,
        grad_cam_layer="Mixed_7c",
        family="classic",
        usual_size=299,
        blocks=(
            ("Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "maxpool1"),
            ("Conv2d_3b_1x1", "Conv2d_4a_3x3", "maxpool2"),
            ("Mixed_5b", "Mixed_5c", "Mixed_5d"),
            ("Mixed_6a", "Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"),
            ("Mixed_7a", "Mixed_7b", "Mixed_7c"),
        ),
        head=("fc",),
        auxiliary=("AuxLogits",),
        auxiliary_weight=0.4,  # of PyTorch's tutorial on finetuning and of TF-Slim; the paper names none
        first_convolution="Conv2d_1a_3x3.conv",
        pretrained="Inception_V3_Weights.IMAGENET1K_V1",
        n_parameters=21_789_666,
        multiply_adds=5_711_172_192,
        activation_bytes=98_180_652,
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
        builder=_TORCHVISION,
        grad_cam_layer="layer4",
        family="classic",
        usual_size=224,
        blocks=_RESNET,
        head=("fc",),
        first_convolution="conv1",
        pretrained="ResNet18_Weights.IMAGENET1K_V1",
        n_parameters=11_177_538,
        multiply_adds=1_813_562_368,
        activation_bytes=22_179_840,
    ),
    "resnet34": ModelSpec(
        name="resnet34",
        title=N_("ResNet-34"),
        summary=N_("ResNet-18's plan with twice the depth: thirty-four layers, shortcuts around each pair."),
        strength=N_(
            "More depth for the same kind of block: what depth alone brings is seen beside ResNet-18."
        ),
        weakness=N_("Twice ResNet-18's cost; on a few thousand images it is seldom better."),
        paper="He et al., Deep residual learning for image recognition, arXiv:1512.03385",
        year=2015,
        smallest_size=32,
        builder=_TORCHVISION,
        grad_cam_layer="layer4",
        family="classic",
        usual_size=224,
        blocks=_RESNET,
        head=("fc",),
        first_convolution="conv1",
        pretrained="ResNet34_Weights.IMAGENET1K_V1",
        n_parameters=21_285_698,
        multiply_adds=3_663_250_432,
        activation_bytes=32_215_040,
    ),
    "resnet50": ModelSpec(
        name="resnet50",
        title=N_("ResNet-50"),
        summary=N_("Fifty layers: each shortcut spans a narrow 3 x 3 convolution between two of 1 x 1."),
        strength=N_("The yardstick of the field: nearly every later paper compares with it."),
        weakness=N_("Keeps four times as many activations as ResNet-18 in training, so batches get small."),
        paper="He et al., Deep residual learning for image recognition, arXiv:1512.03385",
        year=2015,
        smallest_size=32,
        builder=_TORCHVISION,
        grad_cam_layer="layer4",
        family="classic",
        usual_size=224,
        blocks=_RESNET,
        head=("fc",),
        first_convolution="conv1",
        pretrained="ResNet50_Weights.IMAGENET1K_V1",
        n_parameters=23_512_130,
        multiply_adds=4_087_140_352,
        activation_bytes=85_909_504,
    ),
}
