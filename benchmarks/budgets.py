"""The budgets, in the order in which they are printed."""

from typing import Final

from benchmarks.records import Budget

BUDGETS: Final[tuple[Budget, ...]] = (
    Budget(
        name="input_small",
        what="training, small CNN, 28 px, four augmentations: images/s over the bare step",
        bound=">=",
        limit=0.95,
        unit="x",
        builder="benchmarks.training_input:small_network",
    ),
    Budget(
        name="input_resnet",
        what="the same, ResNet-18, 224 px",
        bound=">=",
        limit=0.93,
        unit="x",
        builder="benchmarks.training_input:resnet",
    ),
    Budget(
        name="input_pil",
        what="the same over a per-image PIL + DataLoader pipeline (small CNN, 28 px)",
        bound=">=",
        limit=1.9,
        unit="x",
        builder="benchmarks.training_input:against_pil",
    ),
    Budget(
        name="quick_train",
        what="default task, from the button to the result, nothing cached",
        bound="<=",
        limit=30,
        unit="s",
        builder="benchmarks.training_run:quick_train",
    ),
    Budget(
        name="first_sign",
        what="press Train -> something moves (the state or the message changes)",
        bound="<=",
        limit=1.5,
        unit="s",
        builder="benchmarks.training_run:first_sign",
    ),
    Budget(
        name="first_point",
        what="press Train -> first point of the curve (600 images, warm cache)",
        bound="<=",
        limit=6,
        unit="s",
        builder="benchmarks.training_run:first_point",
    ),
    Budget(
        name="live_refresh",
        what="live panel: server CPU a refresh at 5,000 points a curve",
        bound="<=",
        limit=80,
        unit="ms",
        builder="benchmarks.live_panel:refresh",
    ),
    Budget(
        name="first_paint",
        what="first paint, cold browser",
        bound="<=",
        limit=4,
        unit="s",
        builder="benchmarks.screens:first_paint",
    ),
    Budget(
        name="page_switch",
        what="page switch, settled, 95th percentile",
        bound="<=",
        limit=800,
        unit="ms",
        builder="benchmarks.screens:page_switch",
    ),
    Budget(
        name="grad_cam",
        what="Grad-CAM on ResNet-18, 224 px, one CPU thread, warm",
        bound="<=",
        limit=0.3,
        unit="s",
        builder="benchmarks.explaining:grad_cam",
    ),
    Budget(
        name="open_dataset",
        what="open a data set of 100,000 images, its table and its last image",
        bound="<=",
        limit=1,
        unit="s",
        builder="benchmarks.opening:seconds",
    ),
    Budget(
        name="open_dataset_memory",
        what="memory of the same: more than that of 1,000 images by",
        bound="<=",
        limit=64,
        unit="MB",
        builder="benchmarks.opening:growth",
    ),
)
