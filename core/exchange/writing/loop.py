"""The sections of the batches, the validation, the training loop and the curve."""

from typing import Final

from core.exchange.writing.augmentation import mixes
from core.exchange.writing.recipe import Recipe

_GENERATOR: Final = '''def generator(epoch, batch):
    """Return a generator that depends on these two numbers and the seed alone."""
    digest = hashlib.sha256(f"{SEED}/{epoch}/{batch}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)'''

_SHOWN: Final = '''def shown(epoch):
    """Return the rows of an epoch: as many of each class as the <which> one has, the last ones by lot."""
    draws, rows = generator(epoch, -1), []
    for code in counts.nonzero()[:, 0]:
        own = train[labels[train] == code]
        whole, missing = divmod(n_of_each, len(own))
        rows += [own.repeat(whole), own[torch.randperm(len(own), generator=draws)[:missing]]]
    return torch.cat(rows)'''

_METRICS: Final = {
    "accuracy": ("float((called == truth).mean())", ""),
    "auroc": ("roc_auc_score(truth == POSITIVE, scores[:, POSITIVE])", "each(roc_auc_score)"),
    "balanced_accuracy": ("balanced_accuracy_score(truth, called)", ""),
    "average_precision": (
        "average_precision_score(truth == POSITIVE, scores[:, POSITIVE])",
        "each(average_precision_score)",
    ),
    "f1": ("f1_score(truth, called, pos_label=POSITIVE)", 'f1_score(truth, called, average="macro")'),
    "mcc": ("matthews_corrcoef(truth, called)", ""),
}
_EACH: Final = """
    def each(metric):
        return float(np.mean([metric(truth == code, scores[:, code]) for code in range(len(CLASSES))]))
"""


def batches(recipe: Recipe) -> str:
    """Return the code of `batches`: which rows are seen together, in which order."""
    balance = recipe.config.balance
    if balance not in ("over-sampling", "under-sampling"):
        return f"{_GENERATOR}\n\n\n{_n_batches(recipe, 'len(train)')}\n\n\n{_batches('train', 'len(train)')}"
    most = balance == "over-sampling"
    each = "counts.max()" if most else "counts[counts > 0].min()"
    lines = [
        "counts = torch.bincount(labels[train])  # images of each class",
        f"n_of_each = int({each})",
        "n_shown = n_of_each * int((counts > 0).sum())",
        _n_batches(recipe, "n_shown"),
    ]
    shown = _SHOWN.replace("<which>", "largest" if most else "smallest")
    return (
        f"{_GENERATOR}\n\n\n" + "\n".join(lines) + f"\n\n\n{shown}\n\n\n{_batches('shown(epoch)', 'n_shown')}"
    )


def _n_batches(recipe: Recipe, n: str) -> str:
    if recipe.config.batch_size == 1:
        return f"N_BATCHES = {n}"
    text = (
        "# No batch has only one image, unless there is but one: batch norm compares the images of a batch."
    )
    return f"{text}\nN_BATCHES = min(-(-{n} // BATCH_SIZE), max(1, {n} // 2))"


def _batches(rows: str, n: str) -> str:
    return f'''def batches(epoch):
    """Return the batches of an epoch: rows in random order, in parts of nearly equal size."""
    order = torch.randperm({n}, generator=generator(epoch, 0))
    return torch.tensor_split({rows}[order], N_BATCHES)'''


