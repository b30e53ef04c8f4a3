/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "graph/weir-document-private.h"

#include "json/weir-json-private.h"

/* A launch line, read word by word as a shell would: words end at white space; '…' keeps all, "…"
 * keeps all but backslash escapes, a backslash keeps the next character. A bare `!` ends a stage.
 */

typedef struct
{
  char *text;  /* without its quotes */
  gsize start; /* bytes from the start of the line */
  gsize end;
  gsize equals;    /* the place of the first '=' in @text, or G_MAXSIZE */
  gsize raw_value; /* the byte after that '=' in the line */
  gboolean quoted; /* any part of it was */
} Word;

typedef struct
{
  WeirDocument *document;
  WeirMistakes *mistakes;
  const char *line;
  const char *at;
  const char *end;
} Tokenizer;

static void
word_free (Word *word)
{
  g_free (word->text);
  g_free (word);
}

static gboolean
fail_at (Tokenizer *tokenizer, gsize start, const char *message)
{
  const WeirPlace place = weir_document_get_place (tokenizer->document, start, start);

  weir_mistakes_add_at (tokenizer->mistakes, place.line, place.column, "", message);
  return FALSE;
}

/* In double quotes a backslash keeps what a shell would let it keep. */
static void
take_escape (Tokenizer *tokenizer, gboolean in_quotes, GString *text)
{
  const char next = tokenizer->at + 1 < tokenizer->end ? tokenizer->at[1] : '\0';

  if (next == '\0' || (in_quotes && strchr ("\"\\$`\n", next) == NULL))
    {
      g_string_append_c (text, '\\');
      tokenizer->at++;
      return;
    }
  if (next != '\n')
    g_string_append_c (text, next);
  tokenizer->at += 2;
}

/* The first '=' divides the word, also within quotes: "a=b c" is a="b c". */
static void
take_char (Tokenizer *tokenizer, GString *text, Word *word)
{
  const char c = *tokenizer->at++;

  if (c == '=' && word->equals == G_MAXSIZE)
    {
      word->equals = text->len;
      word->raw_value = tokenizer->at - tokenizer->line;
    }
  g_string_append_c (text, c);
}

static gboolean
take_quoted (Tokenizer *tokenizer, GString *text, Word *word)
{
  const char quote = *tokenizer->at;
  const gsize start = tokenizer->at - tokenizer->line;

  tokenizer->at++;
  while (tokenizer->at < tokenizer->end && *tokenizer->at != quote)
    if (quote == '"' && *tokenizer->at == '\\')
      take_escape (tokenizer, TRUE, text);
    else
      take_char (tokenizer, text, word);
  if (tokenizer->at == tokenizer->end)
    return fail_at (tokenizer, start, "the quote has no end");
  tokenizer->at++;
  return TRUE;
}

static gboolean
take_part (Tokenizer *tokenizer, GString *text, Word *word)
{
  const char c = *tokenizer->at;

  if (c == '\'' || c == '"')
    {
      word->quoted = TRUE;
      return take_quoted (tokenizer, text, word);
    }
  if (c == '\\')
    {
      word->quoted = TRUE;
      take_escape (tokenizer, FALSE, text);
      return TRUE;
    }
  take_char (tokenizer, text, word);
  return TRUE;
}

static Word *
next_word (Tokenizer *tokenizer)
{
  g_autoptr (GString) text = g_string_new (NULL);
  Word *word = g_new0 (Word, 1);
  gboolean good = TRUE;

  word->equals = G_MAXSIZE;
  word->start = tokenizer->at - tokenizer->line;
  while (good && tokenizer->at < tokenizer->end && !g_ascii_isspace (*tokenizer->at))
    good = take_part (tokenizer, text, word);
  word->end = tokenizer->at - tokenizer->line;
  word->text = g_strdup (text->str);
  if (good)
    return word;
  word_free (word);
  return NULL;
}

/* A backslash at the end of a line is white space too. */
static void
skip_space (Tokenizer *tokenizer)
{
  while (tokenizer->at < tokenizer->end)
    if (g_ascii_isspace (*tokenizer->at))
      tokenizer->at++;
    else if (g_str_has_prefix (tokenizer->at, "\\\n"))
      tokenizer->at += 2;
    else
      return;
}

static GPtrArray *
split (Tokenizer *tokenizer)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func ((GDestroyNotify)word_free);

  for (;;)
    {
      skip_space (tokenizer);
      if (tokenizer->at == tokenizer->end)
        return g_steal_pointer (&words);
      Word *word = next_word (tokenizer);
      if (word == NULL)
        return NULL;
      g_ptr_array_add (words, word);
    }
}

static gboolean
is_bang (const Word *word)
{
  return !word->quoted && strcmp (word->text, "!") == 0;
}

/* A pipeline key that holds a stage is written in JSON. */
static JsonNode *
make_value (const char *key, const char *text)
{
  gboolean is_stage = strcmp (key, "dead-letter") == 0 || strcmp (key, "results") == 0;

  if (is_stage && weir_json_check (text, strlen (text), NULL))
    return json_from_string (text, NULL);
  return json_node_init_string (json_node_alloc (), text);
}

