"""``seefood train --from-scratch``: a convolutional network from nothing."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from seefood.datasets.labelled_pictures import LabelledPictures
    from seefood.model.classifier import Classifier
    from seefood.model.scratch import ScratchTraining
    from seefood.networks.recipes import NamedNetwork

__all__ = ["Wishes", "checkpoint_of", "is_table", "table_for", "trained"]


@dataclass(frozen=True)
class Wishes:
    """What a person said on the command line; None for what they did not."""

    network: str | None = None
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    strides: int | None = None
    dropout: float | None = None
    shape: str | None = None
    keras: Path | None = None
    history: Path | None = None
    augment: str | None = None
    """Names of transforms, or ``none``; None: what the network's own recipe does."""

    @property
    def named(self) -> list[str]:
        """The options that were used."""
        return [f"--{name.replace('_', '-')}" for name, value in vars(self).items() if value is not None]


def is_table(path: Path) -> bool:
    """Whether labelled pictures are in one file, or in IDX files, rather than in a folder of classes."""
    from seefood.datasets.idx import stems_in

    try:
        return path.is_file() or (path.is_dir() and bool(stems_in(path)))
    except OSError:
        return False


def checkpoint_of(output: Path) -> Path:
    """Where a training is kept from epoch to epoch until its model is saved."""
    return output.with_name(f".{output.name}.training")


def trained(
    data_path: Path,
    test_path: Path | None,
    output: Path,
    wishes: Wishes,
    *,
    risk: float | None,
    seed: int,
    quiet: bool,
    as_json: bool,
) -> "ScratchTraining":
    """Load, train, save; what there is to say before and while it goes on is said here."""
    from seefood.cli.terminal import Progress
    from seefood.model.scratch import how_many_learned, train_from_scratch
    from seefood.networks.recipes import suited

    network = _network(wishes)
    shape = None if wishes.shape is None else _shape(wishes.shape)
    _check_places(wishes)
    with Progress(quiet=quiet) as progress:
        data, test = _loaded(data_path, test_path, shape, progress.update)
        network = _as_wished(suited(network, how_many_learned(len(data), network)), wishes)
        if not quiet and not as_json:
            _show_network(network, data)
        training = train_from_scratch(
            data, network, test=test, seed=seed, checkpoint=checkpoint_of(output), progress=progress.update
        )
    if risk is not None:
        training = training.at_risk(risk)
    training.classifier.save(output)
    _save_extras(training, wishes)
    checkpoint_of(output).unlink(missing_ok=True)
    return training


def _network(wishes: Wishes) -> "NamedNetwork":
    """The network that was asked for, with what was asked to be different."""
    from seefood.networks.course import with_dropout, with_strides
    from seefood.networks.notation import NotationError, pointed
    from seefood.networks.recipes import DEFAULT, network_named

    try:
        network = network_named(wishes.network or DEFAULT)
    except NotationError as error:
        click.echo(pointed(error), err=True)
        raise
    if wishes.strides is not None:
        network = replace(network, architecture=with_strides(network.architecture, wishes.strides))
    if wishes.dropout is not None:
        network = replace(network, architecture=with_dropout(network.architecture, wishes.dropout))
    return _as_wished(network, wishes)


def _as_wished(network: "NamedNetwork", wishes: Wishes) -> "NamedNetwork":
    """Trained as was asked for; what was not asked for as it is."""
    from seefood.errors import ShapeError
    from seefood.networks.recipes import augmentation_named

    choices: dict[str, Any] = {name: getattr(wishes, name) for name in ("epochs", "batch_size", "learning_rate")}
    changes = {name: value for name, value in choices.items() if value is not None}
    if wishes.augment == "auto":
        raise ShapeError(
            "expected transforms by name with --from-scratch, or none; found auto, which needs a pretrained network; "
            "see what 'seefood train FOLDER --augment auto' says of your pictures, and name those"
        )
    if wishes.augment is not None:
        changes["augmentation"] = augmentation_named(wishes.augment or "none")
    return replace(network, recipe=replace(network.recipe, **changes))


