"""The questions the bench can put: one file each, one line here."""

from __future__ import annotations

from bench import seed
from bench.scenarios.arrivals import ARRIVALS
from bench.scenarios.churn import CHURN
from bench.scenarios.compare import COMPARE
from bench.scenarios.connect import CONNECT
from bench.scenarios.durable import DURABLE
from bench.scenarios.fanout import BURST, FANOUT
from bench.scenarios.ledger import LEDGER
from bench.scenarios.likes import LIKES_SCENARIO
from bench.scenarios.mixed import MIXED
from bench.scenarios.pairs import PAIRS
from bench.scenarios.pool import POOL
from bench.scenarios.replay import REPLAY
from bench.scenarios.rest import REST
from bench.scenarios.rooms import ROOMS_SCENARIO
from bench.scenarios.scenario import Scenario
from bench.scenarios.slow import SLOW_SCENARIO

SEED = Scenario("seed", "makes accounts in a running server", seed.add_arguments, seed.run)

SCENARIOS: tuple[Scenario, ...] = (
    FANOUT,
    BURST,
    PAIRS,
    CONNECT,
    CHURN,
    SLOW_SCENARIO,
    DURABLE,
    LIKES_SCENARIO,
    LEDGER,
    ROOMS_SCENARIO,
    POOL,
    REST,
    MIXED,
    ARRIVALS,
    REPLAY,
    COMPARE,
    SEED,
)
