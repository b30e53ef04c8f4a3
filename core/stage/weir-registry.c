/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stage/weir-registry-private.h"

#include <stdlib.h>
#include <weir/weir-app-sink.h>
#include <weir/weir-app-source.h>

#include "stage/weir-plugin-loader-private.h"

/* The stage types of the process, by name.
 *
 * Types come from plugins, from the application (weir_registry_add()) and from the library itself.
 * An entry, once made, lives as long as the process, as its type does. Plugins are looked for in
 * the folders given by hand, in those of WEIR_PLUGIN_PATH, then in the library's own; the first of
 * a name wins. What went wrong with a file is kept: as a warning, and by the name that the file
 * would have had, for whoever asks for that name.
 *
 * Threads: all of it is under one lock, which no foreign code is called under but the type
 * functions of plugins. */
typedef struct
{
  GHashTable *infos;    /* name → WeirStageInfo */
  GHashTable *failures; /* guessed name → message */
  GHashTable *seen;     /* real paths of files and folders */
  GPtrArray *warnings;
  GPtrArray *waiting; /* folders given by hand and not looked into yet */
  gboolean scanned;   /* the other folders were looked into */
} Registry;

static GMutex lock;
static Registry registry;

static void
add_info (const char *name, const char *kind, GType type, const WeirPluginDescriptor *descriptor,
          const char *file)
{
  WeirStageInfo *info = g_new0 (WeirStageInfo, 1);

  info->name = g_intern_string (name);
  info->kind = kind;
  info->type = type;
  info->summary = descriptor != NULL ? descriptor->summary : "";
  info->version = descriptor != NULL ? descriptor->version : WEIR_VERSION;
  info->licence = descriptor != NULL ? descriptor->licence : "";
  info->example = descriptor != NULL ? descriptor->example : NULL;
  info->file = file != NULL ? g_intern_string (file) : NULL;
  g_hash_table_insert (registry.infos, (gpointer)info->name, info);
}

static void
add_built_in (void)
{
  static const WeirPluginDescriptor source = {
    .summary = "Takes the records that an application pushes",
    .version = WEIR_VERSION,
    .licence = "LGPL-2.1-or-later",
  };
  static const WeirPluginDescriptor sink = {
    .summary = "Keeps the records until an application pulls them",
    .version = WEIR_VERSION,
    .licence = "LGPL-2.1-or-later",
  };

  add_info ("source.app", "source", WEIR_TYPE_APP_SOURCE, &source, NULL);
  add_info ("sink.app", "sink", WEIR_TYPE_APP_SINK, &sink, NULL);
}

static void
ensure (void)
{
  if (registry.infos != NULL)
    return;
  registry.infos = g_hash_table_new (g_str_hash, g_str_equal);
  registry.failures = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  registry.seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  registry.warnings = g_ptr_array_new_with_free_func (g_free);
  registry.waiting = g_ptr_array_new_with_free_func (g_free);
  add_built_in ();
}

/* TRUE the first time that the file or folder is come upon, by whatever path. */
static gboolean
is_new (const char *path)
{
  char *real = realpath (path, NULL);

  return g_hash_table_add (registry.seen, real != NULL ? real : g_strdup (path));
}

static void
keep_failure (const char *file, GError *error)
{
  char *name = weir_plugin_guess_name (file);
  char *warning = g_strdup_printf ("plugin %s: %s", file, error->message);

  g_ptr_array_add (registry.warnings, warning);
  if (name != NULL)
    g_hash_table_replace (registry.failures, name, g_strdup (warning));
  g_error_free (error);
}

static gboolean
register_plugin (const WeirPluginDescriptor *descriptor, const char *file, GError **error)
{
  const WeirStageInfo *other = g_hash_table_lookup (registry.infos, descriptor->name);

  if (other != NULL)
    {
      g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_DUPLICATE,
                   "there is a stage type \"%s\" already, from %s; remove one of them",
                   descriptor->name, other->file != NULL ? other->file : "the application");
      return FALSE;
    }

  GType type = weir_plugin_get_stage_type (descriptor, error);
  if (type == G_TYPE_INVALID)
    return FALSE;
  add_info (descriptor->name, weir_stage_name_get_kind (descriptor->name), type, descriptor, file);
  return TRUE;
}

