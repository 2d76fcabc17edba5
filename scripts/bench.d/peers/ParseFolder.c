/* What tenant-bench parse does, by GMime: every line on standard input is one pass over all mails of a folder, answered
   with its seconds. Structure, decoded headers, text in UTF-8, attachments decoded; reading the files is not measured.
   Built by scripts/bench parse: gcc -O2 ParseFolder.c $(pkg-config --cflags --libs gmime-3.0) */
#include <gmime/gmime.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static size_t produced;

static void read_part(GMimeObject *parent, GMimeObject *part, gpointer data) {
  (void)parent;
  (void)data;
  if (GMIME_IS_TEXT_PART(part)) {
    char *text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
    if (text) produced += strlen(text);
    g_free(text);
  } else if (GMIME_IS_PART(part)) {
    GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(part));
    GMimeStream *memory = g_mime_stream_mem_new();
    if (content) g_mime_data_wrapper_write_to_stream(content, memory);
    produced += g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory))->len;
    g_object_unref(memory);
  }
}

static int count(InternetAddressList *list) {
  int length = list ? internet_address_list_length(list) : 0;
  for (int i = 0; i < length; i++) {
    const char *name = internet_address_get_name(internet_address_list_get_address(list, i));
    if (name) produced += strlen(name);
  }
  return length;
}

static void read_mail(const char *bytes, size_t length) {
  GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes, length);
  GMimeParser *parser = g_mime_parser_new_with_stream(stream);
  GMimeMessage *mail = g_mime_parser_construct_message(parser, NULL);
  g_object_unref(parser);
  g_object_unref(stream);
  if (!mail) return;
  const char *subject = g_mime_message_get_subject(mail);
  const char *identifier = g_mime_message_get_message_id(mail);
  produced += (subject ? strlen(subject) : 0) + (identifier ? strlen(identifier) : 0);
  produced += g_mime_message_get_date(mail) != NULL;
  produced += count(g_mime_message_get_from(mail)) + count(g_mime_message_get_to(mail)) + count(g_mime_message_get_cc(mail));
  g_mime_message_foreach(mail, read_part, NULL);
  g_object_unref(mail);
}

int main(int argc, char **argv) {
  if (argc != 2) return 64;
  g_mime_init();
  GDir *folder = g_dir_open(argv[1], 0, NULL);
  GPtrArray *mails = g_ptr_array_new();
  const char *name;
  while (folder && (name = g_dir_read_name(folder))) {
    char *path = g_build_filename(argv[1], name, NULL), *bytes;
    gsize length;
    if (g_file_get_contents(path, &bytes, &length, NULL)) g_ptr_array_add(mails, g_bytes_new_take(bytes, length));
    g_free(path);
  }
  char line[256];
  while (fgets(line, sizeof line, stdin)) {
    struct timespec began, ended;
    clock_gettime(CLOCK_MONOTONIC, &began);
    for (guint i = 0; i < mails->len; i++) {
      gsize length;
      const char *bytes = g_bytes_get_data(mails->pdata[i], &length);
      read_mail(bytes, length);
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%.9f\n", (double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9);
    fflush(stdout);
  }
  return produced == 0;
}
