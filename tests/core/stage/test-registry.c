/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>
#include <glib/gstdio.h>

#include "stage/weir-registry-private.h"
#include "test-stages.h"

/* The registry is one for the process and looks into a folder once, so each test has a folder of
 * its own and counts the warnings that it adds. */
static char *
make_folder (void)
{
  return g_dir_make_tmp ("weir-registry-XXXXXX", NULL);
}

static void
put_plugin (const char *folder, const char *fixture, const char *file)
{
  g_autofree char *from
      = g_strdup_printf ("%s/fixture-%s.so", g_getenv ("WEIR_TEST_PLUGINS"), fixture);
  g_autofree char *to = g_build_filename (folder, file, NULL);
  g_autoptr (GFile) source = g_file_new_for_path (from);
  g_autoptr (GFile) target = g_file_new_for_path (to);

  g_assert_true (g_file_copy (source, target, G_FILE_COPY_NONE, NULL, NULL, NULL, NULL));
}

static guint
count_warnings (void)
{
  g_auto (GStrv) warnings = weir_registry_get_warnings ();

  return g_strv_length (warnings);
}

static char *
get_last_warning (void)
{
  g_auto (GStrv) warnings = weir_registry_get_warnings ();

  return g_strdup (warnings[g_strv_length (warnings) - 1]);
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (folder, name, NULL);
      g_remove (file);
    }
  g_rmdir (folder);
}

static void
broken_plugins_are_a_warning_each_and_the_others_load (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *text = g_build_filename (folder, "weir-filter-text.so", NULL);
  const guint before = count_warnings ();
  g_autoptr (GError) error = NULL;

  g_file_set_contents (text, "not an object", -1, NULL);
  put_plugin (folder, "no-descriptor", "weir-filter-empty.so");
  put_plugin (folder, "other-abi", "weir-filter-old.so");
  put_plugin (folder, "good", "weir-filter-fixture.so");
  put_plugin (folder, "duplicate", "weir-filter-second.so");
  put_plugin (folder, "no-descriptor", "not-for-weir.so");
  weir_registry_add_plugin_path (folder);
  g_assert_true (weir_registry_lookup ("filter.fixture", &error) != G_TYPE_INVALID);
  g_assert_no_error (error);
  g_assert_cmpuint (count_warnings (), ==, before + 4);
  g_autofree char *last = get_last_warning ();
  g_assert_nonnull (strstr (last, "weir-filter-text.so"));
  remove_folder (folder);
}

static void
whoever_asks_for_a_plugin_that_failed_is_told_why (void)
{
  g_autofree char *folder = make_folder ();
  g_autoptr (GError) error = NULL;

  put_plugin (folder, "other-abi", "weir-filter-ancient.so");
  weir_registry_add_plugin_path (folder);
  g_assert_true (weir_registry_lookup ("filter.ancient", &error) == G_TYPE_INVALID);
  g_assert_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_PLUGIN);
  g_assert_nonnull (strstr (error->message, "\"filter.ancient\" could not be loaded"));
  g_assert_nonnull (strstr (error->message, "ABI 999"));
  remove_folder (folder);
}

static void
a_folder_reached_twice_is_looked_into_once (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *again = g_strconcat (folder, "/../", strrchr (folder, '/'), NULL);
  const guint before = count_warnings ();

  put_plugin (folder, "no-descriptor", "weir-filter-empty.so");
  weir_registry_add_plugin_path (folder);
  weir_registry_add_plugin_path (again);
  g_assert_cmpuint (count_warnings (), ==, before + 1);
  weir_registry_load ();
  g_assert_cmpuint (count_warnings (), ==, before + 1);
  remove_folder (folder);
}

static void
a_folder_that_is_not_there_is_told (void)
{
  weir_registry_add_plugin_path ("/no/such/folder");
  g_autofree char *last = get_last_warning ();
  g_assert_nonnull (strstr (last, "/no/such/folder"));
}

static void
an_unknown_type_has_the_nearest_as_a_hint (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) far = NULL;

  g_assert_true (weir_registry_lookup ("filter.tset", &error) == G_TYPE_INVALID);
  g_assert_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_UNKNOWN);
  g_assert_cmpstr (error->message, ==,
                   "unknown stage type \"filter.tset\" (did you mean \"filter.test\"?)");
  g_assert_cmpstr (weir_registry_suggest ("filter.tset"), ==, "filter.test");
  weir_registry_lookup ("nothing of the kind", &far);
  g_assert_null (strstr (far->message, "did you mean"));
}

static void
refuses (const char *name, GType type, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (weir_registry_add (name, type, &error));
  g_assert_error (error, WEIR_STAGE_ERROR, code);
}

static void
an_application_adds_types_that_can_be_stages (void)
{
  refuses ("kinds", test_kinds_get_type (), WEIR_STAGE_ERROR_VALUE);
  refuses ("filter.kinds", test_kinds_get_type (), WEIR_STAGE_ERROR_VALUE);
  refuses ("transform.base", WEIR_TYPE_TRANSFORM, WEIR_STAGE_ERROR_VALUE);
  refuses ("transform.object", G_TYPE_OBJECT, WEIR_STAGE_ERROR_VALUE);
  refuses ("transform.kinds", test_kinds_get_type (), WEIR_STAGE_ERROR_DUPLICATE);
  refuses ("source.app", WEIR_TYPE_APP_SOURCE, WEIR_STAGE_ERROR_DUPLICATE);
  g_assert_true (weir_registry_add ("transform.again", test_kinds_get_type (), NULL));
  g_assert_cmpstr (weir_registry_get_info ("transform.again")->kind, ==, "transform");
}

static void
types_are_listed_in_the_order_of_flow (void)
{
  g_auto (GStrv) all = weir_registry_list (NULL);
  g_auto (GStrv) sources = weir_registry_list ("source");
  g_auto (GStrv) none = weir_registry_list ("sauce");
  static const char *const expected[] = { "source.app", "source.test", NULL };

  g_assert_cmpstrv (sources, expected);
  g_assert_cmpstr (all[0], ==, "source.app");
  g_assert_true (g_str_has_prefix (all[g_strv_length (all) - 1], "sink."));
  g_assert_cmpuint (g_strv_length (none), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("WEIR_PLUGIN_PATH");
  test_stages_add ();
#define ADD(name) g_test_add_func ("/registry/" #name, name)
  ADD (broken_plugins_are_a_warning_each_and_the_others_load);
  ADD (whoever_asks_for_a_plugin_that_failed_is_told_why);
  ADD (a_folder_reached_twice_is_looked_into_once);
  ADD (a_folder_that_is_not_there_is_told);
  ADD (an_unknown_type_has_the_nearest_as_a_hint);
  ADD (an_application_adds_types_that_can_be_stages);
  ADD (types_are_listed_in_the_order_of_flow);
  return g_test_run ();
}
