"""The launches of a step and of an evaluation, one method for each part of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastnn.cuda.context import Array, Context
from fastnn.cuda.kernel import Variant
from fastnn.cuda.kernels.gradient import layer_gradient
from fastnn.cuda.kernels.loss import loss_alone, loss_and_gradient, row_activation
from fastnn.cuda.kernels.norm import clip_factor
from fastnn.cuda.kernels.update import update
from fastnn.cuda.kernels.wide import wide_loss_alone, wide_loss_and_gradient, wide_row_activation
from fastnn.cuda.kernels.wide_rows import by_warps
from fastnn.cuda.lowering import Layer, lower
from fastnn.cuda.workspace import Workspace
from fastnn.plan import Plan

NEVER = 2**31 - 1
NOTHING_BAD = (NEVER, 1)  # the step at which a loss was first NaN or infinite; whether all parameters are finite


class Launches:
    """A network on a device: its parameters, and the launches that train and evaluate it. None of them waits."""

    def __init__(self, context: Context, plan: Plan, parameters: Array):
        self.context, self.plan, self.parameters = context, plan, parameters
        self.layers = lower(plan)
        self._constants = [self.constants(layer.constants) for layer in self.layers]
        self.clip = context.copy(np.array([1.0, 0.0], plan.dtype))  # the factor of the gradient, the largest norm
        self.flags = context.copy(np.array(NOTHING_BAD, np.int32))
        self.width = 1 if plan.loss is not None and plan.loss.part.target == "class" else plan.outputs
        self.measures_norm = plan.measure_norm or plan.clip_norm is not None
        self._element = np.dtype(plan.dtype).itemsize
        last = self.layers[-1]
        if last.rowwise is not None:
            make = wide_row_activation if by_warps(None, last.rowwise, last.fan_out) else row_activation
            self._row_activation = make(last.rowwise, plan.dtype)
        if plan.loss is not None:
            self._loss_constants = self.constants(plan.loss.numbers.values())
            losing = wide_loss_and_gradient if by_warps(plan.loss, last.rowwise, last.fan_out) else loss_and_gradient
            self._loss = losing(plan.loss, last.rowwise, last.trainable_count, plan.dtype)
            alone = wide_loss_alone if by_warps(plan.loss, None, last.fan_out) else loss_alone
            self._loss_alone = alone(plan.loss, plan.dtype)

    def constants(self, numbers: Any) -> Array:
        """Return run-time parameters as kernels take them; never empty."""
        return self.context.copy(np.array([*numbers, 0.0], self.plan.dtype))

    def evaluation_variants(self) -> list[Variant]:
        """Return all kernels that an evaluation needs."""
        found = [layer.evaluation for layer in self.layers]
        if self.layers[-1].rowwise is not None:
            found.append(self._row_activation)
        if self.plan.loss is not None:
            found.append(self._loss_alone)
        return found

    def training_variants(self) -> list[Variant]:
        """Return all kernels that the steps need."""
        plan, layers = self.plan, self.layers
        assert plan.loss is not None and plan.optimizer is not None
        found = [layer.training for layer in layers] + [layer.through for layer in layers[:-1]]
        found += [self._loss, layer_gradient(plan.dtype), update(plan.optimizer, plan.dtype)]
        if self.measures_norm:
            found.append(clip_factor(plan.dtype))
        return found

    def _forward(
        self,
        layer: Layer,
        kernel: Variant,
        work: Workspace,
        data: Array,
        ids: int,
        rows: int,
        output: int,
        key: int,
    ) -> None:
        """Compute one layer: of the data if it is the first, else of the layer before. ids, output: addresses."""
        first, parameters, n = layer.number == 0, self.parameters, layer.number
        self.context.kernel(kernel)(
            data=data if first else work.outputs[n - 1], ids=ids, gather=int(first),
            weights=parameters.at(layer.weights), bias=parameters.at(layer.bias), output=output,
            derivative=work.derivatives[n], planes=work.planes[n], plane=work.plane(layer),
            rows=rows, inner=layer.fan_in, columns=layer.fan_out,
            trainables=parameters.at(layer.trainable), constants=self._constants[n],
            dropout_key=key, layer=n, threshold=layer.threshold, scale=layer.scale,
        )  # fmt: skip

    def gradients(
        self, work: Workspace, data: Array, targets: Array, ids: int, losses: int, total: int, step: int, key: int
    ) -> None:
        """Compute the losses and the gradients of a batch of ``total`` rows. ids, losses: addresses."""
        for done in range(0, total, work.rows):
            rows, own = min(work.rows, total - done), ids + 4 * done
            for layer in self.layers:
                output = work.outputs[layer.number].address
                self._forward(layer, layer.training, work, data, own, rows, output, key)
            self._lose(work, targets, own, losses + self._element * done, rows, total, step)
            self._backward(work, rows)
            self._parameter_gradients(work, data, own, rows, done > 0, done + rows == total)

    def _lose(self, work: Workspace, targets: Array, ids: int, losses: int, rows: int, total: int, step: int) -> None:
        """Compute the losses, and dL/dZ of the last layer."""
        last, loss = self.layers[-1], self.plan.loss
        assert loss is not None
        elements = total if loss.part.rowwise else total * last.fan_out
        self.context.kernel(self._loss)(
            output=work.outputs[-1], targets=targets, ids=ids, width=self.width, activated=work.activated,
            derivative=work.derivatives[-1], planes=work.planes[-1], plane=work.plane(last), delta=work.deltas[-1],
            work=work.work, losses=losses, rows=rows, columns=last.fan_out, scale=1.0 / elements,
            activation_constants=self._constants[-1], loss_constants=self._loss_constants,
            first_bad=self.flags, step=step,
        )  # fmt: skip

    def _backward(self, work: Workspace, rows: int) -> None:
        """Compute dL/dZ of the layers before the last, the last of them first."""
        for layer, following in zip(self.layers[-2::-1], self.layers[:0:-1], strict=True):
            n = layer.number
            self.context.kernel(layer.through)(
                next_delta=work.deltas[n + 1], weights=self.parameters.at(following.weights),
                derivative=work.derivatives[n], planes=work.planes[n], plane=work.plane(layer),
                delta=work.deltas[n], rows=rows, inner=following.fan_out, columns=layer.fan_out,
            )  # fmt: skip

    def _parameter_gradients(
        self, work: Workspace, data: Array, ids: int, rows: int, accumulate: bool, last: bool
    ) -> None:
        """Compute the gradients of all parameters from dL/dZ of all layers."""
        kernel, parameters, gradients = (
            self.context.kernel(layer_gradient(self.plan.dtype)),
            self.parameters,
            work.gradients,
        )
        squares = 0
        for layer in self.layers:
            n, first = layer.number, layer.number == 0
            kernel(
                data=data if first else work.outputs[n - 1], ids=ids, gather=int(first), delta=work.deltas[n],
                weights=parameters.at(layer.weights), weight_gradient=gradients.at(layer.weights),
                bias_gradient=gradients.at(layer.bias), planes=work.planes[n], plane=work.plane(layer),
                trainable=layer.trainable_count, trainable_gradient=gradients.at(layer.trainable),
                squares=work.squares.at(squares) if self.measures_norm else None, rows=rows, inner=layer.fan_in,
                columns=layer.fan_out, accumulate=int(accumulate), last=int(last), l1=layer.l1, l2=layer.l2,
            )  # fmt: skip
            squares += 2 * layer.gradient_blocks

    def update(
        self,
        work: Workspace,
        step: int,
        state: Array,
        stride: int,
        live: Array,
        hyper: Array,
        scalars: int,
        checks: bool,
    ) -> None:
        """Update all parameters. scalars: the address of the optimizer's scalars of this step. checks: see update()."""
        plan, kernel = self.plan, self.context.kernel
        assert plan.optimizer is not None
        if self.measures_norm:
            kernel(clip_factor(plan.dtype))(
                squares=work.squares, count=work.squares.size // 2, clip=int(plan.clip_norm is not None),
                limit=plan.clip_norm or 0.0, result=self.clip, first_bad=self.flags, step=step,
            )  # fmt: skip
        kernel(update(plan.optimizer, plan.dtype))(
            parameters=self.parameters, gradients=work.gradients, state=state, stride=stride, live=live,
            size=plan.size, factor=self.clip, hyper=hyper, scalars=scalars, first_bad=self.flags, step=step,
            checks=int(checks),
        )  # fmt: skip

    def evaluate(
        self, work: Workspace, data: Array, targets: Array | None, ids: Array, outputs: Array, losses: Array
    ) -> None:
        """Compute the outputs of the samples ``ids`` and, if there are targets, their losses."""
        last = self.layers[-1]
        for first in range(0, ids.size, work.rows):
            rows, own = min(work.rows, ids.size - first), outputs.at(first * last.fan_out)
            for layer in self.layers:
                final = layer is last and last.rowwise is None
                output = own if final else work.outputs[layer.number].address
                self._forward(layer, layer.evaluation, work, data, ids.at(first), rows, output, 0)
            if last.rowwise is not None:
                self.context.kernel(self._row_activation)(
                    output=work.outputs[-1], activated=own, rows=rows, columns=last.fan_out,
                    activation_constants=self._constants[-1],
                )  # fmt: skip
            if targets is not None:
                self.context.kernel(self._loss_alone)(
                    output=own, targets=targets, ids=ids.at(first), width=self.width, work=work.work,
                    losses=losses.at(first), rows=rows, columns=last.fan_out, loss_constants=self._loss_constants,
                )  # fmt: skip