static void
add_value (Tokenizer *tokenizer, JsonObject *object, const char *pointer, const Word *word)
{
  g_autofree char *key = g_strndup (word->text, word->equals);
  g_autofree char *below = weir_pointer_join (pointer, key);
  JsonNode *value = make_value (key, word->text + word->equals + 1);

  if (json_object_has_member (object, key))
    {
      g_autofree char *message = g_strdup_printf ("\"%s\" is given twice", key);
      fail_at (tokenizer, word->start, message);
      json_node_unref (value);
      return;
    }
  weir_document_mark_key (tokenizer->document, below, word->start, word->raw_value - 1);
  weir_document_mark_value (tokenizer->document, below, word->raw_value, MAX (word->end, 1));
  if (!JSON_NODE_HOLDS_OBJECT (value))
    weir_document_mark_verbatim (tokenizer->document, below);
  json_object_set_member (object, key, value);
}

static void
add_type (Tokenizer *tokenizer, JsonObject *stage, const char *pointer, const Word *word)
{
  g_autofree char *below = weir_pointer_join (pointer, "type");

  weir_document_mark_value (tokenizer->document, below, word->start, word->end);
  weir_document_mark_verbatim (tokenizer->document, below);
  json_object_set_string_member (stage, "type", word->text);
}

static void
add_words (Tokenizer *tokenizer, JsonObject *object, const char *pointer, GPtrArray *words,
           guint from, guint to)
{
  for (guint i = from; i < to; i++)
    {
      const Word *word = g_ptr_array_index (words, i);
      if (word->equals != G_MAXSIZE && word->equals > 0)
        add_value (tokenizer, object, pointer, word);
      else
        {
          g_autofree char *message = g_strdup_printf (
              "\"%s\" is no option (expected name=value; stages are joined by a \"!\" of its own)",
              word->text);
          fail_at (tokenizer, word->start, message);
        }
    }
}

static void
add_stage (Tokenizer *tokenizer, JsonArray *stages, GPtrArray *words, guint from, guint to)
{
  const Word *first = g_ptr_array_index (words, from);
  const Word *last = g_ptr_array_index (words, to - 1);
  g_autofree char *pointer = weir_pointer_join_index ("/stages", json_array_get_length (stages));
  JsonObject *stage = json_object_new ();

  weir_document_mark_value (tokenizer->document, pointer, first->start, last->end);
  if (first->equals == G_MAXSIZE)
    add_type (tokenizer, stage, pointer, first);
  add_words (tokenizer, stage, pointer, words, first->equals == G_MAXSIZE ? from + 1 : from, to);
  json_array_add_object_element (stages, stage);
}

static guint
find_bang (GPtrArray *words, guint from)
{
  while (from < words->len && !is_bang (g_ptr_array_index (words, from)))
    from++;
  return from;
}

static gboolean
are_keys (GPtrArray *words)
{
  const Word *first = words->len > 0 ? g_ptr_array_index (words, 0) : NULL;

  return first != NULL && first->equals != G_MAXSIZE && first->equals > 0;
}

static void
build (Tokenizer *tokenizer, JsonObject *root, GPtrArray *words)
{
  JsonArray *stages = json_array_new ();
  guint from = 0;

  if (are_keys (words))
    {
      const guint to = find_bang (words, 0);
      add_words (tokenizer, root, "", words, 0, to);
      from = to + 1;
    }
  while (from < words->len)
    {
      const guint to = find_bang (words, from);
      if (to > from)
        add_stage (tokenizer, stages, words, from, to);
      if (to == from || to + 1 == words->len)
        {
          const Word *bang = g_ptr_array_index (words, to);
          fail_at (tokenizer, bang->start, "there is no stage beside this \"!\"");
        }
      from = to + 1;
    }
  if (json_object_has_member (root, "stages"))
    fail_at (tokenizer, 0, "the stages of a launch line are joined by \"!\", not given by name");
  json_object_set_array_member (root, "stages", stages);
}

static gboolean
check_line (Tokenizer *tokenizer)
{
  const char *bad;

  if (!g_utf8_validate (tokenizer->line, tokenizer->end - tokenizer->line, &bad))
    return fail_at (tokenizer, bad - tokenizer->line, "the launch line is not UTF-8");
  return TRUE;
}

gboolean
weir_document_parse_launch (WeirDocument *document, WeirMistakes *mistakes)
{
  Tokenizer tokenizer = { .document = document, .mistakes = mistakes };
  gsize length;

  tokenizer.line = tokenizer.at = weir_document_get_text (document, &length);
  tokenizer.end = tokenizer.line + length;
  g_autoptr (GPtrArray) words = check_line (&tokenizer) ? split (&tokenizer) : NULL;
  if (words == NULL)
    return FALSE;

  JsonObject *root = json_object_new ();
  weir_document_mark_value (document, "", 0, MAX (length, 1));
  build (&tokenizer, root, words);
  weir_document_set_root (document, json_node_init_object (json_node_alloc (), root));
  json_object_unref (root);
  return TRUE;
}