def _shape(text: str) -> tuple[int, ...]:
    from seefood.errors import ShapeError

    sides = text.lower().replace("x", ",").split(",")
    if not 2 <= len(sides) <= 3 or not all(side.strip().isascii() and side.strip().isdigit() for side in sides):
        raise ShapeError(f"expected --shape as HEIGHT,WIDTH or HEIGHT,WIDTH,3; found {text[:60]!r}; write it so")
    return tuple(int(side) for side in sides)


def _check_places(wishes: Wishes) -> None:
    from seefood.errors import OutputError

    for path, suffixes in ((wishes.keras, (".keras",)), (wishes.history, (".svg", ".json"))):
        if path is not None and (path.suffix.lower() not in suffixes or not path.parent.is_dir()):
            raise OutputError(
                f"{path}: expected a name that ends in {' or '.join(suffixes)}, in a folder that is there; found "
                "another; name one"
            )


def _loaded(
    data_path: Path, test_path: Path | None, shape: tuple[int, ...] | None, watch: Any
) -> "tuple[LabelledPictures, LabelledPictures | None]":
    from seefood.datasets.loading import load_labelled, load_test_of

    def progress(done: int, of: int) -> None:
        watch("reading", done, of)

    data = load_labelled(data_path, shape=shape, watch=progress)
    if test_path is None:
        return data, load_test_of(data_path, shape=shape, labels=data.labels)
    return data, load_labelled(test_path, shape=data.shape, labels=data.labels, watch=progress)


def _show_network(network: "NamedNetwork", data: "LabelledPictures") -> None:
    """The table of layers before the long work."""
    from rich.table import Table

    from seefood.cli.terminal import console, in_time, printable
    from seefood.model.scratch import how_many_learned
    from seefood.networks.estimate import estimated_seconds

    out = console()
    height, width, channels = data.shape
    colours = "grey" if channels == 1 else "colour"
    out.print(
        f"[bold]{printable(data.name)}[/]: {len(data):,} {colours} pictures of {height} by {width} in "
        f"{len(data.labels)} classes"
    )
    rows = network.architecture.table(data.shape, len(data.labels))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("layer", "kind", "output", "weights", "multiply-adds"):
        table.add_column(heading, justify="left" if heading in ("layer", "kind") else "right", no_wrap=True)
    for row in rows:
        output = "×".join(map(str, row.output or ()))
        table.add_row(row.name, row.kind, output, f"{row.parameters:,}", f"{row.multiply_adds:,}")
    table.add_row("in all", "", "", f"{rows.parameters:,}", f"{rows.multiply_adds:,}", style="bold")
    out.print(table)
    recipe = network.recipe
    seconds = estimated_seconds(rows.multiply_adds, how_many_learned(len(data), network), recipe)
    out.print(
        f"[dim]{recipe.epochs} epoch{'s' if recipe.epochs > 1 else ''}, {recipe.batch_size} pictures a step; "
        f"about {in_time(seconds)}[/]"
    )


def _save_extras(training: "ScratchTraining", wishes: Wishes) -> None:
    import json

    from seefood.files import replacing

    if wishes.keras is not None:
        with replacing(wishes.keras) as aside:
            whole = aside.with_name(f"{aside.name}.keras")  # Keras insists on the ending
            try:
                training.model.save(whole)
                whole.replace(aside)
            finally:
                whole.unlink(missing_ok=True)
    if wishes.history is not None and wishes.history.suffix.lower() == ".json":
        with replacing(wishes.history) as aside:
            aside.write_text(json.dumps(training.to_json()["history"]), encoding="utf-8")
    elif wishes.history is not None:
        from seefood.drawing.svg import save
        from seefood.networks.history import draw_history

        save(draw_history(training.history, training.best), wishes.history)


def table_for(classifier: "Classifier", path: Path) -> "LabelledPictures":
    """Labelled pictures in a table or in IDX files, of the shape and the classes that a model knows."""
    from seefood.datasets.loading import load_labelled, load_test_of

    wanted = classifier.card.preprocessing
    data = load_test_of(path, labels=classifier.labels) if path.is_dir() else None
    return data or load_labelled(path, shape=(wanted.height, wanted.width), labels=classifier.labels)
