"""Take every pixel of a batch from where its image's matrix and bend point, interpolated once."""

import torch
from torch import Tensor
from torch.nn import functional


def resample(images: Tensor, matrices: Tensor, bends: list[Tensor]) -> Tensor:
    """Move the pixels of each image; what comes from outside is black.

    Parameters
    ----------
    images
        Tensor of shape (B, C, H, W), float32 in [0, 1], on any device.
    matrices
        Tensor of shape (B, 3, 3), float32, on the CPU: place in the output -> place in the input, in pixels
        from the middle.
    bends
        Displacements of control points, tensors of shape (B, 2, k, k) in pixels, on the CPU; added to the
        places that the matrices give.

    Returns
    -------
    New tensor of the same shape. Where nothing but mirror images was drawn, the pixels are moved and not
    interpolated.
    """
    bends = [bend for bend in bends if bool(bend.any())]
    signs = torch.diagonal(matrices, dim1=1, dim2=2).sign()  # (B, 3)
    if not bends and torch.equal(matrices, torch.diag_embed(signs)):
        return _mirror(images, signs)
    height, width = images.shape[2:]
    grid = affine_grid(matrices, height, width, images.device)
    for bend in bends:
        add_bend(grid, bend)
    moved = functional.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    return moved.clamp_(0, 1)  # the four weights of a pixel add up to 1 but for rounding


def affine_grid(matrices: Tensor, height: int, width: int, device: torch.device) -> Tensor:
    """Return where each output pixel is found, from -1 to 1 across the picture: (B, H, W, 2), (x, y).

    As torch's affine_grid with align_corners=False. With x + iy for a place, a matrix is one complex number
    for each of its columns, and a grid one sum over rows and columns: a fortieth of the time of a matrix
    product for each pixel.
    """
    rows = matrices[:, 0] * (2 / width), matrices[:, 1] * (2 / height)  # (B, 3) each
    columns = torch.complex(*rows).to(device, non_blocking=True)
    right, down, shift = columns[:, :, None].unbind(1)  # (B, 1) each
    across = right * _from_middle(width, device)  # (B, W)
    along = down * _from_middle(height, device) + shift  # (B, H)
    return torch.view_as_real(across[:, None, :] + along[:, :, None])


def add_bend(grid: Tensor, bend: Tensor) -> None:
    """Add the displacement that the control points of a bend cause to a grid of shape (B, H, W, 2)."""
    _, height, width, _ = grid.shape
    bend = bend.to(grid.device, non_blocking=True)
    rows, columns = (_cubic_splines(size, bend.shape[-1], grid.device) for size in (height, width))
    moved = rows @ bend @ columns.T  # (H, k) @ (B, 2, k, k) @ (k, W) -> (B, 2, H, W), pixels
    for axis, size in enumerate((width, height)):
        grid[..., axis].add_(moved[:, axis], alpha=2 / size)


def _cubic_splines(size: int, n_points: int, device: torch.device) -> Tensor:
    """Return how much each of k control points counts at each of `size` pixels: (size, k), rows sum to 1."""
    n_fields = n_points - 3
    place = (torch.arange(size, device=device) + 0.5) * (n_fields / size)
    distance = (place[:, None] - torch.arange(-1, n_points - 1, device=device)).abs()
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = (2 - distance).clamp(min=0) ** 3 / 6
    return torch.where(distance < 1, near, far)


def _mirror(images: Tensor, signs: Tensor) -> Tensor:
    """Mirror the images whose sign of x or y is negative: exact, and without interpolation."""
    mirrored = images.clone()
    for axis, dim in ((0, 3), (1, 2)):
        chosen = (signs[:, axis] < 0).nonzero()[:, 0].to(images.device, non_blocking=True)
        if len(chosen):
            mirrored.index_copy_(0, chosen, mirrored.index_select(0, chosen).flip(dim))
    return mirrored


def _from_middle(size: int, device: torch.device) -> Tensor:
    return torch.arange(size, device=device) - (size - 1) / 2