/* Once the type function was called the module can no longer go: types are for ever. */
static void
load_file (const char *file)
{
  GError *error = NULL;
  GModule *module = NULL;
  const WeirPluginDescriptor *descriptor = weir_plugin_open (file, &module, &error);

  if (descriptor == NULL)
    {
      keep_failure (file, error);
      return;
    }
  if (register_plugin (descriptor, file, &error))
    {
      g_module_make_resident (module);
      return;
    }
  if (g_error_matches (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_DUPLICATE))
    g_module_close (module);
  else
    g_module_make_resident (module);
  keep_failure (file, error);
}

static gint
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static void
scan (const char *folder, gboolean must_exist)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (dir == NULL && must_exist)
    g_ptr_array_add (registry.warnings,
                     g_strdup_printf ("plugin path %s: %s", folder, error->message));
  if (dir == NULL || !is_new (folder))
    return;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "weir-") && g_str_has_suffix (name, ".so"))
      g_ptr_array_add (files, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (files, compare_strings);
  for (guint i = 0; i < files->len; i++)
    if (is_new (g_ptr_array_index (files, i)))
      load_file (g_ptr_array_index (files, i));
}

static void
scan_environment (void)
{
  const char *path = g_getenv ("WEIR_PLUGIN_PATH");
  g_auto (GStrv) folders = g_strsplit (path != NULL ? path : "", G_SEARCHPATH_SEPARATOR_S, -1);

  for (guint i = 0; folders[i] != NULL; i++)
    if (*folders[i] != '\0')
      scan (folders[i], TRUE);
}

static void
load (void)
{
  ensure ();
  for (guint i = 0; i < registry.waiting->len; i++)
    scan (g_ptr_array_index (registry.waiting, i), TRUE);
  g_ptr_array_set_size (registry.waiting, 0);
  if (registry.scanned)
    return;

  registry.scanned = TRUE;
  scan_environment ();
  g_autofree char *own = weir_plugin_find_own_folder ();
  if (own != NULL)
    scan (own, FALSE);
}

/**
 * weir_registry_add_plugin_path:
 * @path: (type filename): a folder
 *
 * Has plugins looked for in a folder, before those of `WEIR_PLUGIN_PATH` and the library's own. It
 * takes effect when the registry is next used.
 */
void
weir_registry_add_plugin_path (const char *path)
{
  g_return_if_fail (path != NULL);

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  ensure ();
  g_ptr_array_add (registry.waiting, g_strdup (path));
}

/**
 * weir_registry_load:
 *
 * Loads the plugins, once. Every other use of the registry does it too; this says when. Plugins
 * that cannot be loaded are told by weir_registry_get_warnings().
 */
void
weir_registry_load (void)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  load ();
}

static gboolean
check_type (const char *name, GType type, GError **error)
{
  const char *kind = weir_stage_name_get_kind (name);

  if (!weir_stage_name_is_good (name))
    g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_VALUE,
                 "\"%s\" is not a name for a stage type (expected kind.name, such as "
                 "\"filter.sample\")",
                 name);
  else if (!g_type_is_a (type, weir_stage_kind_get_type (kind)))
    g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_VALUE,
                 "\"%s\" is a %s, and the type %s does not derive from that base class", name, kind,
                 g_type_name (type));
  else if (G_TYPE_IS_ABSTRACT (type))
    g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_VALUE,
                 "the type %s of \"%s\" is abstract", g_type_name (type), name);
  else
    return TRUE;
  return FALSE;
}

/**
 * weir_registry_add:
 * @name: the stage type's name, `kind.name`
 * @type: a type that derives from the base class of that kind
 * @error: return location for an error, or %NULL
 *
 * Makes a stage type of the application known. Its options are its GObject properties of type
 * string, whole number, double, boolean and string list.
 *
 * Errors: %WEIR_STAGE_ERROR_VALUE for a name or type that cannot be; %WEIR_STAGE_ERROR_DUPLICATE
 * when the name is taken.
 *
 * Returns: whether it was added
 */
