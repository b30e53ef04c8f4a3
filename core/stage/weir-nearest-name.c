/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stage/weir-registry-private.h"

/* Longer names are not compared: a hint is not worth the square of them. */
#define LONGEST 64

/* The optimal string alignment distance: insertions, deletions, substitutions, and swaps of
 * neighbours (Damerau, CACM 7(3), 1964), each counted once. */
static guint
distance (const char *a, gsize a_length, const char *b, gsize b_length)
{
  guint rows[3][LONGEST + 1];

  for (guint j = 0; j <= b_length; j++)
    rows[0][j] = j;
  for (guint i = 1; i <= a_length; i++)
    {
      guint *row = rows[i % 3], *above = rows[(i + 2) % 3], *swap = rows[(i + 1) % 3];
      row[0] = i;
      for (guint j = 1; j <= b_length; j++)
        {
          const guint cost = a[i - 1] != b[j - 1];
          row[j] = MIN (MIN (above[j] + 1, row[j - 1] + 1), above[j - 1] + cost);
          if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            row[j] = MIN (row[j], swap[j - 2] + 1);
        }
    }
  return rows[a_length % 3][b_length];
}

/**
 * weir_nearest_name:
 * @name: a name that is not known
 * @names: (array zero-terminated=1): the names that are
 *
 * For the hint of a mistake. A third of a name may be wrong, else the hint would puzzle.
 *
 * Returns: (transfer none) (nullable): the name nearest to @name, or %NULL when none is near
 */
const char *
weir_nearest_name (const char *name, const char *const *names)
{
  const gsize length = strlen (name);
  const char *nearest = NULL;
  guint least = G_MAXUINT;

  if (length > LONGEST)
    return NULL;
  for (guint i = 0; names[i] != NULL; i++)
    {
      const gsize other = strlen (names[i]);
      if (other > LONGEST)
        continue;
      const guint steps = distance (name, length, names[i], other);
      if (steps < least && steps <= (MAX (length, other) + 1) / 3)
        {
          least = steps;
          nearest = names[i];
        }
    }
  return nearest;
}
