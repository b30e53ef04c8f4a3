/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-ledger-private.h"

WeirLedger
weir_ledger_read (const WeirLedger *ledger)
{
  return (WeirLedger){
    .in = weir_count_read (&ledger->in),
    .created = weir_count_read (&ledger->created),
    .out = weir_count_read (&ledger->out),
    .filtered = weir_count_read (&ledger->filtered),
    .absorbed = weir_count_read (&ledger->absorbed),
    .invalid = weir_count_read (&ledger->invalid),
    .late = weir_count_read (&ledger->late),
    .shed = weir_count_read (&ledger->shed),
    .failed = weir_count_read (&ledger->failed),
    .in_flight = weir_count_read (&ledger->in_flight),
  };
}

void
weir_ledger_add (WeirLedger *sum, const WeirLedger *other)
{
  sum->in += other->in;
  sum->created += other->created;
  sum->out += other->out;
  sum->filtered += other->filtered;
  sum->absorbed += other->absorbed;
  sum->invalid += other->invalid;
  sum->late += other->late;
  sum->shed += other->shed;
  sum->failed += other->failed;
  sum->in_flight += other->in_flight;
}

gboolean
weir_ledger_is_balanced (const WeirLedger *ledger)
{
  return ledger->in + ledger->created
         == ledger->out + ledger->filtered + ledger->absorbed + ledger->invalid + ledger->late
                + ledger->shed + ledger->failed + ledger->in_flight;
}
