"""A password that is not shown by accident.

`Secret` guards against the accidents by which passwords get into logs, crash reports and files:
`repr`, `str`, f-strings, `pickle`, JSON, `dataclasses.asdict`, locals printed with a traceback. It
is no protection from code that wants the value (`reveal()`), nor can Python wipe a string from
memory.
"""

from __future__ import annotations

import hmac
from typing import NoReturn, Self, SupportsIndex, cast, final

MASK = "••••••••"  # the same length for every password


@final
class Secret:
    """One password, immutable, equal to another by value and false when empty."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        """Keep `value`; anything but a `str` raises TypeError, which does not quote it."""
        if not isinstance(cast(object, value), str):
            kind = type(value).__name__
            del value  # the locals of this frame may be printed with the traceback
            raise TypeError(f"a Secret holds a str, not {kind}")
        self.__value = value

    def reveal(self) -> str:
        """Return the password itself. Pass it on at once and keep it in no variable."""
        return self.__value

    def encodable(self) -> bool:
        """Whether the password can be written as UTF-8, which a lone surrogate can't."""
        try:
            self.__value.encode()
        except UnicodeEncodeError:  # holds the password in its arguments: never let it out
            return False
        return True

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, format_spec: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        mine = self.__value.encode("utf-8", "surrogatepass")
        return hmac.compare_digest(mine, other.__value.encode("utf-8", "surrogatepass"))

    def __hash__(self) -> int:
        return hash((Secret, self.__value))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self  # dataclasses.asdict copies deeply: the password stays masked in its result

    def __getstate__(self) -> NoReturn:
        raise TypeError("a Secret can't be pickled")

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a Secret can't be pickled")
