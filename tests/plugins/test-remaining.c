/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a stage in a plugin sees of a record's deadline. */

#include <weir/weir-testing.h>

/* Tells what is left of the deadline, in place of the record. */
typedef WeirTransform Remaining;
typedef WeirTransformClass RemainingClass;
static GType remaining_get_type (void);
G_DEFINE_TYPE (Remaining, remaining, WEIR_TYPE_TRANSFORM)

static void
remaining_transform (WeirTransform *transform, WeirRecord *record, WeirEmitter *out)
{
  g_autoptr (WeirRecord) copy = weir_record_copy (record);
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, weir_record_get_remaining (record));

  g_assert_cmpint (weir_record_get_remaining (copy), ==, weir_record_get_remaining (record));
  weir_emitter_emit_text (out, text, -1);
}

static void
remaining_class_init (RemainingClass *klass)
{
  klass->transform = remaining_transform;
}

static void
remaining_init (Remaining *remaining)
{
}

static void
test_a_record_that_comes_has_all_its_time (void)
{
  g_autoptr (WeirHarness) harness
      = weir_harness_new_full ("transform.remaining", NULL, "{\"deadline\": \"50ms\"}", NULL);

  weir_harness_push (harness, "1");
  weir_harness_advance (harness, 1000);
  weir_harness_push (harness, "2");
  weir_harness_assert_pull (harness, "out", "50000000");
  weir_harness_assert_pull (harness, "out", "50000000");
}

static void
test_without_a_deadline_it_has_no_end (void)
{
  g_autoptr (WeirHarness) harness = weir_harness_new ("transform.remaining", NULL, NULL);

  weir_harness_push (harness, "1");
  weir_harness_assert_pull (harness, "out", "9223372036854775807");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weir_registry_add ("transform.remaining", remaining_get_type (), NULL);
  g_test_add_func ("/remaining/a record that comes has all its time",
                   test_a_record_that_comes_has_all_its_time);
  g_test_add_func ("/remaining/without a deadline it has no end",
                   test_without_a_deadline_it_has_no_end);
  return g_test_run ();
}