gboolean
weir_registry_add (const char *name, GType type, GError **error)
{
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  if (!check_type (name, type, error))
    return FALSE;

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  ensure ();
  if (g_hash_table_contains (registry.infos, name))
    {
      g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_DUPLICATE,
                   "there is a stage type \"%s\" already", name);
      return FALSE;
    }
  add_info (name, weir_stage_name_get_kind (name), type, NULL, NULL);
  return TRUE;
}

static char **
list_names (const char *kind)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, registry.infos);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, name);
  g_ptr_array_sort (names, compare_strings);
  for (guint k = 0; weir_stage_kinds[k] != NULL; k++)
    for (guint i = 0; i < names->len; i++)
      {
        const WeirStageInfo *info
            = g_hash_table_lookup (registry.infos, g_ptr_array_index (names, i));
        if (strcmp (info->kind, weir_stage_kinds[k]) == 0
            && (kind == NULL || strcmp (kind, info->kind) == 0))
          g_strv_builder_add (list, info->name);
      }
  return g_strv_builder_end (list);
}

static const char *
suggest (const char *name)
{
  g_auto (GStrv) names = list_names (NULL);
  const char *nearest = weir_nearest_name (name, (const char *const *)names);

  return nearest != NULL ? g_intern_string (nearest) : NULL;
}

static void
set_unknown (const char *name, GError **error)
{
  const char *failure = g_hash_table_lookup (registry.failures, name);
  const char *nearest = suggest (name);

  if (failure != NULL)
    g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_PLUGIN,
                 "stage type \"%s\" could not be loaded: %s", name, failure);
  else if (nearest != NULL)
    g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_UNKNOWN,
                 "unknown stage type \"%s\" (did you mean \"%s\"?)", name, nearest);
  else
    g_set_error (error, WEIR_STAGE_ERROR, WEIR_STAGE_ERROR_UNKNOWN,
                 "unknown stage type \"%s\" (`weir list` shows them all)", name);
}

/**
 * weir_registry_lookup:
 * @name: the name of a stage type
 * @error: return location for an error, or %NULL
 *
 * Errors: %WEIR_STAGE_ERROR_UNKNOWN when there is none of that name, with the nearest one as a
 * hint; %WEIR_STAGE_ERROR_PLUGIN when its plugin could not be loaded.
 *
 * Returns: the type, or %G_TYPE_INVALID
 */
GType
weir_registry_lookup (const char *name, GError **error)
{
  g_return_val_if_fail (name != NULL, G_TYPE_INVALID);
  g_return_val_if_fail (error == NULL || *error == NULL, G_TYPE_INVALID);

  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  load ();

  const WeirStageInfo *info = g_hash_table_lookup (registry.infos, name);
  if (info != NULL)
    return info->type;
  set_unknown (name, error);
  return G_TYPE_INVALID;
}

/**
 * weir_registry_list:
 * @kind: (nullable): a kind, or %NULL for all
 *
 * Returns: (transfer full) (array zero-terminated=1): the names of the stage types, in the order of
 *   flow, those of a kind by name
 */
char **
weir_registry_list (const char *kind)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  load ();
  return list_names (kind);
}

/**
 * weir_registry_get_warnings:
 *
 * What went wrong with plugins so far, a line for each file or folder.
 *
 * Returns: (transfer full) (array zero-terminated=1): the warnings
 */
char **
weir_registry_get_warnings (void)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();

  load ();
  for (guint i = 0; i < registry.warnings->len; i++)
    g_strv_builder_add (list, g_ptr_array_index (registry.warnings, i));
  return g_strv_builder_end (list);
}

const WeirStageInfo *
weir_registry_get_info (const char *name)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  load ();
  return g_hash_table_lookup (registry.infos, name);
}

const char *
weir_registry_suggest (const char *name)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);

  load ();
  return suggest (name);
}
