"""Bounds of orders and of asking providers about them."""

from __future__ import annotations

# Orders that one person may have open at once; a page that was left open is one of them for a day.
ORDERS_OPEN_MAX = 20

# A provider is asked by itself for the first time after so long, and then after twice as long each
# time: a charge that we have not heard of is found within ten minutes (faults.md 42).
ORDER_ASK_FIRST_MS = 60_000
ORDER_ASK_MOST_MS = 3_600_000

# Refunds are not a matter of seconds, and disputes of weeks.
ORDER_ASK_DISPUTED_MS = 6 * 3_600_000

# The longest-lived page of a provider is open for 24 h; an order that nobody has paid by then is
# cancelled. A charge that is heard of later counts all the same.
ORDER_OPEN_MS = 25 * 3_600_000

# Payment records are kept for five years (Act on the Consumer Protection in Electronic Commerce,
# Enforcement Decree, article 6), the names of events for longer than providers repeat them.
ORDERS_KEPT_MS = 5 * 365 * 86_400_000 + 2 * 86_400_000
ORDER_EVENTS_KEPT_MS = 90 * 86_400_000

# Orders that one statement purges, and that one look at the due ones takes.
ORDERS_PURGED_AT_ONCE = 10_000
ORDERS_DUE_AT_ONCE = 50

# Who took due orders has asked about them by then, or another process may.
ORDERS_LEASE_MS = 120_000

# Renewals are charged one after the other. No other is begun after so long, so that each ends while
# its lease holds: KakaoPay knows no idempotency keys, and would charge for two who ask at once.
RENEWALS_WITHIN_MS = 60_000

# How often due orders are looked for, and how many providers are asked at the same time: half of
# what one provider is asked by a process, so that buyers who wait find room beside it.
ORDERS_LOOK_EVERY_S = 5.0
ORDERS_ASKED_TOGETHER = 8

# What a browser may bring back from a provider in each of a handful of fields.
RETURNED_CHARS_MAX = 1_024

# Moves of credits that one transaction makes, and that may wait for it in one process: a second of
# what the machine can write, and then callers are told to come back.
MOVES_TOGETHER_MAX = 128
MOVES_WAITING_MAX = 4_096

# domain.md: whoever is late has seven days to pay. It is tried every day, and a wallet that was
# empty may be full by then.
SUBSCRIPTION_GRACE_DAYS = 7
SUBSCRIPTION_TRY_EVERY_MS = 86_400_000

# The days of grace are laid behind a period so long before it ends: whoever looks after renewals
# looks every few seconds, and a charge takes some more.
SUBSCRIPTION_LEAD_MS = 120_000

# Where no answer came it may have been charged: that is found within ten minutes (faults.md 42).
SUBSCRIPTION_UNANSWERED_MS = 300_000

# Browsers that come back with one order reach its provider once in so many ms, and so do webhooks
# that are not signed; so many orders are known for that. What comes beyond waits for the look at
# orders that are due.
PACED_EVERY_MS = 1_000
PACED_ORDERS_MAX = 10_000

# Of the calls of a provider so many at once are for webhooks that anybody may have sent: a quarter,
# so that who floods us with them does not keep buyers from paying.
HINTS_ASKED_TOGETHER = 4

# domain.md: a subscription may begin with seven free days, once for each person.
SUBSCRIPTION_TRIAL_DAYS = 7
