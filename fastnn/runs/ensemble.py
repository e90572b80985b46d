"""Train the networks of a run, and choose the encoding of their inputs if the run leaves it open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fastnn.device import thread_count
from fastnn.errors import Diverged
from fastnn.model.evaluation import judge
from fastnn.model.measuring import scalars
from fastnn.model.outputs import combined
from fastnn.network.targets import Metrics
from fastnn.parts.part import Bound
from fastnn.runs.means import mean_history, mean_of
from fastnn.runs.members import Member
from fastnn.runs.setup import Setup
from fastnn.runs.units import convert
from fastnn.training.arrays import Arrays
from fastnn.training.prepared import Prepared, prepare_training
from fastnn.training.record import MeanRecord, Record, Result
from fastnn.training.together import train_together


class Ensemble:
    """The networks of a run and what has become of them.

    on_mean: called with the mean of every epoch, once all networks that are still training have done it; all stop if it
    returns "stop". on_progress: called with the number of epochs that are done and of all, of all networks together.
    on_choice: called with the validation losses of the encodings that were tried. on_end: called when a network has
    been trained.
    """

    def __init__(
        self,
        run: Setup,
        on_mean: Callable[[MeanRecord], Any] | None = None,
        on_progress: Callable[[int, int], Any] | None = None,
        on_choice: Callable[[dict[str, float]], Any] | None = None,
        on_end: Callable[[], Any] | None = None,
    ):
        self.run, self._on_mean, self._on_progress, self._on_choice = run, on_mean, on_progress, on_choice
        self._on_end = on_end
        self.encoding = next(iter(run.members))
        self.history: list[MeanRecord] = []
        self._chosen, self._stop = len(run.members) == 1, False
        self._tried = run.tried
        self._trainings = run.experiment.ensemble + self._tried * (len(run.members) - 1)
        self._arrays = Arrays()
        self._histories: dict[tuple[str, int], list[Record]] = {}
        self._results: dict[tuple[str, int], Result] = {}

    def train(self) -> None:
        """Train all networks. Raises what ends the training early, and the Diverged of the first if all diverged."""
        tried = self._tried
        try:
            if tried:
                self._together([(encoding, number) for number in range(tried) for encoding in self.run.members])
                self._choose()
            self._together([(self.encoding, number) for number in range(tried, len(self.members))])
        finally:
            if not self._chosen:
                self._choose()
        if not self.kept and self.diverged:
            raise Diverged(
                f"All {len(self.diverged)} networks diverged: the loss became NaN or infinite. Try a smaller learning "
                "rate, or clip_norm=1."
            )

    @property
    def members(self) -> tuple[Member, ...]:
        """All networks with the chosen encoding."""
        return self.run.members[self.encoding]

    @property
    def kept(self) -> list[int]:
        """The numbers of the networks that have been trained and did not diverge."""
        return [i for i in range(len(self.members)) if self._is_kept(self.encoding, i)]

    @property
    def diverged(self) -> list[int]:
        """The numbers of the networks that diverged, which are left out."""
        return [i for i in range(len(self.members)) if self.result(i).stopped == "diverged"]

    def result(self, number: int) -> Result:
        """Return the result of a network; without a history, if it was never trained."""
        return self._results.get((self.encoding, number), Result(stopped="interrupted"))

    def networks(self, last: bool = False) -> list[Any]:
        """Return the networks that are kept, with their best parameters, or with those after their last epoch."""
        return [self.result(i).last if last else self.members[i].network for i in self.kept]

    def validation(self) -> dict[str, float]:
        """Return "validation_loss" and the metrics of the rows that validate; {} without such rows.

        Each row is judged by the networks that did not train on it, by all of them together.
        """
        found = self._held_out([self.members[i] for i in self.kept])
        return {"validation_loss": found.pop("loss"), **found} if found else {}

    def test(self) -> dict[str, Any]:
        """Return the loss and the metrics of the test rows, as predicted by all networks together; {} without them."""
        members, about = [self.members[i] for i in self.kept], self.run.dataset
        if about.test is None or not members:
            return {}
        target, loss = about.preprocessing.target, self._loss()
        outputs = [
            target.rescaled(m.network.forward(m.dataset.test[0]), m.dataset.preprocessing.target)
            for m in members
            if m.dataset.test is not None
        ]
        return judge(members[0].network, target, loss, combined(outputs, loss), about.test[1])

    def _loss(self) -> Bound:
        """Return the loss of the combined outputs, which are scaled as the target of all rows is."""
        e = self.run.experiment
        assert e.loss is not None
        return convert(e.loss, self.run.dataset.preprocessing.target, e.dtype)[1]

    def _held_out(self, members: Sequence[Member]) -> dict[str, Any]:
        """Return the loss and the metrics of the rows that validate these networks."""
        target, loss = self.run.dataset.preprocessing.target, self._loss()
        outputs, targets = [], []
        for dataset in {id(m.dataset): m.dataset for m in members}.values():
            if dataset.validation is None:
                continue
            X, y = dataset.validation
            own = dataset.preprocessing.target
            mine = [target.rescaled(m.network.forward(X), own) for m in members if m.dataset is dataset]
            outputs.append(combined(mine, loss))
            targets.append(target.rescaled(y, own) if target.kind == "real" else y)
        if not outputs:
            return {}
        y = np.concatenate(targets)
        return scalars(judge(members[0].network, target, loss, np.concatenate(outputs), y))

    def _is_kept(self, encoding: str, number: int) -> bool:
        result = self._results.get((encoding, number))
        return result is not None and bool(result.history) and result.stopped != "diverged"

    def _choose(self) -> None:
        """Choose the encoding with the lowest validation loss. The data and the networks of the others are freed."""
        losses = {}
        for encoding, members in self.run.members.items():
            kept = [m for i, m in enumerate(members) if self._is_kept(encoding, i)]
            loss = self._held_out(kept).get("loss", np.inf) if kept else np.inf
            losses[encoding] = float(loss) if np.isfinite(loss) else float("inf")
        self.encoding = min(losses, key=losses.__getitem__)
        self._chosen = True
        self._arrays = Arrays()
        for encoding in losses.keys() - {self.encoding}:
            del self.run.members[encoding]
        if self._on_choice is not None and min(losses.values()) < np.inf:
            self._on_choice(losses)
        self._tell_means()  # all networks have been trained already if there are no more of them than folds

    def _together(self, jobs: list[tuple[str, int]]) -> None:
        """Train these networks, and keep the results however the training ends."""
        if not jobs or self._stop:
            return
        trainings = [self._training(self.run.members[encoding][number]) for encoding, number in jobs]
        threads = thread_count(self.run.experiment.threads)

        def on_epoch(place: int, record: Record) -> Any:
            self._histories.setdefault(jobs[place], []).append(record)
            self._tell_progress()
            self._tell_means()
            return "stop" if self._stop else None

        def on_end(place: int, result: Result) -> None:
            self._results[jobs[place]] = result
            self._tell_progress()
            self._tell_means()
            if self._on_end is not None:
                self._on_end()

        try:
            results = train_together(trainings, threads, on_epoch, on_end)
        except BaseException as error:
            results = getattr(error, "results", [])
            raise
        finally:
            self._results |= dict(zip(jobs, results, strict=False))
            self._tell_means()

    def _training(self, member: Member) -> Prepared:
        e, data = self.run.experiment, member.dataset
        return prepare_training(
            member.network, data.X, data.y, Metrics(), validation=data.validation, loss=member.network.loss,
            optimizer=e.optimizer, epochs=e.epochs, batch_size=e.batch_size, shuffle=e.shuffle, seed=member.seed,
            device=e.device, threads=1, dropout=e.dropout, l1=e.l1, l2=e.l2, clip_norm=e.clip_norm,
            early_stopping=e.early_stopping, tolerance=e.tolerance, arrays=self._arrays,
        )  # fmt: skip

    def _tell_progress(self) -> None:
        """Tell how many epochs are done. A network that stopped early has no more to do."""
        if self._on_progress is None:
            return
        epochs = self.run.experiment.epochs
        ended = len(self._results)
        running = sum(len(h) for key, h in self._histories.items() if key not in self._results)
        self._on_progress(ended * epochs + running, self._trainings * epochs)

    def _tell_means(self) -> None:
        """Tell the mean of each epoch that no network is still to do."""
        if not self._chosen:
            return
        keys = [(self.encoding, number) for number in range(len(self.members))]
        while not self._stop:
            done = [self._histories.get(key, []) for key in keys]
            number = len(self.history)
            if any(len(h) <= number and key not in self._results for key, h in zip(keys, done, strict=True)):
                return
            records = [h[number] for h in done if len(h) > number]
            if not records:
                return
            self.history.append(mean_of(records))
            if self._on_mean is not None:
                answer = self._on_mean(self.history[-1])
                self._stop = self._stop or (isinstance(answer, str) and answer == "stop")

    def full_history(self) -> list[MeanRecord]:
        """Return the means over the networks that are kept, also of epochs that not all of them reached."""
        return mean_history([self.result(i).history for i in self.kept])