def validation(recipe: Recipe) -> str:
    """Return the code of `pictures`, `answers` and `validate`."""
    names = recipe.metric_names
    place = 0 if recipe.positive_index is not None else 1
    terms = {name: _METRICS[name][place] or _METRICS[name][0] for name in names}
    lines = [
        "@torch.no_grad()",
        "def validate():",
        '    """Return the loss (cross-entropy, in nats) and the scores on the validation images."""',
        "    network.eval()",
        "    said = [answers(rescaled(pictures(rows))) for rows in torch.split(val, 256)]",
        "    logits = torch.cat(said).float().cpu()",
        "    truth, called = labels[val].numpy(), logits.argmax(dim=1).numpy()",
    ]
    if any("scores" in term or term.startswith("each") for term in terms.values()):
        lines.append("    scores = torch.softmax(logits, dim=1).numpy()  # (n, n_classes)")
    if any(term.startswith("each") for term in terms.values()):
        lines += _EACH.splitlines()
        lines.append("")
    lines += ["    return {", '        "val_loss": float(functional.cross_entropy(logits, labels[val])),']
    lines += [f'        "val_{name}": {term},' for name, term in terms.items()]
    return f"{_PICTURES}\n\n\n{_answers(recipe)}\n\n\n" + "\n".join([*lines, "    }"])


_PICTURES: Final = '''def pictures(rows):
    """Return the pictures of some rows: (B, C, H, W) float32 in [0, 1]."""
    return (pixels[rows].float() / 65535).to(DEVICE)'''


def _answers(recipe: Recipe) -> str:
    lines = [
        "def answers(inputs):",
        '    """Return what the network says of its inputs: (B, n_classes) logits."""',
    ]
    if recipe.channels_last:
        lines.append("    inputs = inputs.contiguous(memory_format=torch.channels_last)")
    if recipe.precision == "float32":
        return "\n".join([*lines, "    return network(inputs)"])
    return "\n".join([*lines, f"    with {_autocast(recipe)}:", "        return network(inputs)"])


def _autocast(recipe: Recipe) -> str:
    return f"torch.autocast(DEVICE, dtype=torch.{recipe.precision})"


def training(recipe: Recipe) -> str:
    """Return the code of the loop."""
    config = recipe.config
    first, n_before, seen = "1", "0", "-math.inf, 0, 1.0"
    if recipe.branch is not None:
        first, n_before, seen = "FIRST_EPOCH", "(FIRST_EPOCH - 1) * N_BATCHES", 'start["plateau"]'
    state = [f"curve, step = [], {n_before}", "best_score, best_epoch = -math.inf, 0"]
    if config.schedule == "plateau":
        state.append(f"best_seen, n_waited, lowered = {seen}")
    body = [*_stages(recipe), "network.train()", *_keeping_still(recipe), "loss_sum, n_seen = 0.0, 0"]
    numbered = "for number, rows in enumerate(batches(epoch), start=1):"
    body += [numbered if config.augmentations else "for rows in batches(epoch):"]
    body += [f"    {line}" for line in _step(recipe)]
    body += ["", *_after_epoch(recipe)]
    loop = [f"for epoch in range({first}, EPOCHS + 1):", *(f"    {line}" if line else "" for line in body)]
    return "\n".join([*state, "", *loop])


def _stages(recipe: Recipe) -> list[str]:
    stages, config = recipe.stages, recipe.config
    if not config.head_epochs:
        return []
    welcome = (
        ["    begin_momentum()"] if config.optimizer in ("momentum", "nesterov") and config.momentum else []
    )
    lines = ["if epoch == 1:", "    let_learn(HEAD)", *welcome]
    if len(stages) > 1:
        parts = '"everything"' if stages[-1].n_unfrozen is None else "UNFROZEN"
        lines += ["if epoch == HEAD_EPOCHS + 1:", f"    let_learn({parts})", *welcome]
        if config.schedule == "plateau":
            lines.append("    best_seen, n_waited, lowered = -math.inf, 0, 1.0")
    return lines


def _keeping_still(recipe: Recipe) -> list[str]:
    config = recipe.config
    if not (recipe.freezes and recipe.spec.has_batch_norm and config.frozen_norm == "keep"):
        return []
    return ["for layer in keeps_still:", "    layer.eval()"]


