/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sched.h>

#include <weir/weir.h>

#include "engine/weir-pipeline-private.h"

#define MAX_LOOKS 10000

/* A source that looks where the worker threads may run, until that is as expected: a thread has its
 * name before it is pinned. */
typedef struct
{
  WeirSource parent;
  char *expected;
  GString *seen;
  guint n_looks;
} TestPlaces;
typedef WeirSourceClass TestPlacesClass;
GType test_places_get_type (void);
G_DEFINE_TYPE (TestPlaces, test_places, WEIR_TYPE_SOURCE)

static char *
find_line (const char *text, const char *key)
{
  const char *line = strstr (text, key);

  g_assert_nonnull (line);
  line += strlen (key);
  return g_strstrip (g_strndup (line, strcspn (line, "\n")));
}

static void
list_workers (GString *places)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  const char *task;

  g_string_truncate (places, 0);
  while ((task = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc/self/task", task, "status", NULL);
      g_autofree char *text = NULL;
      g_autofree char *name = NULL;
      g_autofree char *cpus = NULL;

      if (!g_file_get_contents (path, &text, NULL, NULL))
        continue;
      name = find_line (text, "Name:");
      cpus = find_line (text, "Cpus_allowed_list:");
      if (g_str_equal (name, "weir-worker"))
        g_string_append_printf (places, "%s ", cpus);
    }
}

static WeirSourceStatus
test_places_fill (WeirSource *source, WeirEmitter *out, GError **error)
{
  TestPlaces *self = (TestPlaces *)source;

  list_workers (self->seen);
  if (g_str_equal (self->seen->str, self->expected) || ++self->n_looks == MAX_LOOKS)
    return WEIR_SOURCE_END;
  weir_stage_wake (WEIR_STAGE (source));
  return WEIR_SOURCE_WAIT;
}

static void
test_places_finalize (GObject *object)
{
  g_string_free (((TestPlaces *)object)->seen, TRUE);
  g_free (((TestPlaces *)object)->expected);
  G_OBJECT_CLASS (test_places_parent_class)->finalize (object);
}

static void
test_places_class_init (TestPlacesClass *klass)
{
  klass->fill = test_places_fill;
  G_OBJECT_CLASS (klass)->finalize = test_places_finalize;
}

static void
test_places_init (TestPlaces *self)
{
  self->seen = g_string_new (NULL);
}

static guint
get_allowed_cpu (void)
{
  cpu_set_t set;
  guint cpu = 0;

  g_assert_no_errno (sched_getaffinity (0, sizeof set, &set));
  while (!CPU_ISSET (cpu, &set))
    cpu++;
  return cpu;
}

static void
test_each_worker_runs_where_it_is_pinned (void)
{
  guint cpu = get_allowed_cpu ();
  g_autofree char *json = g_strdup_printf ("{\"threads\":2,\"affinity\":[%u],\"stages\":[{\"id\":"
                                           "\"in\",\"type\":\"source.test-places\"},"
                                           "{\"type\":\"sink.app\"}]}",
                                           cpu);
  TestPlaces *places;
  g_autoptr (GError) error = NULL;
  g_autoptr (WeirPipeline) pipeline = weir_pipeline_new_from_json (json, &error);

  g_assert_no_error (error);
  places = (TestPlaces *)weir_pipeline_get_stage (pipeline, "in");
  places->expected = g_strdup_printf ("%u %u ", cpu, cpu);
  weir_pipeline_run (pipeline, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (places->seen->str, ==, places->expected);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weir_registry_add ("source.test-places", test_places_get_type (), NULL);
  g_test_add_func ("/engine/run/each worker runs where it is pinned",
                   test_each_worker_runs_where_it_is_pinned);
  return g_test_run ();
}
