"""Guards of what is cut off at any step: nothing half done, nothing held, nothing lost (row 23)."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_STORE = "tests/store/test_cut_off.py"
_POOL = "store/postgres/pool.py"
_TRANSACTION = f"{_STORE}::test_a_transaction_that_is_cancelled_at_any_await_is_whole_or_not_there"
_BRIDGE = "tests/store/test_bridge.py"

MUTANTS = (
    Mutant(
        name="what-was-begun-by-who-is-cut-off-is-forgotten",
        promises=("I11", "row 23"),
        file="actors/runtime.py",
        old="            for message in (*begun, *self._suspects, *self._mail):\n",
        new="            for message in ():\n",
        tests=("tests/actors/test_runtime.py::test_cancelling_answers_what_was_not_begun",),
    ),
    Mutant(
        name="a-cancelled-caller-goes-before-its-call",
        promises=("I11", "row 23"),
        file="store/asyncio_bridge.py",
        old="            return trio.lowlevel.Abort.FAILED\n",
        new="            return trio.lowlevel.Abort.SUCCEEDED\n",
        tests=(f"{_BRIDGE}::test_a_cancelled_caller_waits_until_its_call_has_ended",),
    ),
    Mutant(
        name="a-cancelled-transaction-keeps-its-connection",
        promises=("I10", "row 23"),
        file=_POOL,
        old="            finally:\n                self._give_back(connection)\n            raise\n",
        new="            finally:\n                pass\n            raise\n",
        tests=(_TRANSACTION,),
    ),
    Mutant(
        name="a-connection-that-was-not-opened-is-counted",
        promises=("I10", "row 23"),
        file=_POOL,
        old="                except BaseException:\n                    self._open -= 1\n",
        new="                except BaseException:\n",
        tests=(f"{_TRANSACTION}[False]",),
    ),
    Mutant(
        name="a-begin-that-was-cut-off-is-still-believed",
        promises=("I11", "row 23"),
        file=_POOL,
        old="                await connection.reset(timeout=_RESET_S_MAX)\n",
        new='                await connection.execute("ROLLBACK")\n',
        tests=(_TRANSACTION,),
    ),
)