def _step(recipe: Recipe) -> list[str]:
    config = recipe.config
    lowered = " * lowered" if config.schedule == "plateau" else ""
    lines = ["for group in optimizer.param_groups:", f'    group["lr"] = learning_rate(step){lowered}']
    images, targets = "pictures(rows)", "labels[rows].to(DEVICE)"
    if mixes(config.augmentations):
        lines.append(f"images, targets = augment({images}, {targets}, generator(epoch, number))")
    else:
        augmented = f"augment({images}, generator(epoch, number))" if config.augmentations else images
        lines.append(f"images, targets = {augmented}, {targets}")
    lines += [*_loss(recipe), "optimizer.zero_grad()"]
    if recipe.precision == "float16":
        lines += [
            "scaler.scale(total).backward()" if recipe.spec.auxiliary else "scaler.scale(loss).backward()"
        ]
        lines += ["scaler.unscale_(optimizer)", *_CLIP] if config.gradient_clip else []
        lines += ["scaler.step(optimizer)", "scaler.update()"]
    else:
        lines += ["total.backward()" if recipe.spec.auxiliary else "loss.backward()"]
        lines += [*(_CLIP if config.gradient_clip else []), "optimizer.step()"]
    return [*lines, "step += 1", "loss_sum, n_seen = loss_sum + loss.item() * len(rows), n_seen + len(rows)"]


_CLIP: Final = ["nn.utils.clip_grad_norm_(network.parameters(), GRADIENT_CLIP)"]


def _loss(recipe: Recipe) -> list[str]:
    if not recipe.spec.auxiliary:
        lines = ["loss = loss_of(answers(rescaled(images)), targets)"]
    else:
        lines = [
            "logits, *others = answers(rescaled(images))  # the auxiliary heads answer too, in training",
            "loss = total = loss_of(logits, targets)",
            "for other in others:",
            f"    total = total + {recipe.spec.auxiliary_weight} * loss_of(other, targets)",
        ]
    if recipe.precision == "float32":
        return lines
    return [f"with {_autocast(recipe)}:", *(f"    {line}" for line in lines)]


def _after_epoch(recipe: Recipe) -> list[str]:
    config = recipe.config
    sign = "-" if config.best_by == "loss" else ""
    lines = [
        'scores = {"epoch": epoch, "train_loss": loss_sum / n_seen, **validate()}',
        "curve.append(scores)",
        "print({name: round(value, 4) for name, value in scores.items()})",
        f'score = {sign}scores["val_{config.best_by}"]',
    ]
    if config.schedule == "plateau":
        lines += _PLATEAU.splitlines()
    lines += [
        "if score > best_score or best_epoch == 0:",
        "    best_score, best_epoch = score, epoch",
        '    torch.save(network.state_dict(), FOLDER / "best.pt")',
    ]
    if config.patience:
        lines += ["if epoch - best_epoch >= PATIENCE:", "    break"]
    return lines


_PLATEAU: Final = """margin = 1e-4 * abs(best_seen) if math.isfinite(best_seen) else 0.0
best_seen, n_waited = (score, 0) if score > best_seen + margin else (best_seen, n_waited + 1)
if n_waited > PLATEAU_PATIENCE:  # a plateau
    lowered, n_waited = lowered * RATE_FACTOR, 0"""


def ending(recipe: Recipe) -> str:
    """Return the code that writes the curve and holds it against the run's own."""
    lines = [
        "curve = pd.DataFrame(curve)",
        'curve.to_csv(FOLDER / "curve.csv", index=False)',
        'print(f"Best epoch: {best_epoch}. Its weights are in best.pt.")',
    ]
    if recipe.n_epochs_done:
        lines += [
            "",
            'expected = pd.read_csv(FOLDER / "expected_curve.csv")',
            'both = curve.merge(expected, on="epoch", suffixes=("", "_of_the_run"))',
            'difference = (both["val_loss"] - both["val_loss_of_the_run"]).abs().max()',
            'print(f"Largest difference of the validation loss from the run\'s own: {difference:.2g}")',
        ]
    return "\n".join(lines)
