"""The budgets of explanations; on a GPU only where there is one."""

from typing import Final

from benchmarks.records import Budget

EXPLAINING: Final[tuple[Budget, ...]] = (
    Budget(
        name="grad_cam",
        what="Grad-CAM on ResNet-18, 224 px, one CPU thread, warm, processor time",
        bound="<=",
        limit=0.3,
        unit="s",
        builder="benchmarks.explaining:grad_cam",
    ),
    Budget(
        name="explain_grad_cam",
        what="the same over one forward and backward pass",
        bound="<=",
        limit=2.5,
        unit="x",
        builder="benchmarks.explaining:grad_cam_passes",
    ),
    Budget(
        name="explain_saliency",
        what="saliency over one pass",
        bound="<=",
        limit=1.5,
        unit="x",
        builder="benchmarks.explaining:saliency_passes",
    ),
    Budget(
        name="explain_integrated",
        what="integrated gradients of 50 steps over 50 passes",
        bound="<=",
        limit=1.1,
        unit="x",
        builder="benchmarks.explaining:integrated_passes",
    ),
    Budget(
        name="explain_occlusion",
        what="occlusion: images/s over the bare forward pass in batches of 16",
        bound=">=",
        limit=0.9,
        unit="x",
        builder="benchmarks.explaining:occlusion_rate",
    ),
    Budget(
        name="explain_answer",
        what="from an upload to its probabilities on the Explain page, demo run, in a browser",
        bound="<=",
        limit=1,
        unit="s",
        builder="benchmarks.explain_page:answer",
    ),
    Budget(
        name="explain_first_map",
        what="from there to the first map",
        bound="<=",
        limit=1,
        unit="s",
        builder="benchmarks.explain_page:first_map",
    ),
    Budget(
        name="gpu_explain_grad_cam",
        what="on a GPU: Grad-CAM over one pass",
        bound="<=",
        limit=2.5,
        unit="x",
        builder="benchmarks.explaining:gpu_grad_cam_passes",
    ),
    Budget(
        name="gpu_explain_saliency",
        what="on a GPU: saliency over one pass",
        bound="<=",
        limit=1.5,
        unit="x",
        builder="benchmarks.explaining:gpu_saliency_passes",
    ),
    Budget(
        name="gpu_explain_integrated",
        what="on a GPU: integrated gradients of 50 steps over 50 passes",
        bound="<=",
        limit=1.1,
        unit="x",
        builder="benchmarks.explaining:gpu_integrated_passes",
    ),
    Budget(
        name="gpu_explain_occlusion",
        what="on a GPU: occlusion, images/s over the bare forward pass",
        bound=">=",
        limit=0.9,
        unit="x",
        builder="benchmarks.explaining:gpu_occlusion_rate",
    ),
)
