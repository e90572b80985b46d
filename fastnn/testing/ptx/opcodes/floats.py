"""Floating-point arithmetic. ``.ftz`` flushes operands and results; without a rounding it is to nearest, as ``.rn``."""

from __future__ import annotations

from fastnn.testing.ptx.instruction import Instruction
from fastnn.testing.ptx.opcodes.registry import opcode
from fastnn.testing.ptx.translate import Translation

DIRECTED = ("rz", "rm", "rp")
_APPROXIMATE = {
    "rcp": "floats.reciprocal",
    "sqrt": "np.sqrt",
    "rsqrt": "floats.reciprocal_root",
    "ex2": "np.exp2",
    "lg2": "np.log2",
    "sin": "np.sin",
    "cos": "np.cos",
    "tanh": "np.tanh",
}


def read_floats(t: Translation, i: Instruction, count: int) -> list[str]:
    """The operands behind the result."""
    if i.type not in ("f32", "f64"):
        raise i.error(f"{i.opcode} of .{i.type} is not supported")
    operands = [t.read(operand, i.type) for operand in i.operands[1 : count + 1]]
    return [f"floats.ftz({x})" for x in operands] if "ftz" in i.modifiers and i.type == "f32" else operands


def write_float(t: Translation, i: Instruction, expression: str) -> None:
    if "sat" in i.modifiers:
        expression = f"floats.sat({expression})"
    if "ftz" in i.modifiers and i.type == "f32":
        expression = f"floats.ftz({expression})"
    t.write(i.operands[0], expression, i.type)


def rounding(i: Instruction) -> str:
    mode = next((word for word in i.modifiers if word in DIRECTED), "rn")
    if mode != "rn" and i.type != "f32":
        raise i.error(f"{i.opcode}.{mode} of .{i.type} is not supported")
    return mode


def arithmetic(t: Translation, i: Instruction) -> None:
    """add, sub, mul of floats."""
    a, b = read_floats(t, i, 2)
    mode = rounding(i)
    if mode != "rn":
        function = "mul" if i.opcode == "mul" else "add"
        write_float(t, i, f"floats.{function}_directed({a}, {'-' if i.opcode == 'sub' else ''}{b}, '{mode}')")
    elif {"ftz", "sat"} & set(i.modifiers):
        write_float(t, i, f"({a} {dict(add='+', sub='-', mul='*')[i.opcode]} {b})")
    else:
        t.ufunc(dict(add="add", sub="subtract", mul="multiply")[i.opcode], i.operands[0], i.type, a, b)


@opcode("fma", 4, "rn rz rm rp ftz sat")
def fused(t: Translation, i: Instruction) -> None:
    a, b, c = read_floats(t, i, 3)
    mode = rounding(i)
    if mode == "rn":
        write_float(t, i, f"fma.fma{i.type[1:]}({a}, {b}, {c})")
    else:
        write_float(t, i, f"floats.fma_directed({a}, {b}, {c}, '{mode}')")


def divide(t: Translation, i: Instruction) -> None:
    a, b = read_floats(t, i, 2)
    rounding_is_nearest(i)
    write_float(t, i, f"({a} / {b})")


@opcode("rcp sqrt", 2, "rn approx ftz")
def root(t: Translation, i: Instruction) -> None:
    if "approx" in i.modifiers:
        return approximate(t, i)
    (x,) = read_floats(t, i, 1)
    write_float(t, i, f"{_APPROXIMATE[i.opcode]}({x})")
    return None


@opcode("rsqrt ex2 lg2 sin cos tanh", 2, "approx ftz")
def approximate(t: Translation, i: Instruction) -> None:
    (x,) = read_floats(t, i, 1)
    write_float(t, i, f"floats.approximate({_APPROXIMATE[i.opcode]}, {x})")


def rounding_is_nearest(i: Instruction) -> None:
    if set(DIRECTED) & set(i.modifiers):
        raise i.error("only rounding to nearest is supported")


def extreme(t: Translation, i: Instruction) -> None:
    """min and max of floats."""
    a, b = read_floats(t, i, 2)
    if "NaN" in i.modifiers:
        nan = f"np.isnan({a}) | np.isnan({b})"
        write_float(t, i, f"np.where({nan}, np.{NUMPY_NAN[i.type]}, floats.{i.opcode}imum({a}, {b}))")
    else:
        write_float(t, i, f"floats.{i.opcode}imum({a}, {b})")


NUMPY_NAN = {"f32": "float32('nan')", "f64": "float64('nan')"}


def sign(t: Translation, i: Instruction) -> None:
    """neg and abs of floats."""
    (x,) = read_floats(t, i, 1)
    write_float(t, i, f"np.{dict(neg='negative', abs='abs')[i.opcode]}({x})")


@opcode("copysign", 3)
def copysign(t: Translation, i: Instruction) -> None:
    a, b = read_floats(t, i, 2)
    t.write(i.operands[0], f"np.copysign({b}, {a})", i.type)


@opcode("testp", 2, "finite infinite number notanumber normal subnormal")
def testp(t: Translation, i: Instruction) -> None:
    (x,) = read_floats(t, i, 1)
    t.write(i.operands[0], f"floats.testp('{i.modifiers[0]}', {x})", "pred")
