"""Bounds of what is done with others: providers, Redis, and the work that no client waits for."""

from __future__ import annotations

# A session token of Clerk is some 800 characters, a document of two keys some 1,500 bytes; who
# signs in waits for the call; and machines that keep time differ by less than the skew.
CLERK_TOKEN_CHARS_MAX = 4_096
CLERK_KEYS_BYTES_MAX = 65_536
CLERK_KEYS_MAX = 20
CLERK_CALL_S_MAX = 3.0
CLERK_SKEW_S = 5

# faults.md 69: a key that is new or gone at Clerk is so here within 60 s; keys that are not known
# make us ask at most once in 30 s; and for a day without an answer the last keys hold.
CLERK_KEYS_FRESH_S = 30.0
CLERK_ASK_EVERY_S = 30.0
CLERK_KEYS_KEPT_S = 86_400.0

# faults.md, money: a webhook's signature is good for so long, both ways. Its id is kept for longer
# than senders try, and sessions that ended for longer than the year that they last at most.
WEBHOOK_WINDOW_S = 300
WEBHOOKS_KEPT_S = 30 * 86_400
CLERK_ENDED_KEPT_S = 400 * 86_400

# People whom one look at the due erasures takes on, and events that one statement empties: some
# hundred milliseconds each at most. A conversation that nobody closes waits a day, not for ever.
ERASED_ACCOUNTS_MAX = 50
ERASED_EVENTS_MAX = 1_000
ERASURE_WAITS_MS = 86_400_000

# A call of Redis: it answers in less than a millisecond, or the process decides by itself. After a
# failure it is left alone for a moment, so that a Redis that hangs costs one wait and not one each.
REDIS_CALL_S_MAX = 0.25
REDIS_REST_S = 1.0
REDIS_CONNECTIONS_MAX = 16

# One call of a provider of text messages; a person waits for it.
TEXT_CALL_S_MAX = 5.0

# Codes the dev outbox keeps for the console and the tests.
DEV_OUTBOX_MAX = 200

# A file: a photo or a scan of a paper is some megabytes. Calls wait in threads of their own, so
# that a slow store of files keeps nobody else waiting; each call is tried twice within its time.
BLOB_BYTES_MAX = 8 * 1_048_576
BLOB_CALL_S_MAX = 8.0
BLOB_CONNECT_S_MAX = 2.0
BLOB_READ_S_MAX = 3.0
BLOB_TRIES_MAX = 2
BLOB_THREADS_MAX = 8

# A mail: the server takes it in less than a second, and a person waits; each of its answers is
# waited for no longer than the socket's bound.
MAIL_CALL_S_MAX = 8.0
MAIL_SOCKET_S_MAX = 4.0
MAIL_THREADS_MAX = 8

# The largest amount of an order, in the smallest unit of its currency: a hundred times the dearest
# thing for sale, and far below where a number of JSON loses its last digit.
AMOUNT_UNITS_MAX = 20_000_000

# One call of a provider of payments: a card takes seconds at times, and the buyer's browser waits
# no longer than a call of REST may. What it says of a payment is some kilobytes.
PAYMENT_CALL_S_MAX = 8.0
PAYMENT_ANSWER_BYTES_MAX = 262_144

# Calls of one provider of payments at once, from one process.
PAYMENT_CALLS_MAX = 16

# How often in a row a provider of anything may fail to answer before it is left alone, and for how
# long: an outage costs a few waits, and not one each.
PROVIDER_FAILURES_MAX = 5
PROVIDER_REST_S = 10.0

# A provider's name of a payment (Toss: 200, Stripe and KakaoPay fewer), and an address that it
# names: Stripe's pages have some 1,200 characters.
PAYMENT_REFERENCE_CHARS_MAX = 255
PAYMENT_URL_CHARS_MAX = 4_096

# Invoices of a subscription that are looked through: who is late for one has a week for it, so more
# than two are never open; and forms of Stripe's portal among which ours is looked for.
STRIPE_INVOICES_MAX = 10
STRIPE_PORTALS_MAX = 100
