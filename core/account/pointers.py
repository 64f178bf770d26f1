"""A call of machine code by its address, from compiled code that was compiled without it."""

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic


@intrinsic
def call_at(_: Any, at: Any, shares: Any, value: Any, is_sale: Any) -> Any:  # noqa: ARG001 - numba's signature
    """Return what the function at the address `at` answers; it takes two floats and a bool and returns a float.

    numba's own first-class functions would carry two more words and a Python object into every tuple of terms, and a
    dispatcher as an argument would compile the day loop anew for each function.
    """
    signature = types.float64(types.int64, types.float64, types.float64, types.boolean)

    def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        number, flag = context.get_value_type(types.float64), ir.IntType(8)
        target = ir.FunctionType(number, [number, number, flag]).as_pointer()
        address, count, amount, sale = arguments
        return builder.call(builder.inttoptr(address, target), [count, amount, builder.zext(sale, flag)])

    return signature, generate
