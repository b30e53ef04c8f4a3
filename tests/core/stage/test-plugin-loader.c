/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stage/weir-plugin-loader-private.h"

static void
open_fails_with (const char *name, const char *reason)
{
  g_autofree char *file
      = g_strdup_printf ("%s/fixture-%s.so", g_getenv ("WEIR_TEST_PLUGINS"), name);
  g_autoptr (GError) error = NULL;
  GModule *module = NULL;

  g_assert_null (weir_plugin_open (file, &module, &error));
  g_assert_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_PLUGIN);
  g_assert_nonnull (strstr (error->message, reason));
  g_assert_null (module);
}

static void
a_plugin_of_another_abi_is_not_read_any_further (void)
{
  open_fails_with ("other-abi", "plugin ABI 999, and this is 1");
  open_fails_with ("other-abi-undefined", "plugin ABI 999, and this is 1");
}

static void
a_plugin_must_have_a_whole_descriptor (void)
{
  open_fails_with ("no-descriptor", "exports no weir_plugin_descriptor");
  open_fails_with ("gaps", "its descriptor has gaps");
  open_fails_with ("other-kind", "says that its kind is \"sink\"");
  open_fails_with ("undefined", "nobody_has_this");
  open_fails_with ("not-there", "cannot be loaded");
}

static void
a_good_plugin_tells_of_itself_and_gives_its_type (void)
{
  g_autofree char *file
      = g_build_filename (g_getenv ("WEIR_TEST_PLUGINS"), "fixture-good.so", NULL);
  g_autoptr (GError) error = NULL;
  GModule *module = NULL;
  const WeirPluginDescriptor *descriptor;

  g_type_ensure (WEIR_TYPE_FILTER);
  descriptor = weir_plugin_open (file, &module, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (descriptor->name, ==, "filter.fixture");
  g_assert_true (g_type_is_a (weir_plugin_get_stage_type (descriptor, &error), WEIR_TYPE_FILTER));
  g_module_make_resident (module);
}

static void
a_type_must_derive_from_the_base_class_of_its_kind (void)
{
  g_autofree char *file
      = g_build_filename (g_getenv ("WEIR_TEST_PLUGINS"), "fixture-other-base.so", NULL);
  g_autoptr (GError) error = NULL;
  GModule *module = NULL;
  const WeirPluginDescriptor *descriptor;

  g_type_ensure (WEIR_TYPE_FILTER);
  descriptor = weir_plugin_open (file, &module, &error);
  g_assert_no_error (error);
  g_assert_true (weir_plugin_get_stage_type (descriptor, &error) == G_TYPE_INVALID);
  g_assert_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_PLUGIN);
  g_module_make_resident (module);
}

static void
names_have_a_kind_and_a_name (void)
{
  g_assert_true (weir_stage_name_is_good ("filter.sample"));
  g_assert_true (weir_stage_name_is_good ("sink.http-2"));
  g_assert_false (weir_stage_name_is_good ("filter."));
  g_assert_false (weir_stage_name_is_good ("filter"));
  g_assert_false (weir_stage_name_is_good ("filters.sample"));
  g_assert_false (weir_stage_name_is_good ("filter.Sample"));
  g_assert_false (weir_stage_name_is_good ("filter.-a"));
  g_assert_false (weir_stage_name_is_good ("filter.a.b"));
}

static void
a_file_tells_the_name_that_it_would_have (void)
{
  g_autofree char *plain = weir_plugin_guess_name ("/x/weir-filter-sample.so");
  g_autofree char *dashed = weir_plugin_guess_name ("weir-sink-http-push.so");

  g_assert_cmpstr (plain, ==, "filter.sample");
  g_assert_cmpstr (dashed, ==, "sink.http-push");
  g_assert_null (weir_plugin_guess_name ("/x/filter-sample.so"));
}

static void
a_program_that_holds_the_library_owns_no_plugins (void)
{
  g_assert_null (weir_plugin_find_own_folder ());
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/plugin-loader/" #name, name)
  ADD (a_plugin_of_another_abi_is_not_read_any_further);
  ADD (a_plugin_must_have_a_whole_descriptor);
  ADD (a_good_plugin_tells_of_itself_and_gives_its_type);
  ADD (a_type_must_derive_from_the_base_class_of_its_kind);
  ADD (names_have_a_kind_and_a_name);
  ADD (a_file_tells_the_name_that_it_would_have);
  ADD (a_program_that_holds_the_library_owns_no_plugins);
  return g_test_run ();
}
