/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow/weir-ledger-private.h"

static const WeirLedger balanced = { .in = 10,
                                     .created = 5,
                                     .out = 1,
                                     .filtered = 2,
                                     .absorbed = 3,
                                     .invalid = 4,
                                     .late = 1,
                                     .shed = 1,
                                     .failed = 1,
                                     .in_flight = 2 };

static void
test_an_empty_ledger_balances (void)
{
  const WeirLedger empty = { 0 };

  g_assert_true (weir_ledger_is_balanced (&empty));
}

static void
test_every_column_counts (void)
{
  g_assert_true (weir_ledger_is_balanced (&balanced));
  for (gsize i = 0; i < sizeof (WeirLedger) / sizeof (guint64); i++)
    {
      WeirLedger ledger = balanced;

      ((guint64 *)&ledger)[i]++;
      g_assert_false (weir_ledger_is_balanced (&ledger));
    }
}

static void
test_reading_gives_every_column (void)
{
  WeirLedger read = weir_ledger_read (&balanced);

  g_assert_cmpmem (&read, sizeof read, &balanced, sizeof balanced);
}

static void
test_adding_adds_every_column (void)
{
  WeirLedger sum = balanced;

  weir_ledger_add (&sum, &balanced);
  for (gsize i = 0; i < sizeof (WeirLedger) / sizeof (guint64); i++)
    g_assert_cmpuint (((guint64 *)&sum)[i], ==, 2 * ((const guint64 *)&balanced)[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/flow/ledger/an empty ledger balances", test_an_empty_ledger_balances);
  g_test_add_func ("/flow/ledger/every column counts", test_every_column_counts);
  g_test_add_func ("/flow/ledger/reading gives every column", test_reading_gives_every_column);
  g_test_add_func ("/flow/ledger/adding adds every column", test_adding_adds_every_column);
  return g_test_run ();
}
