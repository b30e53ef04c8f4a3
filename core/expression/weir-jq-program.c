/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "expression/weir-jq-program-private.h"

#include <string.h>

#include "expression/weir-jq-compiler-private.h"
#include "expression/weir-jq-regex-private.h"

void
weir_jq_program_free (WeirJqProgram *program)
{
  g_ptr_array_unref (program->memory);
  g_ptr_array_unref (program->regexes);
  g_ptr_array_unref (program->paths);
  g_ptr_array_unref (program->leaves);
  g_clear_pointer (&program->own_set, weir_field_set_free);
  g_free (program->own_slots);
  g_free (program->planned_slots);
  g_free (program);
}

static guint *
declare (const WeirJqProgram *program, WeirFieldSet *fields)
{
  guint *slots = g_new (guint, program->paths->len);

  for (guint i = 0; i < program->paths->len; i++)
    slots[i] = weir_field_set_add (fields, g_ptr_array_index (program->paths, i));
  return slots;
}

void
weir_jq_program_plan (WeirJqProgram *program, WeirFieldSet *fields)
{
  g_free (program->planned_slots);
  program->planned_slots = declare (program, fields);
  program->planned_set = fields;
}

/* The paths that are not only on the way to others; "." when the whole record is read. */
static void
find_leaves (WeirJqProgram *program)
{
  for (guint i = 0; i < program->paths->len; i++)
    {
      const char *path = g_ptr_array_index (program->paths, i);
      gsize length = strlen (path);
      gboolean leaf = TRUE;

      for (guint j = 0; leaf && j < program->paths->len; j++)
        {
          const char *other = g_ptr_array_index (program->paths, j);

          leaf = i == j || strncmp (other, path, length) != 0
                 || (other[length] != '.' && other[length] != '[');
        }
      if (leaf)
        g_ptr_array_add (program->leaves, g_strdup (path));
    }
}

/* A program that reads no path takes the record as a whole, so that one that is not JSON fails. */
WeirJqProgram *
weir_jq_program_new (const WeirJqTree *tree, char **reason)
{
  static const WeirJqBase record;
  g_autoptr (WeirJqProgram) program = g_new0 (WeirJqProgram, 1);
  WeirJqCompiler compiler = { .program = program };
  WeirJqPlace place = { .base = &record };

  program->memory = g_ptr_array_new_with_free_func (g_free);
  program->regexes = g_ptr_array_new_with_free_func ((GDestroyNotify)weir_jq_regex_free);
  program->paths = g_ptr_array_new_with_free_func (g_free);
  program->leaves = g_ptr_array_new_with_free_func (g_free);
  program->root = weir_jq_compile (&compiler, tree->root, &place);
  if (compiler.reason != NULL)
    {
      *reason = compiler.reason;
      return NULL;
    }
  if (program->paths->len == 0)
    g_ptr_array_add (program->paths, g_strdup ("."));
  find_leaves (program);
  program->own_set = weir_field_set_new ();
  program->own_slots = declare (program, program->own_set);
  return g_steal_pointer (&program);
}
