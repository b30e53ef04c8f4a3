/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stage/weir-plugin-loader-private.h"

#include <dlfcn.h>

#include "stage/weir-registry-private.h"

const char *const weir_stage_kinds[]
    = { "source", "transform", "validate", "aggregate", "filter", "sink", NULL };

GType
weir_stage_kind_get_type (const char *kind)
{
  GType (*const types[]) (void)
      = { weir_source_get_type,    weir_transform_get_type, weir_validate_get_type,
          weir_aggregate_get_type, weir_filter_get_type,    weir_sink_get_type };

  for (guint i = 0; weir_stage_kinds[i] != NULL; i++)
    if (strcmp (weir_stage_kinds[i], kind) == 0)
      return types[i]();
  return G_TYPE_INVALID;
}

const char *
weir_stage_name_get_kind (const char *name)
{
  for (guint i = 0; weir_stage_kinds[i] != NULL; i++)
    {
      const gsize length = strlen (weir_stage_kinds[i]);
      if (strncmp (name, weir_stage_kinds[i], length) == 0 && name[length] == '.')
        return weir_stage_kinds[i];
    }
  return NULL;
}

gboolean
weir_stage_name_is_good (const char *name)
{
  const char *kind = weir_stage_name_get_kind (name);

  if (kind == NULL)
    return FALSE;

  const char *rest = name + strlen (kind) + 1;
  return g_ascii_isalnum (*rest)
         && rest[strspn (rest, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

const char *const *
weir_kind_get_ports (const char *kind)
{
  static const char *const all[] = { "out", "else", "invalid", "late", "shed", "failed", NULL };
  static const char *const filter[] = { "out", "else", "late", "shed", "failed", NULL };
  static const char *const validate[] = { "out", "invalid", "late", "shed", "failed", NULL };
  static const char *const sink[] = { "late", "shed", "failed", NULL };
  static const char *const other[] = { "out", "late", "shed", "failed", NULL };

  if (kind == NULL)
    return all;
  if (strcmp (kind, "filter") == 0)
    return filter;
  if (strcmp (kind, "validate") == 0)
    return validate;
  return strcmp (kind, "sink") == 0 ? sink : other;
}

static gboolean G_GNUC_PRINTF (2, 3) refuse (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_PLUGIN, message);
  return FALSE;
}

/* Before all else: of another number, nothing else is where it is looked for. */
static gboolean
check_abi (const WeirPluginDescriptor *d, GError **error)
{
  if (d->abi == WEIR_PLUGIN_ABI)
    return TRUE;
  return refuse (error,
                 "it was built for plugin ABI %u, and this is %u; "
                 "build it again with the headers of this version",
                 d->abi, WEIR_PLUGIN_ABI);
}

static gboolean
check_descriptor (const WeirPluginDescriptor *d, GError **error)
{
  if (d->kind == NULL || d->name == NULL || d->summary == NULL || d->version == NULL
      || d->licence == NULL || d->get_type == NULL)
    return refuse (error, "its descriptor has gaps; fill in every member");
  if (!weir_stage_name_is_good (d->name))
    return refuse (error, "\"%s\" is not a name for a stage type; name it kind.name", d->name);
  if (strcmp (weir_stage_name_get_kind (d->name), d->kind) != 0)
    return refuse (error, "it is named \"%s\" and says that its kind is \"%s\"; make them agree",
                   d->name, d->kind);
  return TRUE;
}

/* Opens with all symbols bound, so that one that is missing is told now and not in the midst of a
 * run. Where it is missing because the plugin is of another ABI, that is the better reason. */
static GModule *
open_module (const char *file, GError **error)
{
  g_autoptr (GError) reason = NULL;
  GModule *bound = g_module_open_full (file, G_MODULE_BIND_LOCAL, &reason);
  GModule *lazy = bound == NULL
                      ? g_module_open_full (file, G_MODULE_BIND_LAZY | G_MODULE_BIND_LOCAL, NULL)
                      : NULL;
  gpointer symbol = NULL;

  if (bound != NULL)
    return bound;
  if (lazy == NULL || !g_module_symbol (lazy, WEIR_PLUGIN_SYMBOL, &symbol) || symbol == NULL
      || check_abi (symbol, error))
    refuse (error, "it cannot be loaded (%s); build it again or remove it", reason->message);
  if (lazy != NULL)
    g_module_close (lazy);
  return NULL;
}

const WeirPluginDescriptor *
weir_plugin_open (const char *file, GModule **module, GError **error)
{
  GModule *opened = open_module (file, error);
  gpointer symbol = NULL;

  if (opened == NULL)
    return NULL;
  if (!g_module_symbol (opened, WEIR_PLUGIN_SYMBOL, &symbol) || symbol == NULL)
    refuse (error, "it exports no " WEIR_PLUGIN_SYMBOL
                   ", so it is not a plugin; build it with WEIR_DEFINE_PLUGIN or remove it");
  else if (check_abi (symbol, error) && check_descriptor (symbol, error))
    {
      *module = opened;
      return symbol;
    }
  g_module_close (opened);
  return NULL;
}

GType
weir_plugin_get_stage_type (const WeirPluginDescriptor *descriptor, GError **error)
{
  const GType type = descriptor->get_type ();

  if (type != G_TYPE_INVALID && !G_TYPE_IS_ABSTRACT (type)
      && g_type_is_a (type, weir_stage_kind_get_type (descriptor->kind)))
    return type;
  if (type == G_TYPE_INVALID)
    refuse (error,
            "its type could not be registered; give the struct a name that no other type has");
  else
    refuse (error, "its type %s is not a %s; derive it from that base class", g_type_name (type),
            descriptor->kind);
  return G_TYPE_INVALID;
}

char *
weir_plugin_guess_name (const char *file)
{
  g_autofree char *base = g_path_get_basename (file);

  if (!g_str_has_prefix (base, "weir-") || !g_str_has_suffix (base, ".so"))
    return NULL;

  char *name = g_strndup (base + 5, strlen (base) - 8);
  char *dash = strchr (name, '-');
  if (dash != NULL)
    *dash = '.';
  return name;
}

/* BUILD/core/libweir-1.so → BUILD/plugins; LIBDIR/libweir-1.so → LIBDIR/weir-1/plugins. A program
 * that has the library's objects in itself, as a unit test has, owns no plugins: they would bring
 * a second copy of the library with them. */
char *
weir_plugin_find_own_folder (void)
{
  Dl_info info;

  if (dladdr ((void *)weir_plugin_find_own_folder, &info) == 0 || info.dli_fname == NULL)
    return NULL;

  g_autofree char *base = g_path_get_basename (info.dli_fname);
  if (!g_str_has_prefix (base, "libweir-"))
    return NULL;

  g_autofree char *library = g_canonicalize_filename (info.dli_fname, NULL);
  g_autofree char *folder = g_path_get_dirname (library);
  g_autofree char *built = g_build_filename (folder, "..", "plugins", NULL);
  if (g_str_has_suffix (folder, "/core") && g_file_test (built, G_FILE_TEST_IS_DIR))
    return g_steal_pointer (&built);
  g_autofree char *installed = g_build_filename (folder, "weir-1", "plugins", NULL);
  if (g_file_test (installed, G_FILE_TEST_IS_DIR))
    return g_steal_pointer (&installed);
  return g_file_test (WEIR_PLUGIN_DIR, G_FILE_TEST_IS_DIR) ? g_strdup (WEIR_PLUGIN_DIR) : NULL;
}
