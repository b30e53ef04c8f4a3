/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <weir/weir.h>

#include "base/weir-batch-private.h"
#include "expression/weir-expression-private.h"
#include "jq-generator.h"

#define WEIR_LIBJQ_LOSES_VALUES
#include "libjq-leaks.h"

/* The native engine beside libjq, over random programs and records. They must agree in values, in
 * their order, and in whether the record fails; messages may differ. WEIR_ORACLE_PROGRAMS and
 * WEIR_ORACLE_SEED make another run. */

#define PROGRAMS            420
#define RECORDS_PER_PROGRAM 5

typedef struct
{
  WeirBufferPool *pool;
  WeirExpression *canonical; /* prints values as libjq does */
  GRand *rand;
  guint n_pairs;
  guint n_native;
  guint n_other_messages;
} Oracle;

typedef struct
{
  char *outputs;
  char *message; /* NULL: the record has not failed */
} Outcome;

static void
outcome_clear (Outcome *outcome)
{
  g_free (outcome->outputs);
  g_free (outcome->message);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Outcome, outcome_clear)

static Outcome
evaluate (Oracle *oracle, WeirExpression *expression, const char *text, gsize length)
{
  g_autoptr (WeirBatch) batch = weir_batch_new (oracle->pool);
  WeirRecord *record = weir_batch_append (batch);
  GString *outputs = g_string_new (NULL);
  Outcome outcome = { 0 };
  WeirValue value;

  *record = (WeirRecord){ .batch = batch };
  weir_record_set_text (record, text, (gssize)length);
  if (weir_expression_start (expression, record))
    while (weir_expression_next (expression, &value))
      {
        g_string_append_len (outputs, value.field.text, value.field.length);
        g_string_append_c (outputs, '\n');
      }
  if (record->verdict == WEIR_VERDICT_FAILED)
    outcome.message = g_strdup (weir_batch_get_message (batch, record));
  outcome.outputs = g_string_free (outputs, FALSE);
  return outcome;
}

/* Each line as libjq prints the value. */
static char *
make_canonical (Oracle *oracle, const char *outputs)
{
  g_auto (GStrv) lines = g_strsplit (outputs, "\n", -1);
  GString *canonical = g_string_new (NULL);

  for (guint i = 0; lines[i] != NULL; i++)
    if (*lines[i] != '\0')
      {
        g_auto (Outcome) one = evaluate (oracle, oracle->canonical, lines[i], strlen (lines[i]));

        g_string_append (canonical, one.message == NULL ? one.outputs : one.message);
      }
  return g_string_free (canonical, FALSE);
}

static void
compare_on (Oracle *oracle, const char *program, WeirExpression *native, WeirExpression *libjq,
            const char *record)
{
  g_auto (Outcome) ours = evaluate (oracle, native, record, strlen (record));
  g_auto (Outcome) theirs = evaluate (oracle, libjq, record, strlen (record));
  g_autofree char *our_outputs = make_canonical (oracle, ours.outputs);
  g_autofree char *their_outputs = make_canonical (oracle, theirs.outputs);

  oracle->n_pairs++;
  oracle->n_other_messages += g_strcmp0 (ours.message, theirs.message) != 0;
  if (g_str_equal (our_outputs, their_outputs)
      && (ours.message == NULL) == (theirs.message == NULL))
    return;
  g_test_message ("program %s\nrecord %s\nnative:\n%s%s\nlibjq:\n%s%s", program, record,
                  our_outputs, ours.message ? ours.message : "", their_outputs,
                  theirs.message ? theirs.message : "");
  g_test_fail ();
}

/* A program that jq would not compile must be refused by both. */
static void
compare_program (Oracle *oracle)
{
  g_autoptr (GString) program = g_string_new (NULL);
  g_autoptr (WeirExpression) native = NULL;
  g_autoptr (WeirExpression) libjq = NULL;

  jq_generate_program (oracle->rand, program);
  native = weir_expression_new_native (program->str, NULL);
  if (native == NULL)
    return;
  libjq = weir_expression_new_libjq (program->str, NULL);
  if (libjq == NULL)
    {
      g_test_message ("libjq refuses %s", program->str);
      g_test_fail ();
      return;
    }
  oracle->n_native++;
  for (guint i = 0; i < RECORDS_PER_PROGRAM; i++)
    {
      g_autoptr (GString) record = g_string_new (NULL);

      jq_generate_record (oracle->rand, record);
      compare_on (oracle, program->str, native, libjq, record->str);
    }
}

static guint
get_number (const char *name, guint fallback)
{
  const char *text = g_getenv (name);

  return text != NULL ? (guint)g_ascii_strtoull (text, NULL, 10) : fallback;
}

static void
test_native_agrees_with_libjq_on_random_programs_and_records (void)
{
  Oracle oracle = { .pool = weir_buffer_pool_new (1024 * 1024) };
  guint n_programs = get_number ("WEIR_ORACLE_PROGRAMS", PROGRAMS);

  oracle.canonical = weir_expression_new_libjq (".", NULL);
  oracle.rand = g_rand_new_with_seed (get_number ("WEIR_ORACLE_SEED", 20240229));
  for (guint i = 0; i < n_programs; i++)
    compare_program (&oracle);
  g_test_message ("%u pairs of %u programs; %u messages differ; %u evaluations left to libjq",
                  oracle.n_pairs, oracle.n_native, oracle.n_other_messages,
                  (guint)weir_expression_get_n_deferred ());
  g_assert_cmpuint (oracle.n_pairs, >=, n_programs * 4);
  g_rand_free (oracle.rand);
  weir_expression_unref (oracle.canonical);
  weir_buffer_pool_unref (oracle.pool);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/oracle/native-agrees-with-libjq-on-random-programs-and-records",
                   test_native_agrees_with_libjq_on_random_programs_and_records);
  return g_test_run ();
}
